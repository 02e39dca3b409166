//! The visitor session (`tower-sessions`): made only once something is stored in it, so a thousand page
//! views by bots leave no key in Redis.
//!
//! Not the layer of `tower-sessions`: that one puts a 500 in the place of an answer whose visitor data
//! cannot be saved. Those are a convenience; the answer may hold the cookies of a log-in or log-out.

use std::sync::Arc;

use app::ssr::cookies;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};
use tower_sessions::{Expiry, Session};

use crate::redis::Redis;

/// Carries the visitor session through the request, and its changes into store and cookie.
pub(crate) async fn carry(
    State(redis): State<Redis>,
    mut request: Request,
    next: Next,
) -> Response {
    let came_along = cookies::visitor(request.headers());
    let id = came_along.as_ref().and_then(|id| id.parse().ok());
    let expiry = Expiry::OnInactivity(cookies::VISITOR_LIFETIME);
    let session = Session::new(id, Arc::new(redis.visitor_store()), Some(expiry));
    request.extensions_mut().insert(session.clone());

    let mut response = next.run(request).await;
    let change = if session.is_empty().await {
        came_along.map(|_| cookies::visitor_removal_cookie())
    } else {
        kept(&session, response.status()).await
    };
    if let Some(cookie) = change {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The cookie of a session that was changed and is saved; `None`: the browser's stays as it is.
async fn kept(session: &Session, status: StatusCode) -> Option<HeaderValue> {
    if !session.is_modified() || status.is_server_error() {
        return None;
    }
    if let Err(error) = session.save().await {
        tracing::warn!(error = &error as &dyn std::error::Error, "visitor.lost");
        return None;
    }
    session.id().map(|id| cookies::visitor_cookie(&id.to_string()))
}

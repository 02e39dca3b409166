//! The visitor session (`tower-sessions`): made only once something is stored in it, so a thousand page
//! views by bots leave no key in Redis; and only while there is room for it.
//!
//! Not the layer of `tower-sessions`: that one puts a 500 in the place of an answer whose visitor data
//! cannot be saved. Those are a convenience; the answer may hold the cookies of a log-in or log-out.

use std::sync::Arc;

use app::ssr::{
    cookies,
    visitor::{Room, VisitorRecord},
};
use async_trait::async_trait;
use axum::{
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::Response,
};
use domain::{
    limits::{Limit, Limits, address_subject},
    ports::Ports,
    session::Client,
};
use tower_sessions::Session;

use crate::redis::{Memory, VisitorRecords};

/// Carries the visitor session through the request, and its changes into store and cookie.
pub(crate) async fn carry(
    State(records): State<Arc<VisitorRecords>>,
    State(memory): State<Memory>,
    State(ports): State<Ports>,
    mut request: Request,
    next: Next,
) -> Response {
    let came_along = cookies::visitor(request.headers());
    let id = came_along.as_ref().and_then(|id| id.parse().ok());
    let client = request.extensions().get::<Client>().cloned().unwrap_or_default();
    let room = ForClient { memory, limits: ports.limits, subject: address_subject(&client) };
    let session = Session::new(id, records, None);
    let record = Arc::new(VisitorRecord::new(session, came_along.is_some(), Box::new(room)));
    request.extensions_mut().insert(Arc::clone(&record));

    let mut response = next.run(request).await;
    // What failed has nothing to say on the next page.
    if !response.status().is_server_error()
        && let Some(cookie) = record.settle().await
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Room for records of one client.
struct ForClient {
    memory: Memory,
    limits: Limits,
    subject: String,
}

#[async_trait]
impl Room for ForClient {
    async fn take(&self) -> bool {
        self.memory.has_room().await
            && self.limits.take(Limit::VisitorRecordsFromAddress, &self.subject).await.is_ok()
    }
}

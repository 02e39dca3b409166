//! The visitor session (`tower-sessions`): made only once something is stored in it, so a thousand page
//! views by bots leave no key in Redis.

use app::ssr::cookies;
use axum::{extract::Request, http::header, middleware::Next, response::Response};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite, cookie::time::Duration};

use crate::{redis::VisitorStore, state::Genkan};

/// A visitor session goes after this long without use.
const IDLE: Duration = Duration::hours(1);

/// The layer that carries visitor sessions.
pub(crate) fn layer(state: &Genkan) -> SessionManagerLayer<VisitorStore> {
    SessionManagerLayer::new(state.redis.visitor_store())
        .with_name(cookies::VISITOR)
        .with_secure(true)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(IDLE))
}

/// `tower-sessions` removes its cookie without `Secure`, which browsers refuse for a `__Host-` cookie:
/// puts a removal in its place that they take.
pub(crate) async fn remove_properly(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if !response.headers().get_all(header::SET_COOKIE).iter().any(cookies::removes_visitor) {
        return response;
    }
    let set: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
    response.headers_mut().remove(header::SET_COOKIE);
    for cookie in set {
        let cookie =
            if cookies::removes_visitor(&cookie) { cookies::visitor_removal_cookie() } else { cookie };
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

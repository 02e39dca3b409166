//! The layer of the visitor session (`tower-sessions`). A record is created only once something is stored in it, so a
//! thousand page views by bots leave no key in the store, and only while there is room.
//!
//! It replaces the layer of `tower-sessions`, which answers 500 if visitor data cannot be saved. The data are only a
//! convenience, while the response may carry the cookies of a log-in or log-out.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::Response,
};
use domain::{
    limits::{Limit, address_subject},
    session::Client,
};

use super::record::{Room, VisitorRecord};
use crate::http::{cookies, site::Site};

/// Puts the visitor's [`VisitorRecord`] into the request, and its changes into the store and the cookie.
pub(crate) async fn carry(
    State(site): State<Arc<Site>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = cookies::visitor(request.headers());
    let (came_along, id) = (id.is_some(), id.and_then(|id| id.parse().ok()));
    let client = request.extensions().get::<Client>().cloned().unwrap_or_default();
    let session = site.stores.visitor_session(id);
    let room = ForClient { site, client };
    let record = Arc::new(VisitorRecord::new(session, came_along, Box::new(room)));
    request.extensions_mut().insert(Arc::clone(&record));

    let mut response = next.run(request).await;
    // A failed request leaves nothing for the next page.
    if !response.status().is_server_error()
        && let Some(cookie) = record.settle().await
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Room for records of one client.
struct ForClient {
    site: Arc<Site>,
    client: Client,
}

#[async_trait]
impl Room for ForClient {
    async fn take(&self) -> bool {
        let (limits, subject) = (&self.site.resources.limits, address_subject(&self.client));
        self.site.stores.has_room_for_visitors().await
            && limits.take(Limit::VisitorRecordsFromAddress, &subject).await.is_ok()
    }
}

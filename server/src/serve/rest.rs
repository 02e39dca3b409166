//! What the site leaves unread of a request's body over HTTP/1.
//!
//! If a server closes a connection while the client still sends, the client's system discards the response that has
//! already arrived (RFC 9112, section 9.6). So the rest is read and dropped, within bounds, and the connection is kept.
//! HTTP/2 can refuse a body by itself.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    http::Version,
};
use http_body_util::{BodyExt, Limited};
use hyper::{
    Request,
    body::{Body as HttpBody, Frame, Incoming, SizeHint},
    header,
};
use tokio::time::timeout;

use super::connection::SharedPace;

/// The longest rest, in bytes. A client that sends more may lose its response.
const REST_MAX: usize = 16 * 1024 * 1024;

/// Has what the site leaves unread of the body read and dropped, for this long. Until then the request is under way.
pub(super) fn read_rest(
    request: Request<Incoming>,
    pace: SharedPace,
    within: Duration,
) -> Request<Body> {
    let is_coming = !request.headers().contains_key(header::EXPECT);
    request.map(|body| Body::new(Unread { body: Some(body), is_coming, pace, within }))
}

/// A body, whose rest is read when it is dropped.
struct Unread {
    /// `None` after its end
    body: Option<Incoming>,
    /// Whether the client sends it. One that expects "100 Continue" waits until somebody reads.
    is_coming: bool,
    pace: SharedPace,
    within: Duration,
}

impl HttpBody for Unread {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.is_coming = true;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let Some(body) = self.body.take() else { return };
        if self.is_coming && !body.is_end_stream() {
            let under_way = self.pace.begin(Version::HTTP_11);
            let read = timeout(self.within, discard(body));
            tokio::spawn(async move {
                read.await.ok();
                drop(under_way);
            });
        }
    }
}

/// Reads until the end or a bound. hyper closes a connection whose body is dropped before.
async fn discard(body: Incoming) {
    let mut rest = pin!(Limited::new(body, REST_MAX));
    while let Some(Ok(_)) = rest.frame().await {}
}

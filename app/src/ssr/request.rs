//! What a server function needs to know about the request that it answers.

use axum::http::request::Parts;
use domain::{account::member::Locale, credentials::device::Device, ports::Ports, session::Client};
use leptos::prelude::expect_context;
use time::OffsetDateTime;

use super::{
    cookies::{self, RequestTokens},
    identity::Identity,
    visitor::Visitor,
};

/// The request that is being answered.
pub struct ServerRequest {
    /// What the use cases work with
    pub ports: Ports,
    /// Whose request it is
    pub identity: Identity,
    /// The tokens that came along, or were issued by an inline refresh
    pub tokens: RequestTokens,
    /// The visitor session
    pub visitor: Visitor,
    /// The browser
    pub client: Client,
    /// The browser, if some account knows it
    pub device: Option<Device>,
    /// The language that the page is in
    pub locale: Locale,
    /// The moment of the request, by this instance's clock
    pub now: OffsetDateTime,
}

impl ServerRequest {
    /// Reads what the middleware has put into the request.
    #[must_use]
    pub fn current() -> Self {
        let parts = expect_context::<Parts>();
        let extensions = &parts.extensions;
        Self {
            ports: expect_context::<Ports>(),
            identity: Identity::of(extensions),
            tokens: extensions.get::<RequestTokens>().cloned().unwrap_or_default(),
            visitor: Visitor::of(&parts),
            client: extensions.get::<Client>().cloned().unwrap_or_default(),
            device: cookies::device(&parts.headers),
            locale: extensions.get::<Locale>().copied().unwrap_or_default(),
            now: OffsetDateTime::now_utc(),
        }
    }
}

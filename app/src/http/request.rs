//! The request for pages and forms.

use std::sync::Arc;

use axum::http::{Uri, request::Parts};
use contract::Language;
use domain::{
    Resources,
    account::member::MemberId,
    credentials::device::Device,
    session::{Client, access_token::AccessTokenError, refresh_token::RefreshToken},
};
use time::OffsetDateTime;
use url::form_urlencoded;

use super::{
    cookies::{self, RequestTokens},
    layers::{context::RequestId, identify::Identity},
    site::Site,
    visitor::Visitor,
};
use crate::i18n::{Locale, locale_of};

/// The current request, with the results of the layers.
#[derive(Clone)]
pub struct ServerRequest {
    pub resources: Arc<Resources>,
    /// Path and query
    pub uri: Uri,
    pub identity: Identity,
    /// The tokens from the cookies, or from an inline refresh
    pub tokens: RequestTokens,
    pub visitor: Visitor,
    pub client: Client,
    /// This browser, if some account knows it
    pub device: Option<Device>,
    pub locale: Language,
    /// The time of the request by this instance's clock
    pub now: OffsetDateTime,
    pub id: Option<RequestId>,
}

impl ServerRequest {
    /// The request with these parts.
    #[must_use]
    pub fn of(site: &Site, parts: &Parts) -> Self {
        let extensions = &parts.extensions;
        Self {
            resources: Arc::clone(&site.resources),
            uri: parts.uri.clone(),
            identity: Identity::of(extensions),
            tokens: extensions.get::<RequestTokens>().cloned().unwrap_or_default(),
            visitor: Visitor::of(parts),
            client: extensions.get::<Client>().cloned().unwrap_or_default(),
            device: cookies::device(&parts.headers),
            locale: extensions.get::<Language>().copied().unwrap_or_default(),
            now: OffsetDateTime::now_utc(),
            id: extensions.get::<RequestId>().copied(),
        }
    }

    /// The texts of the request's language.
    #[must_use]
    pub fn page_locale(&self) -> Locale {
        locale_of(self.locale)
    }

    /// The decoded value of a query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.uri.query()?.as_bytes());
        pairs.find(|(it, _)| it == name).map(|(_, value)| value.into_owned())
    }

    /// The member that the access token names, expired or not. Determines the owner of a form's input, and grants
    /// nothing.
    pub(crate) fn owner(&self) -> Option<MemberId> {
        if let Identity::Member(who) = self.identity {
            return Some(who.session.member_id);
        }
        match self.resources.session.access_tokens.verify(self.tokens.presented().access?, self.now)
        {
            Ok(claims) | Err(AccessTokenError::Expired(claims)) => Some(claims.member_id),
            Err(AccessTokenError::Invalid) => None,
        }
    }

    /// Returns whether the request has a refresh token of ours, even of an ended session.
    pub(crate) fn brings_refresh_token(&self) -> bool {
        let refresh = self.tokens.presented().refresh;
        refresh.is_some_and(|token| RefreshToken::verify(token, &self.resources.keys).is_ok())
    }
}

//! Finds out whose request this is, once, for everything after it.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{Extensions, HeaderMap, StatusCode},
    middleware::Next,
    response::Response,
};
use domain::{
    Resources,
    session::{
        EndReason, Refusal,
        authenticate::{AuthenticateError, Authenticated, Intent, authenticate},
    },
};
use time::OffsetDateTime;

use crate::{
    api::problem::Problem,
    http::{
        cookies::{self, RequestTokens},
        fetch_metadata::is_speculative,
        site::Site,
    },
};

/// The sender of a request. It is put into the request's extensions, and into the response's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    Member(Authenticated),
    /// Nobody is signed in, for this reason.
    Nobody(Refusal),
    /// The live-session store is unavailable. Never to be taken for `Nobody`.
    Unknown,
}

impl Identity {
    /// The identity in a request's extensions; without one, nobody's.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self::Nobody(Refusal::NoToken))
    }

    /// The member whose request it is.
    ///
    /// # Errors
    /// 401 with the reason, or 503 if the store is unavailable.
    pub fn member(self) -> Result<Authenticated, Problem> {
        match self {
            Self::Member(who) => Ok(who),
            Self::Nobody(refusal) => Err(refusal.into()),
            Self::Unknown => Err(Problem::unavailable()),
        }
    }

    /// Whether nobody is signed in for certain. A refresh may heal every other refusal; and another instance may
    /// read a token that this one cannot.
    #[must_use]
    pub fn is_signed_out(&self) -> bool {
        matches!(self, Self::Nobody(Refusal::NoToken | Refusal::Ended(_)))
    }

    /// Why the session that this browser had is over, if it is.
    #[must_use]
    pub fn ended(&self) -> Option<EndReason> {
        match self {
            Self::Nobody(Refusal::Ended(reason)) => Some(*reason),
            _ => None,
        }
    }
}

/// Puts the [`Identity`] and the [`RequestTokens`] into the request. If the session is over, a page that says so
/// removes its cookies.
pub(crate) async fn identify(
    State(site): State<Arc<Site>>,
    mut request: Request,
    next: Next,
) -> Response {
    let tokens = RequestTokens::read(request.headers());
    let is_speculative = is_speculative(request.headers());
    let intent = if is_speculative { Intent::Speculation } else { Intent::Use };
    let identity = by_access_token(&site.resources, &tokens, intent).await;
    request.extensions_mut().insert(identity);
    request.extensions_mut().insert(tokens);

    let mut response = next.run(request).await;
    // Not with the redirect to the log-in page, which reads from them why the session is over; nor with a prefetched
    // page, which does not say it.
    if identity.ended().is_some() && !is_speculative && response.status() == StatusCode::OK {
        cookies::add(response.headers_mut(), cookies::removal_cookies());
    }
    // For the page that replaces this answer, should it be a failure. A layer further in may know better.
    if response.extensions().get::<Identity>().is_none() {
        response.extensions_mut().insert(identity);
    }
    response
}

/// The identity for an error page: read-only, never refreshes.
pub(super) async fn for_error_page(resources: &Resources, headers: &HeaderMap) -> Identity {
    by_access_token(resources, &RequestTokens::read(headers), Intent::Speculation).await
}

pub(super) async fn by_access_token(
    resources: &Resources,
    tokens: &RequestTokens,
    intent: Intent,
) -> Identity {
    let now = OffsetDateTime::now_utc();
    match authenticate(&resources.session, tokens.presented(), intent, now).await {
        Ok(who) => Identity::Member(who),
        Err(AuthenticateError::Refused(refusal)) => Identity::Nobody(refusal),
        Err(AuthenticateError::Store(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "session.check_failed");
            Identity::Unknown
        }
    }
}

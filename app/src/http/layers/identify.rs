//! Identifies the sender of a request once, for all later layers.

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

/// The sender of a request, stored in the extensions of the request and of the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    Member(Authenticated),
    /// Not signed in, for this reason.
    Nobody(Refusal),
    /// The live-session store is unavailable. Must not be treated as `Nobody`.
    Unknown,
}

impl Identity {
    /// The identity in a request's extensions; `Nobody` without one.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self::Nobody(Refusal::NoToken))
    }

    /// The signed-in member.
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

    /// Returns whether it is certain that nobody is signed in. After any other refusal a refresh may help, or another
    /// instance may be able to read the token.
    #[must_use]
    pub fn is_signed_out(&self) -> bool {
        matches!(self, Self::Nobody(Refusal::NoToken | Refusal::Ended(_)))
    }

    /// The reason why this browser's session is over, if it is.
    #[must_use]
    pub fn ended(&self) -> Option<EndReason> {
        match self {
            Self::Nobody(Refusal::Ended(reason)) => Some(*reason),
            _ => None,
        }
    }
}

/// Puts the [`Identity`] and the [`RequestTokens`] into the request. A page that says that the session is over removes
/// its cookies.
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
    // Not on the redirect to the log-in page, which reads the reason from the cookies, and not on a prefetched page,
    // which does not say it.
    if identity.ended().is_some() && !is_speculative && response.status() == StatusCode::OK {
        cookies::remove_session(response.headers_mut());
    }
    // For the error page that may replace this response. An inner layer may have set a newer one.
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
            tracing::error!(error = %domain::causes(&error), "session.check_failed");
            Identity::Unknown
        }
    }
}

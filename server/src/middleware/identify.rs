//! Finds out once whose request this is, and lets a page without scripts live on: a document request or
//! plain form post whose access token has expired or cannot be verified, or whose session is not live, is
//! refreshed inline, without a redirect, so that no form is ever lost.

use app::{
    api::problem::Problem,
    ssr::{
        cookies::{self, RequestTokens},
        identity::Identity,
        status::forbid_storing,
        wishes::accepts_html,
    },
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::Response,
};
use domain::{
    limits::Limited,
    ports::Ports,
    session::{
        Client, Refusal,
        access_token::AccessTokenError,
        authenticate::{AuthenticateError, Intent, authenticate},
        refresh::{RefreshError, refresh},
        refresh_token::RefreshToken,
    },
};
use time::OffsetDateTime;

use crate::{
    answers::problem_response,
    fetch_metadata,
    middleware::{
        bounce,
        form_post::{Known, Owner},
        page_session,
    },
};

/// Marks an answer whose cookies come from an inline refresh.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InlineRefresh;

/// What is to become of the session cookies with the answer.
enum CookieChange {
    Keep,
    Set([HeaderValue; 2]),
    /// The session is over; a page that says so takes them away.
    Remove,
}

/// Puts the [`Identity`] into the request.
pub(crate) async fn identify(State(ports): State<Ports>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let tokens = RequestTokens::read(&parts.headers);
    let intent = if fetch_metadata::is_speculative(&parts.headers) {
        Intent::Speculation
    } else {
        Intent::Use
    };
    let mut found = Found::by_access_token(&ports, tokens, intent).await;
    let is_healed = found.is_healed_by_refresh();
    let is_bounced = bounce::is_due(&parts, found.identity, &found.tokens);
    if intent == Intent::Speculation && (is_healed || is_bounced) {
        // A prefetch must not rotate and is not bounced; the browser asks again on the click.
        return problem_response(&Problem::unavailable());
    }
    if is_bounced {
        return bounce::page(parts.extensions.get().copied().unwrap_or_default());
    }
    if is_healed && is_page_request(&parts) {
        let client = parts.extensions.get::<Client>().cloned().unwrap_or_default();
        found = match found.refreshed(&ports, &client).await {
            Ok(refreshed) => refreshed,
            Err(limited) => return problem_response(&limited.into()),
        };
    }
    if let Identity::Member(who) = &found.identity
        && let Some(refused) = page_session::refused(&parts.headers, who.claims.session_id)
    {
        return refused;
    }
    if parts.method == Method::POST {
        let owner = found.owner(&ports);
        if owner.is_some() || found.has_refresh_token_of_ours(&ports) {
            parts.extensions.insert(Known);
        }
        if let Some(owner) = owner {
            parts.extensions.insert(owner);
        }
    }
    parts.extensions.insert(found.identity);
    parts.extensions.insert(found.tokens);

    let identity = found.identity;
    let mut response = next.run(Request::from_parts(parts, body)).await;
    match found.cookies {
        CookieChange::Keep => {}
        CookieChange::Set(set) => {
            put(&mut response, set);
            response.extensions_mut().insert(InlineRefresh);
        }
        // Not with the redirect to the log-in page, which reads from them why the session is over; nor with a
        // page that is only fetched ahead, and does not say it.
        CookieChange::Remove
            if response.status() == StatusCode::OK && intent != Intent::Speculation =>
        {
            put(&mut response, cookies::removal_cookies());
        }
        CookieChange::Remove => {}
    }
    // For the page that is shown in this answer's place, should it be a failure.
    response.extensions_mut().insert(identity);
    response
}

/// Whose request this is, where nothing is done for them but to show the right header.
pub(crate) async fn who_asks(ports: &Ports, headers: &HeaderMap) -> Identity {
    let tokens = RequestTokens::read(headers);
    Found::by_access_token(ports, tokens, Intent::Speculation).await.identity
}

struct Found {
    identity: Identity,
    tokens: RequestTokens,
    cookies: CookieChange,
}

impl Found {
    async fn by_access_token(ports: &Ports, tokens: RequestTokens, intent: Intent) -> Self {
        let identity = match authenticate(
            ports,
            tokens.presented(),
            intent,
            OffsetDateTime::now_utc(),
        )
        .await
        {
            Ok(who) => Identity::Member(who),
            Err(AuthenticateError::Refused(refusal)) => Identity::Nobody(refusal),
            Err(AuthenticateError::Store(error)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "session.check_failed");
                Identity::Unknown
            }
        };
        let cookies = match identity.ended() {
            Some(_) => CookieChange::Remove,
            None => CookieChange::Keep,
        };
        Self { identity, tokens, cookies }
    }

    /// Whom the access token names, whether or not it still lets them in.
    fn owner(&self, ports: &Ports) -> Option<Owner> {
        if let Identity::Member(who) = self.identity {
            return Some(Owner(who.session.member_id));
        }
        let access = self.tokens.presented().access?;
        match ports.access_tokens.verify(access, OffsetDateTime::now_utc()) {
            Ok(claims) | Err(AccessTokenError::Expired(claims)) => Some(Owner(claims.member_id)),
            Err(AccessTokenError::Invalid) => None,
        }
    }

    fn has_refresh_token_of_ours(&self, ports: &Ports) -> bool {
        let presented = self.tokens.presented().refresh;
        presented.is_some_and(|token| RefreshToken::verify(token, &ports.keys).is_ok())
    }

    fn is_healed_by_refresh(&self) -> bool {
        let is_refused_for_now = matches!(
            self.identity,
            Identity::Nobody(Refusal::AccessExpired | Refusal::NotLive | Refusal::Invalid)
        );
        is_refused_for_now && self.tokens.presented().refresh.is_some()
    }

    async fn refreshed(self, ports: &Ports, client: &Client) -> Result<Self, Limited> {
        let Some(presented) = self.tokens.presented().refresh else { return Ok(self) };
        Ok(match refresh(ports, presented, client, OffsetDateTime::now_utc()).await {
            Ok(issued) => {
                // Opening has renewed the live session; and the new card counts as seen only once a
                // browser shows it, because this answer may be lost.
                let mut found = Self::by_access_token(
                    ports,
                    RequestTokens::issued(&issued),
                    Intent::Speculation,
                )
                .await;
                found.cookies = CookieChange::Set(cookies::session_cookies(&issued));
                found
            }
            Err(RefreshError::Ended(reason)) => Self {
                identity: Identity::Nobody(Refusal::Ended(reason)),
                cookies: CookieChange::Remove,
                ..self
            },
            Err(RefreshError::Invalid) => Self {
                identity: Identity::Nobody(Refusal::Invalid),
                cookies: CookieChange::Remove,
                ..self
            },
            // Another instance may know the key, or the staff what was lost: leave everything as it is.
            Err(RefreshError::UnknownKey | RefreshError::TooFarAhead) => self,
            // Other tabs were quicker every time; the browser comes again.
            Err(RefreshError::Contended) => Self { identity: Identity::Unknown, ..self },
            Err(RefreshError::Limited(limited)) => return Err(limited),
            Err(RefreshError::Store(error)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "session.refresh_failed");
                Self { identity: Identity::Unknown, ..self }
            }
        })
    }
}

/// A document request or a plain form post: by fetch metadata where there is some, else by what it accepts.
fn is_page_request(parts: &Parts) -> bool {
    if ![Method::GET, Method::POST].contains(&parts.method) {
        return false;
    }
    fetch_metadata::is_document(&parts.headers).unwrap_or_else(|| accepts_html(&parts.headers))
}

/// Adds the cookies, unless the answer sets these very ones itself: a log-in or log-out has the last word.
fn put(response: &mut Response, set: [HeaderValue; 2]) {
    let headers = response.headers_mut();
    for cookie in set {
        let own = headers.get_all(header::SET_COOKIE);
        if !own.iter().any(|own| cookies::is_about_the_same(own, &cookie)) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
    forbid_storing(headers);
}

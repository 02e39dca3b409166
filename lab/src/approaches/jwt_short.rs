//! Two signed tokens, without a store: an access token that lives for minutes, and a refresh token that lives as long as
//! the session. A refresh reads the member's row, so a role acts until the access token expires. A copy of the refresh
//! token goes on after a log-out: nothing remembers that the session has ended.

use axum::{
    Form, Router,
    extract::{FromRef, State},
    http::StatusCode,
    response::Html,
    routing::{get, post},
};
use time::Duration;
use tower_cookies::{CookieManagerLayer, Cookies, cookie::SameSite};

use super::signed::{CarriedSession, Signatures};
use crate::site::{Failure, LogIn, Members, Settings, cookie, members, page, removal};

const LIFETIME: Duration = Duration::days(30);
const ACCESS: Token = Token { cookie: "__Host-access", audience: "access" };
const REFRESH: Token = Token { cookie: "__Host-refresh", audience: "refresh" };

struct Token {
    cookie: &'static str,
    audience: &'static str,
}

#[derive(Clone, FromRef)]
struct Site {
    members: Members,
    signatures: Signatures,
    access_ttl: Duration,
}

pub(super) fn site(settings: &Settings) -> anyhow::Result<Router> {
    let site = Site {
        members: settings.members()?,
        signatures: Signatures::new(settings),
        access_ttl: settings.access_ttl.try_into()?,
    };
    let routes = Router::new()
        .route("/login", post(log_in))
        .route("/page", get(show_page))
        .route("/count", post(count))
        .route("/refresh", post(refresh))
        .route("/logout", post(log_out))
        .layer(CookieManagerLayer::new())
        .merge(members::adding())
        .merge(members::changing_the_row());
    Ok(routes.with_state(site))
}

impl Site {
    fn session(&self, cookies: &Cookies, token: &Token) -> Result<CarriedSession, Failure> {
        let cookie = cookies.get(token.cookie).ok_or(Failure::NotSignedIn)?;
        self.signatures.verify(token.audience, cookie.value()).ok_or(Failure::NotSignedIn)
    }

    /// Sets both cookies, neither of which outlives the session.
    fn keep(&self, session: &CarriedSession, cookies: &Cookies) -> Result<(), Failure> {
        let remaining = session.remaining();
        let sign = |token: &Token, lifetime: Duration| {
            self.signatures.sign(token.audience, session, lifetime)
        };
        let access = sign(&ACCESS, self.access_ttl.min(remaining))?;
        let mut refresh = cookie(REFRESH.cookie, sign(&REFRESH, remaining)?, Some(remaining));
        refresh.set_same_site(SameSite::Strict);
        cookies.add(cookie(ACCESS.cookie, access, Some(remaining)));
        cookies.add(refresh);
        Ok(())
    }
}

async fn log_in(
    State(site): State<Site>,
    cookies: Cookies,
    Form(form): Form<LogIn>,
) -> Result<StatusCode, Failure> {
    let member = site.members.named(&form.member).await?.ok_or(Failure::NotSignedIn)?;
    site.keep(&CarriedSession::of(member, LIFETIME), &cookies)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show_page(State(site): State<Site>, cookies: Cookies) -> Result<Html<String>, Failure> {
    let session = site.session(&cookies, &ACCESS)?;
    Ok(page(&session.name, &session.role, session.count))
}

async fn count(State(site): State<Site>, cookies: Cookies) -> Result<String, Failure> {
    let session = site.session(&cookies, &ACCESS)?.counted();
    site.keep(&session, &cookies)?;
    Ok(session.count.to_string())
}

async fn refresh(State(site): State<Site>, cookies: Cookies) -> Result<StatusCode, Failure> {
    let session = site.session(&cookies, &REFRESH)?;
    let member = site.members.find(session.sub).await?.ok_or(Failure::NotSignedIn)?;
    let session = CarriedSession { name: member.name, role: member.role, ..session };
    site.keep(&session, &cookies)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn log_out(cookies: Cookies) -> StatusCode {
    cookies.add(removal(ACCESS.cookie));
    cookies.add(removal(REFRESH.cookie));
    StatusCode::NO_CONTENT
}

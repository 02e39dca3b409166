//! A short-lived signed token that a page's script keeps in a variable and sends as `Authorization: Bearer`, and a refresh
//! token in a cookie, which obtains another one after a reload. An injected script finds no token in a storage, but it
//! sees the requests of the page, and can ask for a token itself.

use axum::{
    Form, Json, Router,
    extract::{FromRef, State},
    http::{HeaderMap, StatusCode},
    response::Html,
    routing::{get, post},
};
use serde::Serialize;
use time::Duration;
use tower_cookies::{Cookie, CookieManagerLayer, Cookies, cookie::SameSite};

use super::signed::{CarriedSession, Signatures};
use crate::site::{Failure, LogIn, Members, Settings, bearer, cookie, members, page, removal};

const LIFETIME: Duration = Duration::days(30);
const ACCESS: &str = "spa access";
const REFRESH: &str = "spa refresh";
const COOKIE: &str = "__Secure-refresh";
const REFRESH_PATH: &str = "/refresh";

#[derive(Clone, FromRef)]
struct Site {
    members: Members,
    signatures: Signatures,
    access_ttl: Duration,
}

#[derive(Serialize)]
struct Issued {
    token: String,
    count: u64,
}

pub(super) fn site(settings: &Settings) -> anyhow::Result<Router> {
    let site = Site {
        members: settings.members()?,
        signatures: Signatures::new(settings),
        access_ttl: settings.access_ttl.try_into()?,
    };
    let routes = Router::new()
        .route("/spa", get(Html(include_str!("spa_memory.html"))))
        .route("/login", post(log_in))
        .route("/page", get(show_page))
        .route("/count", post(count))
        .route(REFRESH_PATH, post(refresh))
        .route("/logout", post(log_out))
        .layer(CookieManagerLayer::new())
        .merge(members::adding())
        .merge(members::changing_the_row());
    Ok(routes.with_state(site))
}

impl Site {
    fn session(&self, headers: &HeaderMap) -> Result<CarriedSession, Failure> {
        let token = bearer(headers).ok_or(Failure::NotSignedIn)?;
        self.signatures.verify(ACCESS, token).ok_or(Failure::NotSignedIn)
    }

    /// The access token for the script, and the refresh token in its cookie.
    fn issue(&self, session: &CarriedSession, cookies: &Cookies) -> Result<Json<Issued>, Failure> {
        let remaining = session.remaining();
        let token = self.signatures.sign(ACCESS, session, self.access_ttl.min(remaining))?;
        let refresh = self.signatures.sign(REFRESH, session, remaining)?;
        cookies.add(for_refreshes_only(cookie(COOKIE, refresh, Some(remaining))));
        Ok(Json(Issued { token, count: session.count }))
    }
}

async fn log_in(
    State(site): State<Site>,
    cookies: Cookies,
    Form(form): Form<LogIn>,
) -> Result<Json<Issued>, Failure> {
    let member = site.members.named(&form.member).await?.ok_or(Failure::NotSignedIn)?;
    site.issue(&CarriedSession::of(member, LIFETIME), &cookies)
}

async fn show_page(State(site): State<Site>, headers: HeaderMap) -> Result<Html<String>, Failure> {
    let session = site.session(&headers)?;
    Ok(page(&session.name, &session.role, session.count))
}

async fn count(
    State(site): State<Site>,
    cookies: Cookies,
    headers: HeaderMap,
) -> Result<Json<Issued>, Failure> {
    site.issue(&site.session(&headers)?.counted(), &cookies)
}

async fn refresh(State(site): State<Site>, cookies: Cookies) -> Result<Json<Issued>, Failure> {
    let token = cookies.get(COOKIE).ok_or(Failure::NotSignedIn)?;
    let session: CarriedSession =
        site.signatures.verify(REFRESH, token.value()).ok_or(Failure::NotSignedIn)?;
    let member = site.members.find(session.sub).await?.ok_or(Failure::NotSignedIn)?;
    let session = CarriedSession { name: member.name, role: member.role, ..session };
    site.issue(&session, &cookies)
}

async fn log_out(cookies: Cookies) -> StatusCode {
    cookies.add(for_refreshes_only(removal(COOKIE)));
    StatusCode::NO_CONTENT
}

fn for_refreshes_only(mut cookie: Cookie<'static>) -> Cookie<'static> {
    cookie.set_path(REFRESH_PATH);
    cookie.set_same_site(SameSite::Strict);
    cookie
}

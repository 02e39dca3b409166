//! The whole session in a token, and the token in a cookie. No store is asked, so nothing ends a token before it
//! expires: a log-out removes the cookie from the browser, and a copy of it goes on. The same is true of the role.

use axum::{
    Form, Router,
    extract::{FromRef, State},
    http::StatusCode,
    response::Html,
    routing::{get, post},
};
use time::Duration;
use tower_cookies::{CookieManagerLayer, Cookies};

use super::signed::CarriedSession;
use crate::site::{Failure, LogIn, Members, cookie, members, page, removal};

/// "Keep me signed in"
const LIFETIME: Duration = Duration::days(30);
const COOKIE: &str = "__Host-session";

/// Makes and reads the tokens.
pub(super) trait Tokens: Clone + Send + Sync + 'static {
    fn issue(&self, session: &CarriedSession) -> anyhow::Result<String>;
    /// `None`: not one of ours, or expired.
    fn read(&self, token: &str) -> Option<CarriedSession>;
}

#[derive(Clone)]
struct Site<T> {
    members: Members,
    tokens: T,
}

impl<T: Tokens> FromRef<Site<T>> for Members {
    fn from_ref(site: &Site<T>) -> Self {
        site.members.clone()
    }
}

/// The site with these tokens.
pub(super) fn site<T: Tokens>(members: Members, tokens: T) -> Router {
    Router::new()
        .route("/login", post(log_in::<T>))
        .route("/page", get(show_page::<T>))
        .route("/count", post(count::<T>))
        .route("/logout", post(log_out))
        .layer(CookieManagerLayer::new())
        .merge(members::adding())
        .merge(members::changing_the_row())
        .with_state(Site { members, tokens })
}

impl<T: Tokens> Site<T> {
    fn session(&self, cookies: &Cookies) -> Result<CarriedSession, Failure> {
        let token = cookies.get(COOKIE).ok_or(Failure::NotSignedIn)?;
        self.tokens.read(token.value()).ok_or(Failure::NotSignedIn)
    }

    fn keep(&self, session: &CarriedSession, cookies: &Cookies) -> Result<(), Failure> {
        let token = self.tokens.issue(session)?;
        cookies.add(cookie(COOKIE, token, Some(session.remaining())));
        Ok(())
    }
}

async fn log_in<T: Tokens>(
    State(site): State<Site<T>>,
    cookies: Cookies,
    Form(form): Form<LogIn>,
) -> Result<StatusCode, Failure> {
    let member = site.members.named(&form.member).await?.ok_or(Failure::NotSignedIn)?;
    site.keep(&CarriedSession::of(member, LIFETIME), &cookies)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show_page<T: Tokens>(
    State(site): State<Site<T>>,
    cookies: Cookies,
) -> Result<Html<String>, Failure> {
    let session = site.session(&cookies)?;
    Ok(page(&session.name, &session.role, session.count))
}

async fn count<T: Tokens>(
    State(site): State<Site<T>>,
    cookies: Cookies,
) -> Result<String, Failure> {
    let session = site.session(&cookies)?.counted();
    site.keep(&session, &cookies)?;
    Ok(session.count.to_string())
}

async fn log_out(cookies: Cookies) -> StatusCode {
    cookies.add(removal(COOKIE));
    StatusCode::NO_CONTENT
}

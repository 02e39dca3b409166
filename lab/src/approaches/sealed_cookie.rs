//! The whole session in an encrypted cookie (AES-256-GCM, by the private jar of `cookie`), with a cart that grows. The
//! cookie is renewed after a while of use, for the idle timeout, and the member's row is read then: so the role acts
//! until the next renewal. Nothing remembers that a session has ended, so a copy of the cookie goes on.

use axum::{
    Form, Router,
    extract::{FromRef, State},
    http::StatusCode,
    response::Html,
    routing::{get, post},
};
use cookie::{Cookie, CookieJar, Key};
use domain::session::keys::Purpose;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use tower_cookies::{CookieManagerLayer, Cookies};
use uuid::Uuid;

use crate::site::{Failure, LogIn, Member, Members, Settings, cookie, members, page, removal};

const SEALING: Purpose = Purpose::new("lab cookie aes-256-gcm v1");
const COOKIE: &str = "__Host-session";
const ABSOLUTE_TIMEOUT: Duration = Duration::hours(12);
/// Browsers ignore a longer cookie without a word (RFC 6265bis §5.6). Name and value together.
const COOKIE_MAX: usize = 4096;
const FIRST_ARTICLE: u32 = 100_001;

#[derive(Clone, FromRef)]
struct Site {
    members: Members,
    key: Key,
    timeouts: Timeouts,
}

#[derive(Clone)]
struct Timeouts {
    idle: Duration,
    renewal: Duration,
}

/// A session. Times are seconds of Unix time.
#[derive(Serialize, Deserialize)]
struct SealedSession {
    member_id: Uuid,
    name: String,
    role: String,
    /// Numbers of articles
    cart: Vec<u32>,
    issued_at: i64,
    last_seen: i64,
}

pub(super) fn site(settings: &Settings) -> anyhow::Result<Router> {
    let idle = Duration::try_from(settings.session_ttl)?;
    let renewal = Duration::try_from(settings.access_ttl)?.min(idle / 2);
    let key = settings.key.derive(SEALING);
    let site = Site {
        members: settings.members()?,
        key: Key::derive_from(key.as_slice()),
        timeouts: Timeouts { idle, renewal },
    };
    let routes = Router::new()
        .route("/login", post(log_in))
        .route("/page", get(show_page))
        .route("/count", post(count))
        .route("/logout", post(log_out))
        .layer(CookieManagerLayer::new())
        .merge(members::adding())
        .merge(members::changing_the_row());
    Ok(routes.with_state(site))
}

impl Site {
    /// The session of the cookie, renewed if that is due.
    async fn session(&self, cookies: &Cookies) -> Result<SealedSession, Failure> {
        let opened = cookies.get(COOKIE).and_then(|sealed| self.open(sealed.into_owned()));
        let opened = opened.ok_or(Failure::NotSignedIn)?;
        let session: SealedSession =
            serde_json::from_str(opened.value()).map_err(|_| Failure::NotSignedIn)?;
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let unused = Duration::seconds(now - session.last_seen);
        let age = Duration::seconds(now - session.issued_at);
        if unused >= self.timeouts.idle || age >= ABSOLUTE_TIMEOUT {
            return Err(Failure::NotSignedIn);
        }
        if unused < self.timeouts.renewal {
            return Ok(session);
        }
        let member = self.members.find(session.member_id).await?.ok_or(Failure::NotSignedIn)?;
        let Member { name, role, .. } = member;
        let session = SealedSession { name, role, last_seen: now, ..session };
        self.keep(&session, cookies)?;
        Ok(session)
    }

    /// Sets the cookie. Returns `false` if browsers would not keep it.
    fn keep(&self, session: &SealedSession, cookies: &Cookies) -> Result<bool, Failure> {
        let mut jar = CookieJar::new();
        jar.private_mut(&self.key).add(cookie(COOKIE, serde_json::to_string(session)?, None));
        let sealed = jar.get(COOKIE).filter(|it| COOKIE.len() + it.value().len() <= COOKIE_MAX);
        if let Some(sealed) = sealed {
            cookies.add(sealed.clone());
        }
        Ok(sealed.is_some())
    }

    fn open(&self, sealed: Cookie<'static>) -> Option<Cookie<'static>> {
        let mut jar = CookieJar::new();
        jar.add_original(sealed);
        jar.private(&self.key).get(COOKIE)
    }
}

async fn log_in(
    State(site): State<Site>,
    cookies: Cookies,
    Form(form): Form<LogIn>,
) -> Result<StatusCode, Failure> {
    let member = site.members.named(&form.member).await?.ok_or(Failure::NotSignedIn)?;
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let session = SealedSession {
        member_id: member.id,
        name: member.name,
        role: member.role,
        cart: Vec::new(),
        issued_at: now,
        last_seen: now,
    };
    site.keep(&session, &cookies)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show_page(State(site): State<Site>, cookies: Cookies) -> Result<Html<String>, Failure> {
    let session = site.session(&cookies).await?;
    Ok(page(&session.name, &session.role, session.cart.len() as u64))
}

/// Puts one more article into the cart, or responds 413 if the cookie would be too long.
async fn count(
    State(site): State<Site>,
    cookies: Cookies,
) -> Result<(StatusCode, String), Failure> {
    let mut session = site.session(&cookies).await?;
    let count = session.cart.len() as u32;
    session.cart.push(FIRST_ARTICLE + count);
    if !site.keep(&session, &cookies)? {
        return Ok((StatusCode::PAYLOAD_TOO_LARGE, count.to_string()));
    }
    Ok((StatusCode::OK, session.cart.len().to_string()))
}

async fn log_out(cookies: Cookies) -> StatusCode {
    cookies.add(removal(COOKIE));
    StatusCode::NO_CONTENT
}

//! The whole session in an encrypted cookie (AES-256-GCM, by the private jar of `axum-extra`), with a cart that grows. The
//! cookie is renewed after a while of use, for the idle timeout, and the member's row is read then: so the role acts
//! until the next renewal. Nothing remembers that a session has ended, so a copy of the cookie goes on.

use axum::{
    Form, Router,
    extract::{FromRef, State},
    http::StatusCode,
    response::Html,
    routing::{get, post},
};
use axum_extra::extract::cookie::{CookieJar, Key, PrivateCookieJar};
use domain::session::keys::Purpose;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::site::{Failure, LogIn, Member, Members, Settings, cookie, members, page, removal};

const SEALING: Purpose = Purpose::new("lab cookie aes-256-gcm v1");
const COOKIE: &str = "__Host-session";
const ABSOLUTE_TIMEOUT: Duration = Duration::hours(12);
/// Browsers ignore a longer cookie without a word (RFC 6265bis §5.6). Name and value together.
const COOKIE_MAX: usize = 4096;
/// Nonce and tag of AES-GCM
const SEALING_BYTES: usize = 12 + 16;
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
        .merge(members::adding())
        .merge(members::changing_the_row());
    Ok(routes.with_state(site))
}

impl Site {
    /// The session of the cookie, and the cookies, with a new one if it was due to be renewed.
    async fn session(
        &self,
        cookies: PrivateCookieJar,
    ) -> Result<(SealedSession, PrivateCookieJar), Failure> {
        let sealed = cookies.get(COOKIE).ok_or(Failure::NotSignedIn)?;
        let session: SealedSession =
            serde_json::from_str(sealed.value()).map_err(|_| Failure::NotSignedIn)?;
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let unused = Duration::seconds(now - session.last_seen);
        let age = Duration::seconds(now - session.issued_at);
        if unused >= self.timeouts.idle || age >= ABSOLUTE_TIMEOUT {
            return Err(Failure::NotSignedIn);
        }
        if unused < self.timeouts.renewal {
            return Ok((session, cookies));
        }
        let member = self.members.find(session.member_id).await?.ok_or(Failure::NotSignedIn)?;
        let Member { name, role, .. } = member;
        let session = SealedSession { name, role, last_seen: now, ..session };
        let (cookies, _) = keep(&session, cookies)?;
        Ok((session, cookies))
    }
}

/// Sets the cookie, unless browsers would not keep it, and returns whether they do.
fn keep(
    session: &SealedSession,
    cookies: PrivateCookieJar,
) -> Result<(PrivateCookieJar, bool), Failure> {
    let text = serde_json::to_string(session)?;
    let base64 = (text.len() + SEALING_BYTES).div_ceil(3) * 4;
    let fits = COOKIE.len() + base64 <= COOKIE_MAX;
    let cookies = if fits { cookies.add(cookie(COOKIE, text, None)) } else { cookies };
    Ok((cookies, fits))
}

async fn log_in(
    State(site): State<Site>,
    cookies: PrivateCookieJar,
    Form(form): Form<LogIn>,
) -> Result<(PrivateCookieJar, StatusCode), Failure> {
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
    let (cookies, _) = keep(&session, cookies)?;
    Ok((cookies, StatusCode::NO_CONTENT))
}

async fn show_page(
    State(site): State<Site>,
    cookies: PrivateCookieJar,
) -> Result<(PrivateCookieJar, Html<String>), Failure> {
    let (session, cookies) = site.session(cookies).await?;
    let page = page(&session.name, &session.role, session.cart.len() as u64);
    Ok((cookies, page))
}

/// Puts one more article into the cart, or responds 413 if the cookie would be too long.
async fn count(
    State(site): State<Site>,
    cookies: PrivateCookieJar,
) -> Result<(StatusCode, PrivateCookieJar, String), Failure> {
    let (mut session, cookies) = site.session(cookies).await?;
    let count = session.cart.len() as u32;
    session.cart.push(FIRST_ARTICLE + count);
    let (cookies, fits) = keep(&session, cookies)?;
    if !fits {
        return Ok((StatusCode::PAYLOAD_TOO_LARGE, cookies, count.to_string()));
    }
    Ok((StatusCode::OK, cookies, session.cart.len().to_string()))
}

async fn log_out() -> (CookieJar, StatusCode) {
    (CookieJar::new().add(removal(COOKIE)), StatusCode::NO_CONTENT)
}

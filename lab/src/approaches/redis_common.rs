//! Sessions in Redis as commonly written: `EXISTS`, then `EXPIRE`, then `GET`, and `SET` after a change. Between two of
//! these commands the session can end, and `SET` brings back one that a log-out has deleted meanwhile.

use std::time::Duration;

use axum::{
    Form, Router,
    extract::{FromRef, State},
    http::StatusCode,
    response::Html,
    routing::{get, post},
};
use fred::{interfaces::KeysInterface, types::Expiration};
use serde::{Deserialize, Serialize};
use server::redis::Redis;
use tower_cookies::{CookieManagerLayer, Cookies};
use uuid::Uuid;

use crate::site::{Failure, LogIn, Members, Settings, cookie, members, page, removal};

const COOKIE: &str = "__Host-session";

#[derive(Clone, FromRef)]
struct Site {
    members: Members,
    redis: Redis,
    ttl: Duration,
}

#[derive(Serialize, Deserialize)]
struct SignedIn {
    member_id: Uuid,
    count: u64,
}

pub(super) async fn site(settings: &Settings) -> anyhow::Result<Router> {
    let site = Site {
        members: settings.members()?,
        redis: settings.redis().await?,
        ttl: settings.session_ttl,
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
    /// The session's key and value.
    async fn session(&self, cookies: &Cookies) -> Result<(String, SignedIn), Failure> {
        let key = session_key(cookies).ok_or(Failure::NotSignedIn)?;
        let redis = self.redis.client()?;
        if !redis.exists::<bool, _>(&key).await? {
            return Err(Failure::NotSignedIn);
        }
        let () = redis.expire(&key, self.seconds(), None).await?;
        let text: Option<String> = redis.get(&key).await?;
        let text = text.ok_or(Failure::NotSignedIn)?;
        Ok((key, serde_json::from_str(&text)?))
    }

    async fn write(&self, key: &str, session: &SignedIn) -> Result<(), Failure> {
        let text = serde_json::to_string(session)?;
        let ttl = Some(Expiration::EX(self.seconds()));
        Ok(self.redis.client()?.set(key, text, ttl, None, false).await?)
    }

    fn seconds(&self) -> i64 {
        self.ttl.as_secs().try_into().unwrap_or(i64::MAX)
    }
}

async fn log_in(
    State(site): State<Site>,
    cookies: Cookies,
    Form(form): Form<LogIn>,
) -> Result<StatusCode, Failure> {
    let member = site.members.named(&form.member).await?.ok_or(Failure::NotSignedIn)?;
    let id = Uuid::new_v4();
    site.write(&key_of(id), &SignedIn { member_id: member.id, count: 0 }).await?;
    cookies.add(cookie(COOKIE, id.to_string(), None));
    Ok(StatusCode::NO_CONTENT)
}

async fn show_page(State(site): State<Site>, cookies: Cookies) -> Result<Html<String>, Failure> {
    let (_, session) = site.session(&cookies).await?;
    let member = site.members.find(session.member_id).await?.ok_or(Failure::NotSignedIn)?;
    Ok(page(&member.name, &member.role, session.count))
}

async fn count(State(site): State<Site>, cookies: Cookies) -> Result<String, Failure> {
    let (key, before) = site.session(&cookies).await?;
    let after = SignedIn { count: before.count + 1, ..before };
    site.write(&key, &after).await?;
    Ok(after.count.to_string())
}

async fn log_out(State(site): State<Site>, cookies: Cookies) -> Result<StatusCode, Failure> {
    if let Some(key) = session_key(&cookies) {
        let () = site.redis.client()?.del(key).await?;
    }
    cookies.add(removal(COOKIE));
    Ok(StatusCode::NO_CONTENT)
}

fn session_key(cookies: &Cookies) -> Option<String> {
    let id = cookies.get(COOKIE)?.value().parse().ok()?;
    Some(key_of(id))
}

fn key_of(id: Uuid) -> String {
    format!("session:{id}")
}

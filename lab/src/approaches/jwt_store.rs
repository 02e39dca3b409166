//! A signed token and a store, as commonly recommended: verify the signature, then `EXISTS session:{sid}`, `EXPIRE`, go
//! on, else 401. The token carries the member and the role, and the counter is in the session's hash.
//!
//! Each command is right by itself. Between two of them the session can end, and a counter that is raised then creates
//! the hash again: the session is back, without a time to live.

use std::{fmt::Display, time::Duration};

use axum::{
    Form, Router,
    extract::{FromRef, State},
    http::StatusCode,
    response::Html,
    routing::{get, post},
};
use fred::interfaces::{HashesInterface, KeysInterface, SetsInterface};
use serde::{Deserialize, Serialize};
use server::redis::Redis;
use tower_cookies::{CookieManagerLayer, Cookies};
use uuid::Uuid;

use super::signed::Signatures;
use crate::site::{
    Failure, LogIn, MemberAndRole, Members, Settings, cookie, members, page, removal,
};

/// The store decides when a session ends; the token need not expire before.
const LIFETIME: time::Duration = time::Duration::days(30);
const COOKIE: &str = "__Host-session";
const SESSION: &str = "hybrid session";
const COUNT: &str = "count";

#[derive(Clone, FromRef)]
struct Site {
    members: Members,
    signatures: Signatures,
    redis: Redis,
    ttl: Duration,
}

#[derive(Clone, Serialize, Deserialize)]
struct Content {
    sub: Uuid,
    sid: Uuid,
    name: String,
    role: String,
}

pub(super) async fn site(settings: &Settings) -> anyhow::Result<Router> {
    let site = Site {
        members: settings.members()?,
        signatures: Signatures::new(settings),
        redis: settings.redis().await?,
        ttl: settings.session_ttl,
    };
    let routes = Router::new()
        .route("/login", post(log_in))
        .route("/page", get(show_page))
        .route("/count", post(count))
        .route("/logout", post(log_out))
        .route("/role", post(change_role))
        .layer(CookieManagerLayer::new())
        .merge(members::adding());
    Ok(routes.with_state(site))
}

impl Site {
    fn verified(&self, cookies: &Cookies) -> Result<Content, Failure> {
        let token = cookies.get(COOKIE).ok_or(Failure::NotSignedIn)?;
        self.signatures.verify(SESSION, token.value()).ok_or(Failure::NotSignedIn)
    }

    async fn session(&self, cookies: &Cookies) -> Result<Content, Failure> {
        let content = self.verified(cookies)?;
        let (redis, key) = (self.redis.client()?, session_key(content.sid));
        if !redis.exists::<bool, _>(&key).await? {
            return Err(Failure::NotSignedIn);
        }
        let () = redis.expire(&key, self.seconds(), None).await?;
        Ok(content)
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
    let sid = Uuid::new_v4();
    let (redis, key, of_member) = (site.redis.client()?, session_key(sid), member_key(member.id));
    let () = redis.hset(&key, (COUNT, 0)).await?;
    let () = redis.expire(&key, site.seconds(), None).await?;
    // By this the member's sessions are found, to be ended.
    let () = redis.sadd(&of_member, sid.to_string()).await?;
    let () = redis.expire(&of_member, LIFETIME.whole_seconds(), None).await?;
    let content = Content { sub: member.id, sid, name: member.name, role: member.role };
    let token = site.signatures.sign(SESSION, &content, LIFETIME)?;
    cookies.add(cookie(COOKIE, token, Some(LIFETIME)));
    Ok(StatusCode::NO_CONTENT)
}

async fn show_page(State(site): State<Site>, cookies: Cookies) -> Result<Html<String>, Failure> {
    let Content { sid, name, role, .. } = site.session(&cookies).await?;
    let count: Option<u64> = site.redis.client()?.hget(session_key(sid), COUNT).await?;
    Ok(page(&name, &role, count.unwrap_or_default()))
}

async fn count(State(site): State<Site>, cookies: Cookies) -> Result<String, Failure> {
    let Content { sid, .. } = site.session(&cookies).await?;
    let count: u64 = site.redis.client()?.hincrby(session_key(sid), COUNT, 1).await?;
    Ok(count.to_string())
}

async fn log_out(State(site): State<Site>, cookies: Cookies) -> Result<StatusCode, Failure> {
    if let Ok(Content { sub, sid, .. }) = site.verified(&cookies) {
        let redis = site.redis.client()?;
        let () = redis.del(session_key(sid)).await?;
        let () = redis.srem(member_key(sub), sid.to_string()).await?;
    }
    cookies.add(removal(COOKIE));
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the member's sessions as well, since their tokens carry the previous role: the next log-in has the new one.
async fn change_role(
    State(site): State<Site>,
    Form(form): Form<MemberAndRole>,
) -> Result<StatusCode, Failure> {
    let changed = site.members.set_role(&form.member, form.role).await?;
    let Some(member_id) = changed else { return Ok(StatusCode::NOT_FOUND) };
    let (redis, of_member) = (site.redis.client()?, member_key(member_id));
    let sessions: Vec<String> = redis.smembers(&of_member).await?;
    for sid in sessions {
        let () = redis.del(session_key(&sid)).await?;
        let () = redis.srem(&of_member, sid).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

fn session_key(sid: impl Display) -> String {
    format!("session:{sid}")
}

fn member_key(id: Uuid) -> String {
    format!("member:{id}")
}

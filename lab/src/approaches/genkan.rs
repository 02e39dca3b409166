//! Genkan: the product's session protocol on the product's stores, called as the product calls it. The access token is
//! verified, then the live session is checked, whose role counts. The counter is in the visitor session, and the name is
//! read from the member's row. Limits are off, since no other approach has any.

use anyhow::Context;
use app::http::cookies::{
    RequestTokens, removal_cookies, session_cookies, visitor, visitor_cookie,
    visitor_removal_cookie,
};
use axum::{
    Form, Router,
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{HeaderName, SET_COOKIE},
    },
    response::{AppendHeaders, Html, IntoResponse, Response},
    routing::{get, post},
};
use domain::{
    account::{
        change_role::{self, RoleChanged},
        email::Email,
        member::{DisplayName, Language},
    },
    credentials::password::PasswordHash,
    session::{
        self, Client, Persistence,
        authenticate::{AuthenticateError, Authenticated, Intent, authenticate},
        log_out,
        refresh::{self, Verdict},
        start_session::{SignIn, StartSessionError, start_session},
    },
};
use server::{
    config::Config,
    postgres::{self, NewMember, PgMembers},
    state::Genkan,
    sweeper,
};
use time::{Duration, OffsetDateTime};
use tower_sessions::{Expiry, Session};

use crate::site::{Failure, LogIn, MemberAndRole, Settings, page};

const COUNT: &str = "count";
/// A hash that no password has.
const NO_PASSWORD: &str = "$argon2id$";
/// As the product's default, and less where access tokens live shorter.
const LONGEST_GRACE: u64 = 10;

/// Migrates the product's tables.
pub(super) async fn prepare(settings: &Settings) -> anyhow::Result<()> {
    postgres::migrate(&settings.database_url).await.context("the product's tables")
}

pub(super) async fn site(settings: &Settings) -> anyhow::Result<Router> {
    let genkan = Genkan::connect(config(settings)?).await?;
    // After a failure of the store, live sessions wait for it.
    tokio::spawn(sweeper::run(genkan.clone()));
    let routes = Router::new()
        .route("/login", post(log_in))
        .route("/page", get(show_page))
        .route("/count", post(count))
        .route("/refresh", post(refresh_tokens))
        .route("/logout", post(sign_out))
        .route("/role", post(change_role))
        .route("/members", post(add_member));
    Ok(routes.with_state(Site { genkan, counter: settings.session_ttl.try_into()? }))
}

fn config(settings: &Settings) -> anyhow::Result<Config> {
    let access = settings.access_ttl.as_secs();
    let read = |variable: &str| match variable {
        "DATABASE_URL" => Some(settings.database_url.clone()),
        "REDIS_URL" => settings.redis_url.clone(),
        "MEMCACHED_URL" => settings.memcached_url.as_ref().map(|it| format!("memcached://{it}")),
        "LIVE_SESSIONS" => settings.live_sessions.clone(),
        "SECRET_KEYS" => Some(settings.key.entry().to_owned()),
        "ACCESS_TTL" => Some(access.to_string()),
        "REFRESH_GRACE" => Some((access / 4).clamp(1, LONGEST_GRACE).to_string()),
        "SESSION_IDLE" => Some(settings.session_ttl.as_secs().to_string()),
        // The load signs in a few members, many times each.
        "SESSIONS_MAX" => Some("1000".to_owned()),
        "RATE_LIMITS" => Some("off".to_owned()),
        "DEV_MAILBOX" => Some("on".to_owned()),
        _ => None,
    };
    Ok(Config::read(read)?)
}

#[derive(Clone)]
struct Site {
    genkan: Genkan,
    /// The time for which an unchanged counter is kept
    counter: Duration,
}

impl Site {
    fn sessions(&self) -> &session::Resources {
        &self.genkan.resources.session
    }

    async fn authenticated(&self, headers: &HeaderMap) -> Result<Authenticated, Failure> {
        let tokens = RequestTokens::read(headers);
        let now = OffsetDateTime::now_utc();
        let asked = authenticate(self.sessions(), tokens.presented(), Intent::Use, now).await;
        asked.map_err(|error| match error {
            AuthenticateError::Refused(_) => Failure::NotSignedIn,
            AuthenticateError::Store(error) => error.into(),
        })
    }

    fn visitor(&self, headers: &HeaderMap) -> Session {
        self.genkan.visitors.session(visitor(headers).and_then(|id| id.parse().ok()))
    }
}

async fn log_in(
    State(site): State<Site>,
    Form(form): Form<LogIn>,
) -> Result<impl IntoResponse, Failure> {
    let email = address(&form.member)?;
    let known = site.genkan.resources.members.credentials(&email).await?;
    let known = known.ok_or(Failure::NotSignedIn)?;
    let sign_in = SignIn {
        member_id: known.member_id,
        authority_version: known.authority_version,
        persistence: Persistence::Browser,
        client: Client::default(),
    };
    let started = start_session(site.sessions(), sign_in, OffsetDateTime::now_utc()).await;
    let tokens = started.map_err(|error| match error {
        StartSessionError::MemberChanged => Failure::NotSignedIn,
        StartSessionError::Store(error) => error.into(),
    })?;
    Ok((StatusCode::NO_CONTENT, set(session_cookies(&tokens))))
}

async fn show_page(State(site): State<Site>, headers: HeaderMap) -> Result<Html<String>, Failure> {
    let Authenticated { session, .. } = site.authenticated(&headers).await?;
    let count: Option<u64> = site.visitor(&headers).get(COUNT).await?;
    let member = site.genkan.resources.members.find(session.member_id).await?;
    let member = member.ok_or(Failure::NotSignedIn)?;
    let name = member.profile.display_name.as_str();
    Ok(page(name, session.role.as_str(), count.unwrap_or_default()))
}

async fn count(State(site): State<Site>, headers: HeaderMap) -> Result<Response, Failure> {
    site.authenticated(&headers).await?;
    let visitor = site.visitor(&headers);
    let before: Option<u64> = visitor.get(COUNT).await?;
    let count = before.unwrap_or_default() + 1;
    visitor.insert(COUNT, count).await?;
    visitor.set_expiry(Some(Expiry::OnInactivity(site.counter)));
    visitor.save().await?;
    let id = visitor.id().context("a saved record has an id")?;
    let cookie = visitor_cookie(&id.to_string(), site.counter);
    Ok((set([cookie]), count.to_string()).into_response())
}

async fn refresh_tokens(State(site): State<Site>, headers: HeaderMap) -> Result<Response, Failure> {
    let tokens = RequestTokens::read(&headers);
    let presented = tokens.presented().refresh.ok_or(Failure::NotSignedIn)?;
    let (client, now) = (Client::default(), OffsetDateTime::now_utc());
    match refresh::refresh(site.sessions(), presented, &client, now).await {
        Ok(tokens) => Ok((StatusCode::NO_CONTENT, set(session_cookies(&tokens))).into_response()),
        Err(error) => match error.verdict() {
            Verdict::RemoveCookies(_) => {
                Ok((StatusCode::UNAUTHORIZED, set(removal_cookies())).into_response())
            }
            Verdict::KeepCookies(_) => Err(Failure::NotSignedIn),
            Verdict::Limited(_) | Verdict::Unavailable => Err(error.into()),
        },
    }
}

async fn sign_out(
    State(site): State<Site>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Failure> {
    let tokens = RequestTokens::read(&headers);
    let (client, now) = (Client::default(), OffsetDateTime::now_utc());
    log_out::log_out(site.sessions(), tokens.presented(), &client, now).await?;
    site.visitor(&headers).flush().await?;
    let [access, refresh] = removal_cookies();
    Ok((StatusCode::NO_CONTENT, set([access, refresh, visitor_removal_cookie()])))
}

async fn change_role(
    State(site): State<Site>,
    Form(form): Form<MemberAndRole>,
) -> Result<StatusCode, Failure> {
    let resources = &site.genkan.resources;
    let Some(known) = resources.members.credentials(&address(&form.member)?).await? else {
        return Ok(StatusCode::NOT_FOUND);
    };
    Ok(match change_role::change_role(resources, known.member_id, form.role).await? {
        RoleChanged::AtOnce | RoleChanged::WithTheNextRefresh => StatusCode::NO_CONTENT,
        RoleChanged::NoSuchMember => StatusCode::NOT_FOUND,
    })
}

async fn add_member(
    State(site): State<Site>,
    Form(form): Form<MemberAndRole>,
) -> Result<StatusCode, Failure> {
    let new = NewMember {
        email: address(&form.member)?,
        display_name: DisplayName::parse(&form.member).map_err(|_| Failure::NotSignedIn)?,
        locale: Language::En,
        password_hash: PasswordHash::from_stored(NO_PASSWORD.to_owned()),
    };
    PgMembers::new(site.genkan.database.clone()).seed(&new).await?;
    change_role(State(site), Form(form)).await
}

fn address(name: &str) -> Result<Email, Failure> {
    Email::parse(&format!("{name}@lab.example")).map_err(|_| Failure::NotSignedIn)
}

fn set<const N: usize>(cookies: [HeaderValue; N]) -> AppendHeaders<[(HeaderName, HeaderValue); N]> {
    AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie)))
}

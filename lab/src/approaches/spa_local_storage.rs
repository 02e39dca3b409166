//! A signed token that a page's script keeps in `localStorage` and sends as `Authorization: Bearer`. Every script of the
//! page can read it, so one injected script can take it away.

use axum::{
    Form, Json, Router,
    extract::{FromRef, State},
    http::{HeaderMap, StatusCode},
    response::Html,
    routing::{get, post},
};
use serde::Serialize;
use time::Duration;

use super::signed::{CarriedSession, Signatures};
use crate::site::{Failure, LogIn, Members, Settings, bearer, members, page};

const LIFETIME: Duration = Duration::days(30);
const SESSION: &str = "spa session";

#[derive(Clone, FromRef)]
struct Site {
    members: Members,
    signatures: Signatures,
}

#[derive(Serialize)]
struct Issued {
    token: String,
    count: u64,
}

pub(super) fn site(settings: &Settings) -> anyhow::Result<Router> {
    let site = Site { members: settings.members()?, signatures: Signatures::new(settings) };
    let routes = Router::new()
        .route("/spa", get(Html(include_str!("spa_local_storage.html"))))
        .route("/login", post(log_in))
        .route("/page", get(show_page))
        .route("/count", post(count))
        // The page's script forgets the token; there is nothing else to do.
        .route("/logout", post(StatusCode::NO_CONTENT))
        .merge(members::adding())
        .merge(members::changing_the_row());
    Ok(routes.with_state(site))
}

impl Site {
    fn session(&self, headers: &HeaderMap) -> Result<CarriedSession, Failure> {
        let token = bearer(headers).ok_or(Failure::NotSignedIn)?;
        self.signatures.verify(SESSION, token).ok_or(Failure::NotSignedIn)
    }

    fn issue(&self, session: &CarriedSession) -> Result<Json<Issued>, Failure> {
        let token = self.signatures.sign(SESSION, session, session.remaining())?;
        Ok(Json(Issued { token, count: session.count }))
    }
}

async fn log_in(
    State(site): State<Site>,
    Form(form): Form<LogIn>,
) -> Result<Json<Issued>, Failure> {
    let member = site.members.named(&form.member).await?.ok_or(Failure::NotSignedIn)?;
    site.issue(&CarriedSession::of(member, LIFETIME))
}

async fn show_page(State(site): State<Site>, headers: HeaderMap) -> Result<Html<String>, Failure> {
    let session = site.session(&headers)?;
    Ok(page(&session.name, &session.role, session.count))
}

async fn count(State(site): State<Site>, headers: HeaderMap) -> Result<Json<Issued>, Failure> {
    site.issue(&site.session(&headers)?.counted())
}

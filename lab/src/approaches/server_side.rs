//! Sessions on the server, by `tower-sessions`: the cookie holds a random id, the record the member's id and the
//! counter. Name and role are read from the member's row for each page. Only the store differs.
//!
//! The library reads and writes records as a whole, as most session libraries do: of two changes at once, one is lost.

use axum::{
    Form, Router,
    extract::State,
    http::StatusCode,
    response::Html,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use tower_sessions::{Session, SessionManagerLayer, SessionStore};
use uuid::Uuid;

use crate::site::{Failure, LogIn, Members, members, page};

const SIGNED_IN: &str = "signed_in";

#[derive(Serialize, Deserialize)]
struct SignedIn {
    member_id: Uuid,
    count: u64,
}

/// The site with records in this store.
pub(super) fn site<Store>(members: Members, layer: SessionManagerLayer<Store>) -> Router
where
    Store: SessionStore + Clone,
{
    Router::new()
        .route("/login", post(log_in))
        .route("/page", get(show_page))
        .route("/count", post(count))
        .route("/logout", post(log_out))
        // The routes below use no session.
        .layer(layer)
        .merge(members::adding())
        .merge(members::changing_the_row())
        .with_state(members)
}

async fn log_in(
    session: Session,
    State(members): State<Members>,
    Form(form): Form<LogIn>,
) -> Result<StatusCode, Failure> {
    let member = members.named(&form.member).await?.ok_or(Failure::NotSignedIn)?;
    // An id that was planted before the log-in is worthless after it.
    session.cycle_id().await?;
    session.insert(SIGNED_IN, SignedIn { member_id: member.id, count: 0 }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show_page(
    session: Session,
    State(members): State<Members>,
) -> Result<Html<String>, Failure> {
    let SignedIn { member_id, count } = signed_in(&session).await?;
    let member = members.find(member_id).await?.ok_or(Failure::NotSignedIn)?;
    Ok(page(&member.name, &member.role, count))
}

async fn count(session: Session) -> Result<String, Failure> {
    let before = signed_in(&session).await?;
    let after = SignedIn { count: before.count + 1, ..before };
    session.insert(SIGNED_IN, &after).await?;
    Ok(after.count.to_string())
}

async fn log_out(session: Session) -> Result<StatusCode, Failure> {
    session.flush().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn signed_in(session: &Session) -> Result<SignedIn, Failure> {
    session.get(SIGNED_IN).await?.ok_or(Failure::NotSignedIn)
}

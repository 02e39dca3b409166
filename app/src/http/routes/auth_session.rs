//! `GET /auth/session`: the member and the session of the request. Durations are in seconds.

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::{
    Resources,
    session::{Persistence, Refusal, StoredSession, authenticate::Authenticated},
};
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    api::problem::Problem,
    http::{answers::NO_STORE, layers::identify::Identity},
};

#[derive(Serialize)]
struct Shown {
    member: ShownMember,
    session: ShownSession,
}

#[derive(Serialize)]
struct ShownMember {
    id: String,
    email: String,
    display_name: String,
    role: &'static str,
}

#[derive(Serialize)]
struct ShownSession {
    id: String,
    created_at: String,
    access_expires_in: u64,
    idle_expires_in: u64,
    absolute_expires_in: u64,
}

/// Shows the session of the request.
pub(crate) async fn show(
    State(resources): State<Resources>,
    Extension(identity): Extension<Identity>,
) -> Result<Response, Problem> {
    let shown = read(&resources, identity.member()?).await?;
    Ok(([NO_STORE], Json(shown)).into_response())
}

async fn read(resources: &Resources, who: Authenticated) -> Result<Shown, Problem> {
    let (member, stored) = tokio::try_join!(
        resources.members.find(who.session.member_id),
        resources.session.rows.find(who.claims.session_id),
    )?;
    let row = match stored {
        Some(StoredSession::Open(row)) => row,
        // It ended just after the live-session store was asked.
        Some(StoredSession::Ended { reason, .. }) => return Err(Refusal::Ended(reason).into()),
        None => return Err(Refusal::Invalid.into()),
    };
    let member = member.ok_or(Refusal::Invalid)?;
    let idle_left = match row.persistence {
        Persistence::Browser => who.idle_left,
        // The live-session store forgets earlier; the row brings a remembered session back.
        Persistence::Remembered => row.state.idle_timeout.saturating_sub(row.state.seen_ago),
    };
    Ok(Shown {
        member: ShownMember {
            id: member.id.to_string(),
            email: member.email.as_str().to_owned(),
            display_name: member.profile.display_name.as_str().to_owned(),
            role: who.session.role.as_str(),
        },
        session: ShownSession {
            id: row.id.to_string(),
            created_at: row.created_at.format(&Rfc3339).unwrap_or_default(),
            access_expires_in: seconds_until(who.claims.expires_at),
            idle_expires_in: idle_left.min(row.state.remaining).as_secs(),
            absolute_expires_in: row.state.remaining.as_secs(),
        },
    })
}

/// Whole seconds from now until `moment`; 0 once it has passed.
pub(super) fn seconds_until(moment: OffsetDateTime) -> u64 {
    u64::try_from((moment - OffsetDateTime::now_utc()).whole_seconds()).unwrap_or(0)
}

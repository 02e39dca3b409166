//! `GET /auth/session`: the member and the session of the request. Durations are in seconds.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::{
    Resources,
    session::{Persistence, Refusal, authenticate::Authenticated},
};
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    api::problem::Problem,
    http::{answers::NO_STORE, layers::identify::Identity, site::Site},
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
    State(site): State<Arc<Site>>,
    Extension(identity): Extension<Identity>,
) -> Result<Response, Problem> {
    let shown = read(&site.resources, identity.member()?).await?;
    Ok(([NO_STORE], Json(shown)).into_response())
}

async fn read(resources: &Resources, who: Authenticated) -> Result<Shown, Problem> {
    let found = resources.members.own_session(who.claims.session_id).await?;
    // The session may have ended just after the live-session check.
    let own = found.ok_or(Refusal::Invalid)?.map_err(Refusal::Ended)?;
    let idle_left = match own.persistence {
        Persistence::Browser => who.idle_left,
        // The live-session store expires earlier, but a remembered session is restored from its row.
        Persistence::Remembered => own.idle_left,
    };
    Ok(Shown {
        member: ShownMember {
            id: who.session.member_id.to_string(),
            email: own.email.as_str().to_owned(),
            display_name: own.display_name.as_str().to_owned(),
            role: who.session.role.as_str(),
        },
        session: ShownSession {
            id: who.claims.session_id.to_string(),
            created_at: own.created_at.format(&Rfc3339).unwrap_or_default(),
            access_expires_in: seconds_until(who.claims.expires_at),
            idle_expires_in: idle_left.min(own.remaining).as_secs(),
            absolute_expires_in: own.remaining.as_secs(),
        },
    })
}

/// Whole seconds from now until `moment`; 0 once it has passed.
pub(super) fn seconds_until(moment: OffsetDateTime) -> u64 {
    u64::try_from((moment - OffsetDateTime::now_utc()).whole_seconds()).unwrap_or(0)
}

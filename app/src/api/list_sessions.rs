//! `list_sessions`: the member's open sessions, one page of the list at a time.

use domain::{
    fields::{FieldErrors, FieldProblem},
    session::{ListedSession, Persistence, SeenCursor, list_sessions::list_sessions as list},
};
use serde::{Deserialize, Serialize, Serializer};
use time::OffsetDateTime;

use super::problem::Problem;
use crate::{
    components::local_time::machine_readable,
    http::{
        forms::DataFunction,
        request::ServerRequest,
        user_agent::{browser_of, system_of},
    },
};

pub const LIST_SESSIONS: DataFunction =
    DataFunction { function: "list_sessions", handler: |call| call.to(list_sessions) };

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    before: String,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize)]
pub struct SessionsView {
    /// This browser's; `None` if it has just ended
    pub this: Option<SessionView>,
    /// The others, most recently seen first, at most 50
    pub others: Vec<SessionView>,
    /// `before` of the next page of the list; `None` on the last one
    pub next: Option<String>,
}

/// A session as its member sees it. Durations are in seconds, moments in RFC 3339 (UTC).
#[derive(Debug, Clone, Serialize)]
pub struct SessionView {
    pub id: String,
    /// The browser's name, if known
    pub browser: Option<String>,
    /// The operating system's name, if known
    pub system: Option<String>,
    /// The client's address at its last use
    pub ip_address: Option<String>,
    #[serde(serialize_with = "moment")]
    pub signed_in_at: OffsetDateTime,
    pub signed_in_ago: u64,
    /// Time of its last use, to within the life of an access token
    #[serde(serialize_with = "moment")]
    pub seen_at: OffsetDateTime,
    pub seen_ago: u64,
    /// Time without use after which it ends
    pub idle_timeout: u64,
    /// Time of its absolute end
    #[serde(serialize_with = "moment")]
    pub ends_at: OffsetDateTime,
    pub ends_in: u64,
    /// True if the cookies persist after the browser closes
    pub is_remembered: bool,
    /// Number of replays of its tokens from another address or browser
    pub replays_from_elsewhere: u32,
}

async fn list_sessions(request: ServerRequest, form: Fields) -> Result<serde_json::Value, Problem> {
    let before = Some(form.before.as_str()).filter(|it| !it.is_empty());
    Ok(serde_json::json!(own_sessions(&request, before).await?))
}

/// Lists the sessions of the request's member: the first page, or the one after `before`.
pub(crate) async fn own_sessions(
    request: &ServerRequest,
    before: Option<&str>,
) -> Result<SessionsView, Problem> {
    let who = request.identity.member()?;
    let parse =
        |text| SeenCursor::parse(text).ok_or(FieldErrors::one("before", FieldProblem::Invalid));
    let own = list(&request.resources.session, &who, before.map(parse).transpose()?).await?;
    let view = |session| SessionView::of(session, request.now);
    Ok(SessionsView {
        this: own.this.map(view),
        others: own.others.into_iter().map(view).collect(),
        next: own.next.map(|place| place.to_string()),
    })
}

impl SessionView {
    fn of(session: ListedSession, now: OffsetDateTime) -> Self {
        let user_agent = &session.client.user_agent;
        Self {
            id: session.id.to_string(),
            browser: browser_of(user_agent).map(str::to_owned),
            system: system_of(user_agent).map(str::to_owned),
            ip_address: session.client.ip.map(|address| address.to_string()),
            signed_in_at: session.created_at,
            signed_in_ago: (now - session.created_at).whole_seconds().try_into().unwrap_or(0),
            seen_at: now - session.seen_ago,
            seen_ago: session.seen_ago.as_secs(),
            idle_timeout: session.idle_timeout.as_secs(),
            ends_at: now + session.remaining,
            ends_in: session.remaining.as_secs(),
            is_remembered: session.persistence == Persistence::Remembered,
            replays_from_elsewhere: session.replays_from_elsewhere,
        }
    }
}

fn moment<S: Serializer>(moment: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&machine_readable(*moment))
}

//! `list_sessions`: where the member is signed in, to be shown, a page at a time.

use leptos::prelude::*;

use super::problem::Problem;

/// A page of the open sessions of a member.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SessionsView {
    /// The one that asks; `None` if it ended this very moment
    pub this: Option<SessionView>,
    /// The others, the last seen first, at most 50
    pub others: Vec<SessionView>,
    /// What `before` has to be to get the next page; `None`: this is the last one
    pub next: Option<String>,
}

/// A session as its member sees it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SessionView {
    /// The session's id
    pub id: String,
    /// The browser's name, if it tells one that we know
    pub browser: Option<String>,
    /// The name of what it runs on, likewise
    pub system: Option<String>,
    /// The address that it was last used from
    pub ip_address: Option<String>,
    /// When the member signed in (RFC 3339, UTC)
    pub signed_in_at: String,
    /// Seconds since then
    pub signed_in_ago: u64,
    /// When it was last seen (RFC 3339, UTC), to within the life of an access token
    pub seen_at: String,
    /// Seconds since then
    pub seen_ago: u64,
    /// It ends after so many seconds without use …
    pub idle_timeout: u64,
    /// … and at this moment (RFC 3339, UTC)
    pub ends_at: String,
    /// Seconds until then
    pub ends_in: u64,
    /// Whether it outlives the browser's being closed
    pub is_remembered: bool,
    /// How often a token of it was replayed from another address or browser
    pub replays_from_elsewhere: u32,
}

/// The sessions of whose request this is: the first page, or the one after that whose `next` is `before`.
#[server(prefix = "/api", endpoint = "list_sessions")]
pub async fn list_sessions(
    #[server(default)] before: Option<String>,
) -> Result<SessionsView, Problem> {
    use crate::ssr::request::ServerRequest;
    use domain::{
        fields::{FieldErrors, FieldProblem},
        session::list_sessions::{SeenCursor, list_sessions},
    };

    let request = ServerRequest::current();
    let who = request.identity.member()?;
    let before = match before.as_deref() {
        None | Some("") => None,
        Some(text) => Some(
            SeenCursor::parse(text)
                .ok_or_else(|| FieldErrors::one("before", FieldProblem::Invalid))?,
        ),
    };
    let own = list_sessions(&request.ports, &who, before).await?;
    let view = |session| SessionView::of(session, request.now);
    Ok(SessionsView {
        this: own.this.map(view),
        others: own.others.into_iter().map(view).collect(),
        next: own.next.map(|place| place.to_string()),
    })
}

#[cfg(feature = "ssr")]
mod from_domain {
    use domain::session::{ListedSession, Persistence};
    use time::{OffsetDateTime, format_description::well_known::Rfc3339};

    use crate::ssr::device::{browser_of, system_of};

    use super::SessionView;

    impl SessionView {
        /// The session at the moment `now`.
        pub(super) fn of(session: ListedSession, now: OffsetDateTime) -> Self {
            let user_agent = &session.client.user_agent;
            Self {
                id: session.id.to_string(),
                browser: browser_of(user_agent).map(str::to_owned),
                system: system_of(user_agent).map(str::to_owned),
                ip_address: session.client.ip.map(|address| address.to_string()),
                signed_in_at: stamp(session.created_at),
                signed_in_ago: u64::try_from((now - session.created_at).whole_seconds())
                    .unwrap_or_default(),
                seen_at: stamp(now - session.seen_ago),
                seen_ago: session.seen_ago.as_secs(),
                idle_timeout: session.idle_timeout.as_secs(),
                ends_at: stamp(now + session.remaining),
                ends_in: session.remaining.as_secs(),
                is_remembered: session.persistence == Persistence::Remembered,
                replays_from_elsewhere: session.replays_from_elsewhere,
            }
        }
    }

    /// To the second, in UTC.
    fn stamp(moment: OffsetDateTime) -> String {
        let moment = moment.to_offset(time::UtcOffset::UTC);
        let whole = moment.replace_nanosecond(0).unwrap_or(moment);
        whole.format(&Rfc3339).unwrap_or_default()
    }
}

//! Who is signed in in this browser, and for how long: one reactive value for the whole app. The server fills
//! it when it renders the page, so a page rendered signed in hydrates signed in, without a request and without
//! a flash. Header, guards and pages read it; the token keeper alone writes it, and only the seconds: who
//! is signed in never changes while a page lives, because a change loads the page anew.
//!
//! **Architecture Invariant:** no token, and no moment in time: seconds that are left, which no wrong clock
//! can make wrong.

use leptos::prelude::*;

use crate::page_state::PageState;

/// The header in which a page's scripts say for which session it was rendered.
pub const PAGE_SESSION: &str = "genkan-page-session";

/// Stands for the reason of an end: somebody has just logged in, and the browser did not keep the cookies.
pub const COOKIES_REFUSED: &str = "cookies_refused";

/// The session of this browser, as far as the page knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Session {
    /// There is none.
    SignedOut {
        /// Why the one that there was is over
        ended: Option<String>,
    },
    /// A member's.
    SignedIn(Viewer),
}

impl Session {
    /// The member who looks at the page.
    #[must_use]
    pub fn viewer(&self) -> Option<&Viewer> {
        match self {
            Self::SignedOut { .. } => None,
            Self::SignedIn(viewer) => Some(viewer),
        }
    }
}

/// The member who looks at a page, and how long the session lasts. All durations are in seconds, from when
/// the page was rendered or the tokens were refreshed last.
#[derive(Debug, Clone, PartialEq, Eq, miniserde::Serialize, miniserde::Deserialize)]
pub struct Viewer {
    /// The member's id
    pub member_id: String,
    /// The session's id
    pub session_id: String,
    /// The member's role, as `member` or `admin`
    pub role: String,
    /// Until the access token expires
    pub access_expires_in: u64,
    /// The life of a new access token
    pub access_lifetime: u64,
    /// Until the session ends at the latest
    pub session_expires_in: u64,
    /// Until the front desk forgets the session if nothing happens. A remembered session comes back from its
    /// row after that.
    pub idle_expires_in: u64,
    /// How long after a refresh the same tokens are answered again
    pub refresh_grace: u64,
}

/// Provides the session that the server found; answers it for the one who keeps it.
pub(crate) fn provide_session(state: &PageState) -> RwSignal<Session> {
    let session = RwSignal::new(match state.viewer.clone() {
        Some(viewer) => Session::SignedIn(viewer),
        None => Session::SignedOut { ended: state.ended.clone() },
    });
    provide_context(session.read_only());
    session
}

/// The session of this browser.
pub fn use_session() -> ReadSignal<Session> {
    expect_context::<ReadSignal<Session>>()
}

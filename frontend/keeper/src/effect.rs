//! Actions that the keeper asks the browser to carry out.

use std::time::Duration;

use crate::{
    announcement::Announcement,
    event::{FormId, LockHolder},
    refusal::Refusal,
    time_left::TimeLeft,
};

/// Reachability of the server and its version, as far as the page knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// No request has failed since the last answer.
    Fine,
    /// The last request failed, and the browser says that it has no network.
    Offline,
    /// The last request failed or got 503.
    Away,
    /// The server is reachable, and of another version than the page, which stays because of its input.
    Outdated,
}

/// The page that is loaded next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// The current page: the server renders it for the member who is signed in now, or redirects.
    Reload,
    /// The log-in page, which says why the session is over and leads back here.
    LogIn,
}

/// An action in the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Sends [`Event::Woke`](crate::Event::Woke) at this interval.
    Tick(Duration),
    /// Sends [`Event::Woke`](crate::Event::Woke) once after this time.
    WakeIn(Duration),
    /// Acquires the lock, and reports [`Event::LockSettled`](crate::Event::LockSettled) after this time at the latest.
    AcquireLock(LockHolder, Duration),
    /// Releases the lock; does nothing if it was not granted.
    ReleaseLock(LockHolder),
    /// Posts a refresh that times out after this time.
    Refresh {
        /// The number to report with the answer.
        attempt: u32,
        /// The timeout.
        within: Duration,
    },
    /// Aborts the refresh.
    AbortRefresh,
    /// Posts a refresh that outlives the page.
    RefreshBeyondPage,
    /// Sends an announcement to the other tabs.
    Announce(Announcement),
    /// Shows the connection's state.
    ShowConnection(Connection),
    /// Shows how long the session lasts.
    ShowTimeLeft(TimeLeft),
    /// Keeps the browser from posting the form by itself.
    PreventDefault,
    /// Marks a live form as busy, and hides earlier problems.
    ShowBusy(FormId),
    /// Posts a live form with the values it had when it was submitted.
    Post(FormId),
    /// Loads the page that the answer to a live form names.
    Follow(FormId),
    /// Makes a live form usable again, and shows why it was refused.
    ShowRefusal(FormId, Refusal),
    /// Makes all live forms usable again.
    ShowIdle,
    /// Checks whether the server can be reached.
    CheckReachability(FormId),
    /// Submits a plain form once more, with the button that was pressed.
    SubmitAgain(FormId),
    /// Posts the draft instead of the language form; the server shows it again in the chosen language.
    ShowDraftInLanguage(FormId),
    /// Forgets the draft, which has been posted successfully.
    ForgetDraft,
    /// Leaves the page.
    Leave {
        /// The next page.
        to: Destination,
        /// The member for whom to keep the draft. The post that keeps it also navigates to the next page.
        keep_draft_for: Option<String>,
    },
}

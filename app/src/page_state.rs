//! What the server tells a page when it renders it, and the browser reads again when it hydrates it: so
//! a page rendered signed in hydrates signed in, without a request and without a flash of anything else.
//!
//! **Architecture Invariant:** no token, and nothing that the member did not see on this page anyway.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::problem::Problem;

/// The state of one rendered page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageState {
    /// The language's BCP 47 tag
    pub locale: String,
    /// Who looks at the page
    pub viewer: Option<Viewer>,
    /// Why the session that this browser had is over
    pub ended: Option<String>,
    /// What the last form post left to be said
    pub flash: Option<Flash>,
    /// What `/signup/confirm` is about
    pub confirmation: PendingConfirmation,
    /// The shortest new password, in characters
    pub password_min: usize,
    /// The site is served in a way in which browsers keep no session
    pub is_insecure: bool,
    /// The page cannot be shown
    pub failure: Option<Failure>,
}

/// The member who looks at a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// The member's id
    pub member_id: String,
    /// The session's id
    pub session_id: String,
}

/// Something that the next page says once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// What went well
    pub notice: Option<Notice>,
    /// A form that has to be corrected
    pub form: Option<RefusedForm>,
}

/// What went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// Logged out
    LoggedOut,
    /// The profile was kept
    Saved,
    /// The address was confirmed, and the member is signed in
    Confirmed,
    /// The address was confirmed; log in next
    ConfirmedLogIn,
    /// A new code was mailed
    CodeSent,
}

/// A form as it was posted, without its secrets, and what was wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedForm {
    /// The server function's name
    pub function: String,
    /// What was typed
    pub values: Vec<(String, String)>,
    /// What was wrong
    pub problem: Problem,
}

/// What `/signup/confirm` is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PendingConfirmation {
    /// Nothing, or nothing any more
    #[default]
    Nothing,
    /// This browser signed up and waits for a code
    Code {
        /// The address that the code was mailed to
        email: String,
    },
    /// The mail's link was opened
    Link {
        /// The address to be confirmed
        email: String,
        /// The link's token, for the form that confirms
        token: String,
    },
}

/// Why a page cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The HTTP status
    pub status: u16,
    /// The problem's reason
    pub reason: String,
    /// For the member to tell the staff
    pub request_id: Option<String>,
}

/// The state of this page.
pub fn use_page_state() -> StoredValue<PageState> {
    expect_context::<StoredValue<PageState>>()
}

/// What the last form post left to be said; gone once the member goes on to another page.
#[derive(Debug, Clone, Copy)]
pub struct CurrentFlash(pub RwSignal<Option<Flash>>);

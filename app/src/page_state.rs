//! What the server tells a page when it renders it, and the browser reads again when it hydrates it: so
//! a page rendered signed in hydrates signed in, without a request and without a flash of anything else.
//!
//! It is written and read by `miniserde` on both sides: in the browser that takes a few KB of the download,
//! and `serde_json` would take twenty more. What the visitor session or a server function carries as well
//! derives `serde`, too.
//!
//! **Architecture Invariant:** no token, and nothing that the member did not see on this page anyway.

use leptos::prelude::*;

use crate::{api::problem::Problem, session::Viewer};

/// The state of one rendered page.
#[derive(Debug, Clone, Default, PartialEq, Eq, miniserde::Serialize, miniserde::Deserialize)]
pub struct PageState {
    /// The language's BCP 47 tag
    pub locale: String,
    /// Who looks at the page; read it with [`use_session`](crate::session::use_session)
    pub viewer: Option<Viewer>,
    /// Why the session that this browser had is over; as `viewer`
    pub ended: Option<String>,
    /// Nobody is signed in in this browser, for certain: not that a token could not be read just now
    pub is_signed_out: bool,
    /// What the last form post left to be said
    pub flash: Option<Flash>,
    /// The sign-up that `/signup/confirm` is about
    pub confirmation: Option<PendingConfirmation>,
    /// The shortest new password, in characters
    pub password_min: usize,
    /// The site is served in a way in which browsers keep no session
    pub is_insecure: bool,
    /// The request's id, for the member to tell the staff should something fail
    pub request_id: String,
    /// The page cannot be shown
    pub failure: Option<Failure>,
}

/// Something that the next page says once.
#[derive(
    Debug,
    Clone,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    miniserde::Serialize,
    miniserde::Deserialize,
)]
pub struct Flash {
    /// What went well
    pub notice: Option<Notice>,
    /// A form that has to be corrected
    pub form: Option<RefusedForm>,
}

/// What went well.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    miniserde::Serialize,
    miniserde::Deserialize,
)]
pub enum Notice {
    /// Logged out
    #[serde(rename = "logged_out")]
    LoggedOut,
    /// The profile was kept
    #[serde(rename = "saved")]
    Saved,
    /// The address was confirmed, and the member is signed in
    #[serde(rename = "confirmed")]
    Confirmed,
    /// The address was confirmed; log in next
    #[serde(rename = "confirmed_log_in")]
    ConfirmedLogIn,
    /// A new code was mailed
    #[serde(rename = "code_sent")]
    CodeSent,
    /// One other session was ended
    #[serde(rename = "session_ended")]
    SessionEnded,
    /// All other sessions were ended
    #[serde(rename = "others_ended")]
    OthersEnded,
    /// Logged out, here and everywhere else
    #[serde(rename = "logged_out_everywhere")]
    LoggedOutEverywhere,
    /// The password was changed, and this browser has a new session
    #[serde(rename = "password_changed")]
    PasswordChanged,
    /// The password was changed; log in next
    #[serde(rename = "password_changed_log_in")]
    PasswordChangedLogIn,
    /// The account is gone
    #[serde(rename = "account_deleted")]
    AccountDeleted,
}

/// A form as it was posted, without its secrets, and what was wrong with it.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    miniserde::Serialize,
    miniserde::Deserialize,
)]
pub struct RefusedForm {
    /// Whose it is, if a member's: a browser may have several
    pub member_id: Option<String>,
    /// The server function's name
    pub function: String,
    /// What was typed
    pub values: Vec<(String, String)>,
    /// What was wrong
    pub problem: Problem,
}

/// The sign-up that `/signup/confirm` is about.
#[derive(Debug, Clone, PartialEq, Eq, miniserde::Serialize, miniserde::Deserialize)]
pub struct PendingConfirmation {
    /// What the page is to ask for
    pub stage: ConfirmStage,
    /// The address to be confirmed; empty once it is
    pub email: String,
    /// The token of the mail's link, if that was opened
    pub link: Option<String>,
}

/// What is missing to confirm an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, miniserde::Serialize, miniserde::Deserialize)]
pub enum ConfirmStage {
    /// The code from the mail
    EnterCode,
    /// A press of the button, in a browser that asked
    PressButton,
    /// The sign-up's password besides, in a browser that did not
    GivePassword,
    /// The mail's link: this browser has just signed up, and could not keep what the code belongs to
    OpenLink,
    /// Nothing any more
    Confirmed,
}

/// Why a page cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, miniserde::Serialize, miniserde::Deserialize)]
pub struct Failure {
    /// The HTTP status
    pub status: u16,
    /// The problem's reason
    pub reason: String,
    /// Seconds until it may be tried again, if a limit was reached
    pub retry_after: Option<u64>,
    /// Whether asking once more is harmless
    pub can_be_repeated: bool,
}

/// Provided while a page is rendered in the place of another answer: hydrated, the router would show the page that
/// the address names.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Copy)]
pub struct InPlace;

/// Provided instead of a page: what was typed into a form that cannot be kept until somebody has logged in.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone)]
pub struct Unkept {
    /// The log-in page, which leads back to the form
    pub log_in: String,
    /// What was typed
    pub values: Vec<(String, String)>,
}

/// The state of this page.
pub fn use_page_state() -> StoredValue<PageState> {
    expect_context::<StoredValue<PageState>>()
}

/// What the last form post left to be said; gone once the member goes on to another page.
#[derive(Debug, Clone, Copy)]
pub struct CurrentFlash(pub RwSignal<Option<Flash>>);

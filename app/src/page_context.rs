//! What a request says about the page that answers it. Every component can read it by [`use_page`].
//!
//! **Architecture Invariant:** no token, and nothing that the member does not see on the page anyway.

use std::sync::Arc;

use axum::http::Uri;
use contract::{EndReason, Notice};
use leptos::prelude::expect_context;
use serde::{Deserialize, Serialize};

use crate::{api::problem::Problem, i18n::Locale};

/// The request that a page answers.
#[derive(Debug, Clone)]
pub struct PageContext {
    /// Path and query
    pub uri: Uri,
    pub locale: Locale,
    pub viewer: Viewer,
    /// Left by the last form post
    pub flash: Flash,
    /// Why this browser is no longer signed in, if that is news
    pub ended: Option<Ended>,
    /// For the member to tell the staff should something fail
    pub request_id: String,
    /// The answer to a post. Such a page comes without scripts: reloaded by them, the browser would ask whether to post
    /// again.
    pub answers_post: bool,
    /// The shortest new password, in characters
    pub password_min: usize,
    /// The site is served in a way in which browsers keep no session.
    pub is_insecure: bool,
}

impl PageContext {
    pub(crate) fn path(&self) -> &str {
        self.uri.path()
    }
}

/// The person before the browser.
#[derive(Debug, Clone)]
pub enum Viewer {
    /// A member is signed in.
    Member(SignedIn),
    /// Nobody is signed in.
    Nobody,
    /// The live-session store is unavailable, or the token is one that another instance may know.
    Unknown,
}

/// A member's session, as its page's scripts need it. All durations are in seconds, from when the page was rendered.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub member_id: String,
    pub session_id: String,
    /// Until the access token expires
    pub access_left: u64,
    /// The lifetime of a new access token
    pub access_lifetime: u64,
    /// Until the absolute timeout
    pub session_left: u64,
    /// Until the live session's idle timeout. A remembered session is restored from its row after that.
    pub idle_left: u64,
    /// The grace period
    pub grace: u64,
}

/// Why a browser is no longer, or not yet, signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Its session is over.
    Session(EndReason),
    /// A form has just set cookies, and the browser did not keep them.
    CookiesRefused,
}

/// Said by the next page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// The success to report
    pub notice: Option<Notice>,
    /// A form that has to be corrected
    pub form: Option<RefusedForm>,
}

/// A form as it was posted, without its secrets, and what was wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedForm {
    /// The member that it belongs to, if it was a member's: a browser may have several.
    pub member_id: Option<String>,
    /// The function's name
    pub function: String,
    /// The typed values
    pub values: Vec<(String, String)>,
    /// The reason for the refusal
    pub problem: Problem,
}

/// The page that is being rendered.
pub(crate) fn use_page() -> Arc<PageContext> {
    expect_context()
}

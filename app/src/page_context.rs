//! The context of a page, from its request. Every component can read it with [`use_page`].
//!
//! **Architecture Invariant:** no token, and nothing that the member may not see on the page.

use std::sync::Arc;

use axum::http::Uri;
use contract::{EndReason, Notice};
use leptos::prelude::expect_context;
use serde::{Deserialize, Serialize};

use crate::{api::problem::Problem, i18n::Locale};

/// The context of the page that is being rendered.
#[derive(Debug, Clone)]
pub struct PageContext {
    /// Path and query
    pub uri: Uri,
    pub locale: Locale,
    pub viewer: Viewer,
    /// Left by the last form post
    pub flash: Flash,
    /// The reason why this browser is no longer signed in, if recent
    pub ended: Option<Ended>,
    /// For the member to give to the staff if something fails
    pub request_id: String,
    /// The page is the response to a post. It has no scripts: if they reloaded it, the browser would ask whether to
    /// post again.
    pub answers_post: bool,
    /// The shortest new password, in characters
    pub password_min: usize,
    /// Browsers do not keep the session's cookies of a site served like this.
    pub is_insecure: bool,
}

impl PageContext {
    pub(crate) fn path(&self) -> &str {
        self.uri.path()
    }
}

/// The person who uses the browser.
#[derive(Debug, Clone)]
pub enum Viewer {
    /// A member is signed in.
    Member(SignedIn),
    /// Nobody is signed in.
    Nobody,
    /// The live-session store is unavailable, or only another instance may know the token.
    Unknown,
}

/// A member's session for the page's scripts. All durations are in seconds from the rendering of the page.
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

/// The reason why a browser is no longer, or not yet, signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Its session is over.
    Session(EndReason),
    /// A form has just set cookies, but the browser did not keep them.
    CookiesRefused,
}

/// A message for the next page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// The success to report
    pub notice: Option<Notice>,
    /// A form that has to be corrected
    pub form: Option<RefusedForm>,
}

/// A posted form without its secrets, and its problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedForm {
    /// The member who posted it, if any, since several may use one browser.
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

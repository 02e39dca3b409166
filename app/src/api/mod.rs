//! The server functions, one a file: the function, what it takes, and how the domain's errors become the
//! [`problem::Problem`] on the wire. They answer POST only, at fixed names; the server's `form_post` layer gives a
//! browser without scripts the same answers as pages.

pub mod change_password;
pub mod choose_locale;
pub mod confirm_email;
pub mod delete_account;
pub mod end_other_sessions;
pub mod end_session;
pub mod get_profile;
pub mod list_sessions;
pub mod login;
pub mod logout;
pub mod logout_everywhere;
pub mod problem;
pub mod request_password_reset;
pub mod resend_confirmation;
pub mod reset_password;
pub mod signup;
pub mod update_profile;

use crate::page_state::Notice;

/// A form was carried out. Says where to go on and what to say.
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
pub struct Done {
    /// The path to load next; `None`: stay
    pub to: Option<String>,
    /// What to say there
    pub notice: Option<Notice>,
}

impl Done {
    /// Go on at `path`.
    #[must_use]
    pub fn go(path: impl Into<String>) -> Self {
        Self { to: Some(path.into()), notice: None }
    }

    /// Stay, and say so.
    #[must_use]
    pub fn stay(notice: Notice) -> Self {
        Self { to: None, notice: Some(notice) }
    }

    /// Say this, too.
    #[must_use]
    pub fn saying(mut self, notice: Notice) -> Self {
        self.notice = Some(notice);
        self
    }
}

//! The functions, each in a file with its row, its fields, its handler, and the mapping of the domain's errors to the
//! [`problem::Problem`] on the wire. They are called by POST at fixed names; [`form_post`](crate::http::form_post)
//! turns the outcome into JSON for programs and into a redirect for browsers.

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

use axum::http::HeaderValue;
use contract::Notice;
use domain::session::IssuedTokens;
use serde::Serialize;

use crate::http::{
    cookies,
    forms::{DataFunction, Form},
    request::ServerRequest,
};

/// Every form.
pub static FORMS: &[&Form] = &[
    &change_password::CHANGE_PASSWORD,
    &choose_locale::CHOOSE_LOCALE,
    &confirm_email::CONFIRM_EMAIL,
    &delete_account::DELETE_ACCOUNT,
    &end_other_sessions::END_OTHER_SESSIONS,
    &end_session::END_SESSION,
    &login::LOGIN,
    &logout::LOGOUT,
    &logout_everywhere::LOGOUT_EVERYWHERE,
    &request_password_reset::REQUEST_PASSWORD_RESET,
    &resend_confirmation::RESEND_CONFIRMATION,
    &reset_password::RESET_PASSWORD,
    &signup::SIGNUP,
    &update_profile::UPDATE_PROFILE,
];

/// Every function that returns data.
pub static DATA: &[DataFunction] = &[get_profile::GET_PROFILE, list_sessions::LIST_SESSIONS];

/// Returns the form of this function.
#[must_use]
pub fn form_of(function: &str) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.function == function).copied()
}

/// Outcome of a form that was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Done {
    /// The path to load next
    pub(crate) to: String,
    /// The notice on the page there
    pub(crate) notice: Option<Notice>,
    #[serde(skip)]
    pub(crate) cookies: Vec<HeaderValue>,
}

impl Done {
    /// Loads `path` next, which is ours or was checked to stay on this site.
    pub(crate) fn go(path: impl Into<String>) -> Self {
        Self { to: path.into(), notice: None, cookies: Vec::new() }
    }

    /// Signs the member in. The visitor session gets a new id, so that one planted before is worthless.
    pub(crate) async fn sign_in(
        request: &ServerRequest,
        tokens: &IssuedTokens,
        path: impl Into<String>,
    ) -> Self {
        request.visitor.renew().await;
        Self::go(path).setting(cookies::sign_in(request, tokens))
    }

    /// Removes what this browser keeps of the session and of the visitor session.
    pub(crate) async fn sign_out(request: &ServerRequest, path: impl Into<String>) -> Self {
        request.visitor.forget().await;
        Self::go(path).setting(cookies::removal_cookies())
    }

    /// Shows this notice on the next page.
    pub(crate) fn saying(self, notice: Notice) -> Self {
        Self { notice: Some(notice), ..self }
    }

    /// Sets or removes these cookies.
    pub(crate) fn setting(mut self, cookies: impl IntoIterator<Item = HeaderValue>) -> Self {
        self.cookies.extend(cookies);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, fs, path::Path};

    use super::*;
    use crate::pages::page_at;

    #[test]
    fn every_declared_function_is_registered_once() {
        let functions = FORMS.iter().map(|form| form.function);
        let functions: Vec<_> = functions.chain(DATA.iter().map(|data| data.function)).collect();
        assert_eq!(functions.iter().collect::<HashSet<_>>().len(), functions.len());

        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
        let mut declared = 0;
        for file in fs::read_dir(folder).unwrap() {
            let source = fs::read_to_string(file.unwrap().path()).unwrap();
            declared += source.matches("pub const ").count();
        }
        // Less than the one in this test.
        assert_eq!(declared - 1, functions.len());
    }

    #[test]
    fn every_form_is_on_a_page() {
        for form in FORMS {
            assert!(page_at(form.page).is_some(), "{}", form.page);
        }
    }

    #[test]
    fn no_secret_comes_back_with_a_refused_form() {
        for form in FORMS {
            for kept in form.keeps {
                let secret = ["password", "token", "code"].into_iter().find(|it| kept.contains(it));
                assert_eq!(secret, None, "{}", form.function);
            }
        }
    }
}

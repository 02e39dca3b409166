//! Which page holds which function's form, and what of a form may come back to it. A new form is named here.

/// The page that holds each function's form.
const FORMS: &[(&str, &str)] = &[
    ("change_password", "/settings/security"),
    ("choose_locale", "/"),
    ("confirm_email", "/signup/confirm"),
    ("delete_account", "/settings/account"),
    ("end_other_sessions", "/settings/sessions"),
    ("end_session", "/settings/sessions"),
    ("login", "/login"),
    ("logout", "/"),
    ("logout_everywhere", "/settings/sessions"),
    ("request_password_reset", "/forgot"),
    ("resend_confirmation", "/signup/confirm"),
    ("reset_password", "/reset"),
    ("signup", "/signup"),
    ("update_profile", "/profile"),
];

/// Fields whose value is kept for the form to come back with. What is not named here, every secret above all,
/// is not.
pub const KEPT_FIELDS: &[&str] = &["bio", "display_name", "email", "locale", "next", "remember"];

/// Pages that are the same again only with a field of their form in the query. Whoever posted it has it: it goes back
/// with them and is kept nowhere, since it may be a secret.
const FIELDS_IN_QUERY: &[(&str, &str)] = &[("/reset", "token")];

/// The page that holds a function's form.
#[must_use]
pub fn page_of(function: &str) -> &'static str {
    form_page(function).unwrap_or("/")
}

/// `None`: the function has no form, and answers data.
#[must_use]
pub fn form_page(function: &str) -> Option<&'static str> {
    FORMS.iter().find(|(name, _)| *name == function).map(|(_, page)| *page)
}

/// The field of a function's form that its page has in the query.
#[must_use]
pub fn field_in_query(function: &str) -> Option<&'static str> {
    let page = page_of(function);
    FIELDS_IN_QUERY.iter().find(|(path, _)| *path == page).map(|(_, field)| *field)
}

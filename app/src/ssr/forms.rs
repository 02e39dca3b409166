//! Which page holds which function's form, and what of a form may come back to it. A new form is named here.

use domain::account::confirm_email::Proof;

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

/// The query with which the posted form's page was opened: a mail's link. It is a secret and never kept, so the
/// way back to the page has to carry it. `value` answers what was posted, by field.
pub fn query_of<'a>(function: &str, value: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    match function {
        "confirm_email" => match Proof::parse(value("code")?)? {
            Proof::Link(token) if is_token(&token) => Some(format!("link={token}")),
            _ => None,
        },
        "reset_password" => {
            value("token").filter(|it| is_token(it)).map(|it| format!("token={it}"))
        }
        _ => None,
    }
}

/// Whether it is made of what our tokens are made of, and safe in a URL.
fn is_token(text: &str) -> bool {
    text.len() <= 256
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mails_link_is_part_of_the_way_back() {
        let query = |function, code| query_of(function, |name| (name == "code").then_some(code));
        assert_eq!(query("confirm_email", "abc-_.def").as_deref(), Some("link=abc-_.def"));
        for code in ["123456", "123456.", "", "a.b&c=d", "a.b\r\nc", "//example.com/a"] {
            assert_eq!(query("confirm_email", code), None, "{code}");
        }
        assert_eq!(query("login", "abc.def"), None);
    }
}

//! Problems in words.

use contract::{
    FieldProblem, Reason,
    limits::{BIO_MAX, DISPLAY_NAME_MAX, PASSWORD_MAX},
};

use crate::{
    api::problem::Problem,
    i18n::{Locale, tr},
};

/// The problem of a form as a whole; `None` if its fields show everything, or if the member has to log in first.
pub(crate) fn form_words(locale: Locale, problem: &Problem) -> Option<String> {
    if problem.is_signed_out() {
        return None;
    }
    let words = match problem.reason {
        Reason::InvalidFields => return None,
        Reason::RateLimited => return Some(limit_words(locale, problem.retry_after)),
        Reason::BadCredentials => tr!(locale, problems.bad_credentials),
        Reason::Suspended => tr!(locale, problems.suspended),
        Reason::Busy => tr!(locale, problems.busy),
        Reason::MailFailed => tr!(locale, problems.mail_failed),
        Reason::TooLarge => tr!(locale, problems.too_large),
        Reason::Malformed | Reason::UnsupportedMediaType | Reason::MethodNotAllowed => {
            tr!(locale, problems.malformed)
        }
        Reason::CrossSite => tr!(locale, problems.cross_site),
        Reason::Offline => tr!(locale, problems.unreachable),
        Reason::Unavailable => tr!(locale, problems.store_unavailable),
        Reason::NotFound => tr!(locale, problems.not_found),
        Reason::Internal
        // The page reloads, or navigates to the log-in page, and says it there.
        | Reason::OtherSession
        | Reason::NoToken
        | Reason::Invalid
        | Reason::AccessExpired
        | Reason::NotLive
        | Reason::Logout
        | Reason::Revoked
        | Reason::PasswordChanged
        | Reason::Idle
        | Reason::Absolute
        | Reason::Reuse
        | Reason::Deleted => tr!(locale, problems.internal),
    };
    Some(words.to_owned())
}

/// The time to wait after a limit was reached, rounded up to minutes.
pub(crate) fn limit_words(locale: Locale, retry_after: Option<u64>) -> String {
    match retry_after.unwrap_or_default().div_ceil(60) {
        0 | 1 => tr!(locale, problems.rate_limited_briefly).to_owned(),
        minutes => tr!(locale, problems.rate_limited, count = minutes),
    }
}

/// The label of a field that members type into; `None` for a field that no form keeps, or a choice.
pub(crate) fn label_of(locale: Locale, name: &str) -> Option<&'static str> {
    Some(match name {
        "email" => tr!(locale, fields.email.label),
        "display_name" => tr!(locale, fields.display_name.label),
        "bio" => tr!(locale, fields.bio.label),
        _ => return None,
    })
}

/// The problem of the field with this name. `password_min`: the shortest new password, in characters.
pub(crate) fn field_words(
    locale: Locale,
    name: &str,
    problem: FieldProblem,
    password_min: usize,
) -> String {
    let kind = if name.ends_with("_password") { "password" } else { name };
    let words = match problem {
        FieldProblem::Required => match kind {
            "email" => tr!(locale, fields.email.required),
            "display_name" => tr!(locale, fields.display_name.required),
            "password" => tr!(locale, fields.password.required),
            "code" => tr!(locale, fields.code.required),
            "locale" => tr!(locale, fields.locale.unknown),
            _ => tr!(locale, fields.required),
        },
        FieldProblem::Invalid => match kind {
            "email" => tr!(locale, fields.email.invalid),
            "locale" => tr!(locale, fields.locale.unknown),
            _ => tr!(locale, fields.invalid),
        },
        FieldProblem::TooShort => {
            return tr!(locale, fields.password.too_short, count = password_min);
        }
        FieldProblem::TooLong => match kind {
            "email" => tr!(locale, fields.email.too_long),
            "display_name" => {
                return tr!(locale, fields.display_name.too_long, max = DISPLAY_NAME_MAX);
            }
            "password" => return tr!(locale, fields.password.too_long, max = PASSWORD_MAX),
            "bio" => return tr!(locale, fields.bio.too_long, max = BIO_MAX),
            _ => tr!(locale, fields.too_long),
        },
        FieldProblem::ForbiddenCharacters => tr!(locale, fields.display_name.forbidden_characters),
        FieldProblem::SameAsEmail => tr!(locale, fields.password.same_as_email),
        FieldProblem::SameAsName => tr!(locale, fields.password.same_as_name),
        FieldProblem::SiteName => tr!(locale, fields.password.site_name),
        FieldProblem::Repeated => tr!(locale, fields.password.repeated),
        FieldProblem::Common => tr!(locale, fields.password.common),
        FieldProblem::Wrong if kind == "password" => tr!(locale, fields.password.wrong),
        FieldProblem::Wrong => tr!(locale, fields.code.wrong),
        FieldProblem::Expired if kind == "token" => tr!(locale, fields.token_expired),
        FieldProblem::Expired => tr!(locale, fields.code.expired),
        FieldProblem::OlderMail => tr!(locale, fields.code.older_mail),
        FieldProblem::TooManyTries if kind == "password" => {
            tr!(locale, fields.password.too_many_tries)
        }
        FieldProblem::TooManyTries => tr!(locale, fields.code.too_many_tries),
        FieldProblem::Undeliverable => tr!(locale, fields.email.undeliverable),
    };
    words.to_owned()
}

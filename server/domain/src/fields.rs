//! What can be wrong with a form's field. Every parser of this crate answers with one [`FieldProblem`];
//! a use case's form collects them all, so that a member corrects everything at once.

/// Why a field was not accepted. The pages say it in words; programs read [`FieldProblem::code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldProblem {
    /// Nothing was given.
    Required,
    /// Not of the form that the field has.
    Invalid,
    /// Fewer characters than asked for.
    TooShort,
    /// More characters than can be kept.
    TooLong,
    /// Holds control characters or the like.
    ForbiddenCharacters,
    /// The password is, or holds, the e-mail address.
    SameAsEmail,
    /// The password is, or holds, the member's name.
    SameAsName,
    /// The password is, or holds, the site's name.
    SiteName,
    /// The password is something short, again and again.
    Repeated,
    /// The password is one of those that are tried first.
    Common,
    /// Not the code that was mailed, or not the member's password.
    Wrong,
    /// The confirmation code is not valid any more.
    Expired,
    /// The code, or the link, of a mail that a newer one has replaced.
    OlderMail,
    /// The confirmation code, or the sign-up's password beside a link, was tried too often.
    TooManyTries,
    /// The mail server takes no mail for the address.
    Undeliverable,
}

impl FieldProblem {
    /// The problem's name in answers to programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Invalid => "invalid",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::ForbiddenCharacters => "forbidden_characters",
            Self::SameAsEmail => "same_as_email",
            Self::SameAsName => "same_as_name",
            Self::SiteName => "site_name",
            Self::Repeated => "repeated",
            Self::Common => "common",
            Self::Wrong => "wrong",
            Self::Expired => "expired",
            Self::OlderMail => "older_mail",
            Self::TooManyTries => "too_many_tries",
            Self::Undeliverable => "undeliverable",
        }
    }
}

/// All problems of one form, by field name, in the order of the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<(&'static str, FieldProblem)>);

impl FieldErrors {
    /// One problem with one field.
    #[must_use]
    pub fn one(field: &'static str, problem: FieldProblem) -> Self {
        Self(vec![(field, problem)])
    }

    /// Keeps the value of a parsed field, or notes what is wrong with it.
    pub fn take<T>(&mut self, field: &'static str, parsed: Result<T, FieldProblem>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(problem) => {
                self.0.push((field, problem));
                None
            }
        }
    }

    /// The problems, in the order of the form.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, FieldProblem)> {
        self.0.iter().copied()
    }
}

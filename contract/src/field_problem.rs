use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// Reason why a form's field was not accepted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum FieldProblem {
    /// Nothing was given.
    Required,
    /// Not of the field's format.
    Invalid,
    /// Fewer characters than required.
    TooShort,
    /// More characters than allowed.
    TooLong,
    /// Contains control characters or the like.
    ForbiddenCharacters,
    /// The password is, or contains, the e-mail address.
    SameAsEmail,
    /// The password is, or contains, the member's name.
    SameAsName,
    /// The password is, or contains, the site's name.
    SiteName,
    /// The password only repeats something short.
    Repeated,
    /// The password is one of those that are tried first.
    Common,
    /// Not the code that was mailed, or not the member's password.
    Wrong,
    /// The code, or the link, is no longer valid.
    Expired,
    /// The code, or the link, of a mail that a newer one has replaced.
    OlderMail,
    /// The confirmation code, or the sign-up's password beside a link, was tried too often.
    TooManyTries,
    /// The mail server accepts no mail for the address.
    Undeliverable,
}

names!(FieldProblem);

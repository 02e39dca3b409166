use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// Why a form's field was not accepted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
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
    /// The confirmation code is no longer valid.
    Expired,
    /// The code, or the link, of a mail that a newer one has replaced.
    OlderMail,
    /// The confirmation code, or the sign-up's password beside a link, was tried too often.
    TooManyTries,
    /// The mail server takes no mail for the address.
    Undeliverable,
}

names!(FieldProblem);

use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// An outcome that the next page reports once.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Notice {
    /// Logged out.
    LoggedOut,
    /// Logged out, here and everywhere else.
    LoggedOutEverywhere,
    /// The profile was saved.
    Saved,
    /// The address was confirmed, and the member is signed in.
    Confirmed,
    /// The address was confirmed; log in next.
    ConfirmedLogIn,
    /// A new code was mailed.
    CodeSent,
    /// One other session was ended.
    SessionEnded,
    /// All other sessions were ended.
    OthersEnded,
    /// The password was changed, and this browser has a new session.
    PasswordChanged,
    /// The password was changed; log in next.
    PasswordChangedLogIn,
    /// The account was deleted.
    AccountDeleted,
    /// Another member is signed in by now, so a form of an older page was not carried out.
    OtherMember,
}

names!(Notice);

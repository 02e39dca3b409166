use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// Reason why a session is over.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum EndReason {
    /// The member logged out in this browser.
    Logout,
    /// The member ended it from another browser.
    Revoked,
    /// The password was changed.
    PasswordChanged,
    /// It was not used for longer than the idle timeout.
    Idle,
    /// It reached its absolute timeout.
    Absolute,
    /// A refresh token was presented that only a thief could have.
    Reuse,
    /// The staff suspended the member.
    Suspended,
    /// The account was deleted.
    Deleted,
}

names!(EndReason);

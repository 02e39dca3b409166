//! The forms.

use serde::Deserialize;

/// A log-in.
#[derive(Deserialize)]
pub struct LogIn {
    /// The member's name
    pub member: String,
}

/// A new member, or a change of role.
#[derive(Deserialize)]
pub struct MemberAndRole {
    /// The member's name
    pub member: String,
    /// `member` or `admin`
    pub role: String,
}

//! The forms.

use domain::session::Role;
use serde::{Deserialize, Deserializer, de::Error};

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
    /// The role
    #[serde(deserialize_with = "role")]
    pub role: Role,
}

fn role<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Role, D::Error> {
    let name = String::deserialize(deserializer)?;
    Role::from_name(&name).ok_or_else(|| D::Error::custom("there is no such role"))
}

use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// The rights of a member. An unknown name is no role and grants nothing.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Everything about the member's own account.
    Member,
    /// Also everything about the accounts of others.
    Admin,
}

names!(Role);

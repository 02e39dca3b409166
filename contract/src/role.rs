use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// The rights of a member. An unknown name is no role and grants nothing.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Everything that concerns the own account.
    Member,
    /// Also what concerns others' accounts.
    Admin,
}

names!(Role);

//! Use cases of the profile.

use crate::{
    Resources, StoreError,
    account::member::{Member, MemberId, Profile},
};

/// Reason why a profile was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The account has been deleted meanwhile.
    #[error("there is no such member")]
    NoSuchMember,
    /// The database is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The member's own profile.
///
/// # Errors
/// [`ProfileError`]
pub async fn read_profile(
    resources: &Resources,
    member_id: MemberId,
) -> Result<Member, ProfileError> {
    resources.members.find(member_id).await?.ok_or(ProfileError::NoSuchMember)
}

/// Stores a changed profile.
///
/// # Errors
/// [`ProfileError`]
pub async fn update_profile(
    resources: &Resources,
    member_id: MemberId,
    profile: &Profile,
) -> Result<Member, ProfileError> {
    resources.members.update_profile(member_id, profile).await?.ok_or(ProfileError::NoSuchMember)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::InMemory;

    #[tokio::test]
    async fn a_failed_database_is_an_error_and_not_an_unknown_member() {
        let world = InMemory::default();
        let member = world.add_member("hana@example.com", "a tree by the gate").await;
        world.break_database();
        let read = read_profile(&world.resources(), member).await;
        assert!(matches!(read, Err(ProfileError::Store(_))), "{read:?}");
    }
}

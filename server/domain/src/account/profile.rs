//! What a member may change about themself.

use crate::{
    account::member::{Bio, DisplayName, Locale, Member, MemberId, parse_language},
    fields::FieldErrors,
    ports::{Ports, StoreError},
};

/// A profile that can be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The name to show
    pub display_name: DisplayName,
    /// What the member tells about themself
    pub bio: Bio,
    /// The language to show the site in
    pub locale: Locale,
}

impl Profile {
    /// Reads the profile form.
    ///
    /// # Errors
    /// Every field that is not acceptable.
    pub fn parse(display_name: &str, bio: &str, locale: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let display_name = errors.take("display_name", DisplayName::parse(display_name));
        let bio = errors.take("bio", Bio::parse(bio));
        let locale = errors.take("locale", parse_language(locale));
        match (display_name, bio, locale) {
            (Some(display_name), Some(bio), Some(locale)) => Ok(Self { display_name, bio, locale }),
            _ => Err(errors),
        }
    }
}

/// Why a profile was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The account has been deleted meanwhile.
    #[error("there is no such member")]
    NoSuchMember,
    /// The database could not say.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The member's own profile.
///
/// # Errors
/// [`ProfileError`]
pub async fn read_profile(ports: &Ports, member_id: MemberId) -> Result<Member, ProfileError> {
    ports.members.find(member_id).await?.ok_or(ProfileError::NoSuchMember)
}

/// Keeps a changed profile.
///
/// # Errors
/// [`ProfileError`]
pub async fn update_profile(
    ports: &Ports,
    member_id: MemberId,
    profile: &Profile,
) -> Result<Member, ProfileError> {
    ports.members.update_profile(member_id, profile).await?.ok_or(ProfileError::NoSuchMember)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::FieldProblem;
    use crate::memory::InMemory;

    #[test]
    fn a_profile_form_tells_everything_that_is_wrong_at_once() {
        let errors = Profile::parse("", &"a".repeat(501), "fr").unwrap_err();
        let expected = [
            ("display_name", FieldProblem::Required),
            ("bio", FieldProblem::TooLong),
            ("locale", FieldProblem::Invalid),
        ];
        assert_eq!(errors.iter().collect::<Vec<_>>(), expected);
    }

    #[tokio::test]
    async fn a_changed_profile_is_read_back() {
        let world = InMemory::default();
        let member = world.add_member("hana@example.com", "a tree by the gate").await;
        let profile = Profile::parse("花", "庭が好きです", "ja").unwrap();
        update_profile(&world.ports(), member, &profile).await.unwrap();
        let read = read_profile(&world.ports(), member).await.unwrap();
        assert_eq!(
            (read.display_name, read.bio, read.locale),
            (profile.display_name, profile.bio, Locale::Ja)
        );
    }

    #[tokio::test]
    async fn a_failed_database_is_an_error_and_not_an_unknown_member() {
        let world = InMemory::default();
        let member = world.add_member("hana@example.com", "a tree by the gate").await;
        world.break_database();
        let read = read_profile(&world.ports(), member).await;
        assert!(matches!(read, Err(ProfileError::Store(_))), "{read:?}");
    }
}

//! `get_profile`: the member's own profile, to be shown.

use leptos::prelude::*;

use super::problem::Problem;

/// A profile as its member sees it.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    miniserde::Serialize,
    miniserde::Deserialize,
)]
pub struct ProfileView {
    /// The confirmed address
    pub email: String,
    /// The shown name
    pub display_name: String,
    /// What the member tells about themself
    pub bio: String,
    /// The language's BCP 47 tag
    pub locale: String,
    /// The day of the confirmation (UTC), as `2026-11-22`
    pub member_since: String,
}

/// The profile of whose request this is.
#[server(prefix = "/api", endpoint = "get_profile")]
pub async fn get_profile() -> Result<ProfileView, Problem> {
    use crate::ssr::request::ServerRequest;
    use domain::account::profile::read_profile;

    let request = ServerRequest::current();
    let who = request.identity.member()?;
    let member = read_profile(&request.ports, who.session.member_id).await?;
    Ok(member.into())
}

#[cfg(feature = "ssr")]
mod from_domain {
    use domain::account::{member::Member, profile::ProfileError};

    use super::{
        super::problem::{NOT_FOUND, Problem},
        ProfileView,
    };

    impl From<ProfileError> for Problem {
        fn from(error: ProfileError) -> Self {
            match error {
                ProfileError::NoSuchMember => Self::new(404, NOT_FOUND),
                ProfileError::Store(error) => error.into(),
            }
        }
    }

    impl From<Member> for ProfileView {
        fn from(member: Member) -> Self {
            let since = member.created_at.date();
            Self {
                email: member.email.as_str().to_owned(),
                display_name: member.display_name.as_str().to_owned(),
                bio: member.bio.as_str().to_owned(),
                locale: member.locale.as_str().to_owned(),
                member_since: since.to_string(),
            }
        }
    }
}

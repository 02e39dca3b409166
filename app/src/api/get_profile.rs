//! `get_profile`: the member's own profile, for programs.

use contract::{Language, Reason};
use domain::account::{
    member::Profile,
    profile::{ProfileError, read_profile},
};
use serde::Serialize;

use super::problem::Problem;
use crate::http::{
    forms::{DataFunction, NoFields},
    request::ServerRequest,
};

pub const GET_PROFILE: DataFunction =
    DataFunction { function: "get_profile", handler: |call| call.to(get_profile) };

#[derive(Serialize)]
struct ProfileView {
    email: String,
    display_name: String,
    bio: String,
    locale: Language,
    /// The day of the confirmation (UTC), as `2026-11-22`
    member_since: String,
}

async fn get_profile(request: ServerRequest, _: NoFields) -> Result<serde_json::Value, Problem> {
    let who = request.identity.member()?;
    let member = read_profile(&request.resources, who.session.member_id).await?;
    let Profile { display_name, bio, locale } = member.profile;
    let view = ProfileView {
        email: member.email.as_str().to_owned(),
        display_name: display_name.as_str().to_owned(),
        bio: bio.as_str().to_owned(),
        locale,
        member_since: member.created_at.date().to_string(),
    };
    Ok(serde_json::json!(view))
}

impl From<ProfileError> for Problem {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::NoSuchMember => Self::new(404, Reason::NotFound),
            ProfileError::Store(error) => error.into(),
        }
    }
}

//! `update_profile`: display name, bio and language.

use contract::{Notice, SessionEffect};
use domain::account::{
    member::{Profile, TypedProfile},
    profile::update_profile as save_profile,
};
use serde::Deserialize;

use super::{Done, problem::Problem};
use crate::http::{
    cookies,
    forms::{Form, FormLimit},
    request::ServerRequest,
};

pub const UPDATE_PROFILE: Form = Form {
    function: "update_profile",
    page: "/profile",
    keeps: &["display_name", "bio", "locale"],
    session: SessionEffect::None,
    limit: FormLimit::Common,
    link: None,
    handler: |call| call.to(update_profile),
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    display_name: String,
    bio: String,
    locale: String,
}

async fn update_profile(request: ServerRequest, form: Fields) -> Result<Done, Problem> {
    let who = request.identity.member()?;
    let profile = Profile::parse(TypedProfile {
        display_name: &form.display_name,
        bio: &form.bio,
        locale: &form.locale,
    })?;
    save_profile(&request.resources, who.session.member_id, &profile).await?;
    Ok(Done::go("/profile").saying(Notice::Saved).setting([cookies::locale_cookie(profile.locale)]))
}

//! `update_profile`: keeps a changed profile.

use leptos::prelude::*;

use super::{Done, problem::Problem};

/// Keeps display name, bio and language. A new language loads the page anew.
#[server(prefix = "/api", endpoint = "update_profile")]
pub async fn update_profile(
    #[server(default)] display_name: String,
    #[server(default)] bio: String,
    #[server(default)] locale: String,
) -> Result<Done, Problem> {
    use crate::{
        page_state::Notice,
        ssr::{cookies, request::ServerRequest},
    };
    use domain::account::profile::{Profile, update_profile};

    let request = ServerRequest::current();
    let who = request.identity.member()?;
    let profile = Profile::parse(&display_name, &bio, &locale)?;
    let member = update_profile(&request.ports, who.session.member_id, &profile).await?;
    cookies::keep_locale(member.locale);
    if member.locale == request.locale {
        return Ok(Done::stay(Notice::Saved));
    }
    Ok(Done::go("/profile").saying(Notice::Saved))
}

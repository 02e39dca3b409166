//! `logout_everywhere`: ends every session of the member, this browser's with them.

use leptos::prelude::*;

use super::{Done, problem::Problem};

/// Ends them all and clears this browser's cookies. Unlike `logout` it asks who it is: which sessions are
/// meant, only a live one can say.
#[server(prefix = "/api", endpoint = "logout_everywhere")]
pub async fn logout_everywhere() -> Result<Done, Problem> {
    use crate::{
        page_state::Notice,
        ssr::{cookies, request::ServerRequest},
    };
    use domain::session::end_other_sessions::log_out_everywhere;

    let request = ServerRequest::current();
    let who = request.identity.member()?;
    log_out_everywhere(&request.ports, &who, &request.client).await?;
    request.visitor.forget().await;
    cookies::sign_out();
    Ok(Done::go("/").saying(Notice::LoggedOutEverywhere))
}

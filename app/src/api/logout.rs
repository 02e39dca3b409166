//! `logout`: ends this browser's session, everywhere, at once.

use leptos::prelude::*;

use super::{Done, problem::Problem};

/// Ends the session whose cookies come along and clears them. Who is logged out already stays so.
#[server(prefix = "/api", endpoint = "logout")]
pub async fn logout() -> Result<Done, Problem> {
    use crate::{
        page_state::Notice,
        ssr::{cookies, request::ServerRequest},
    };
    use domain::session::log_out::log_out;

    let request = ServerRequest::current();
    let presented = request.tokens.presented();
    log_out(&request.ports, presented, &request.client, request.now).await?;
    request.visitor.forget().await;
    cookies::sign_out();
    Ok(Done::go("/").saying(Notice::LoggedOut))
}

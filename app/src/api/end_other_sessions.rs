//! `end_other_sessions`: ends every session of the member but this browser's.

use leptos::prelude::*;

use super::{Done, problem::Problem};

/// Ends them, at once and everywhere. Without any there is nothing to do, which is fine.
#[server(prefix = "/api", endpoint = "end_other_sessions")]
pub async fn end_other_sessions() -> Result<Done, Problem> {
    use crate::{page_state::Notice, ssr::request::ServerRequest};
    use domain::session::end_other_sessions::end_other_sessions;

    let request = ServerRequest::current();
    let who = request.identity.member()?;
    end_other_sessions(&request.ports, &who, &request.client).await?;
    Ok(Done::stay(Notice::OthersEnded))
}

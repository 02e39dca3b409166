//! `end_other_sessions`: ends every session of the member except this browser's, at once and everywhere.

use contract::{Notice, SessionEffect};
use domain::session::end_other_sessions;

use super::{Done, problem::Problem};
use crate::http::{
    forms::{Form, FormLimit, NoFields},
    request::ServerRequest,
};

pub const END_OTHER_SESSIONS: Form = Form {
    function: "end_other_sessions",
    page: "/settings/sessions",
    keeps: &[],
    session: SessionEffect::None,
    limit: FormLimit::Common,
    link: None,
    handler: |call| call.to(end_other_sessions),
};

/// Ends the other sessions. It is not an error if there are none.
async fn end_other_sessions(request: ServerRequest, _: NoFields) -> Result<Done, Problem> {
    let who = request.identity.member()?;
    end_other_sessions::end_other_sessions(&request.resources.session, &who, &request.client)
        .await?;
    Ok(Done::go("/settings/sessions").saying(Notice::OthersEnded))
}

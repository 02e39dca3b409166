//! `logout_everywhere`: ends every session of the member, this browser's included.

use contract::{EndReason, Notice, SessionEffect};
use domain::session::end_other_sessions::log_out_everywhere;

use super::{Done, problem::Problem};
use crate::http::{
    forms::{Form, FormLimit, NoFields},
    request::ServerRequest,
};

pub const LOGOUT_EVERYWHERE: Form = Form {
    function: "logout_everywhere",
    page: "/settings/sessions",
    keeps: &[],
    session: SessionEffect::Ends,
    limit: FormLimit::Never,
    link: None,
    handler: |call| call.to(logout_everywhere),
};

/// Ends every session. Unlike `logout`, it needs a live session, which says whose sessions to end.
async fn logout_everywhere(request: ServerRequest, _: NoFields) -> Result<Done, Problem> {
    let who = request.identity.member()?;
    log_out_everywhere(&request.resources.session, &who, &request.client).await?;
    let done = Done::sign_out(&request, "/").await;
    request.visitor.leave_end(EndReason::Logout, request.now).await;
    Ok(done.saying(Notice::LoggedOutEverywhere))
}

//! `logout`: ends this browser's session, at once on every instance.

use contract::{EndReason, Notice, SessionEffect};
use domain::session::log_out::log_out;

use super::{Done, problem::Problem};
use crate::http::{
    forms::{Form, FormLimit, NoFields},
    request::ServerRequest,
};

pub const LOGOUT: Form = Form {
    function: "logout",
    page: "/",
    keeps: &[],
    session: SessionEffect::Ends,
    limit: FormLimit::Never,
    link: None,
    handler: |call| call.to(logout),
};

/// Ends the session of the request's cookies, and removes them. It is not an error if there is none.
async fn logout(request: ServerRequest, _: NoFields) -> Result<Done, Problem> {
    let presented = request.tokens.presented();
    log_out(&request.resources.session, presented, &request.client, request.now).await?;
    let done = Done::sign_out(&request, "/").await;
    // The other tabs of this browser come to the log-in page without cookies.
    if request.owner().is_some() || request.brings_refresh_token() {
        request.visitor.leave_end(EndReason::Logout, request.now).await;
    }
    Ok(done.saying(Notice::LoggedOut))
}

//! `end_session`: ends one of the member's own sessions, in this browser or in another one.

use contract::{Notice, Reason, SessionEffect};
use domain::session::{
    SessionId,
    end_session::{self, EndSessionError, EndedHere},
};
use serde::Deserialize;

use super::{Done, problem::Problem};
use crate::http::{
    forms::{Form, FormLimit},
    request::ServerRequest,
};

pub const END_SESSION: Form = Form {
    function: "end_session",
    page: "/settings/sessions",
    keeps: &[],
    session: SessionEffect::None,
    limit: FormLimit::Common,
    link: None,
    handler: |call| call.to(end_session),
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    session_id: String,
}

/// Ends a session. Any id that is not of the member's own session is not found, even a malformed one, so that nobody
/// learns which sessions others have.
async fn end_session(request: ServerRequest, form: Fields) -> Result<Done, Problem> {
    let who = request.identity.member()?;
    let id = SessionId::parse(&form.session_id).ok_or(EndSessionError::NotFound)?;
    Ok(
        match end_session::end_session(&request.resources.session, &who, id, &request.client)
            .await?
        {
            EndedHere::Elsewhere => Done::go("/settings/sessions").saying(Notice::SessionEnded),
            EndedHere::Yes => Done::sign_out(&request, "/").await.saying(Notice::LoggedOut),
        },
    )
}

impl From<EndSessionError> for Problem {
    fn from(error: EndSessionError) -> Self {
        match error {
            EndSessionError::NotFound => Self::new(404, Reason::NotFound),
            EndSessionError::Store(error) => error.into(),
        }
    }
}

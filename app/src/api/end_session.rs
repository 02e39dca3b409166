//! `end_session`: ends one of the member's own sessions, in this browser or in another one.

use leptos::prelude::*;

use super::{Done, problem::Problem};

/// Ends it, at once and everywhere. What is not one of the member's sessions, a malformed id included, is not
/// found: nobody learns what others have.
#[server(prefix = "/api", endpoint = "end_session")]
pub async fn end_session(#[server(default)] session_id: String) -> Result<Done, Problem> {
    use crate::{
        page_state::Notice,
        ssr::{cookies, request::ServerRequest},
    };
    use domain::session::{
        SessionId,
        end_session::{EndSessionError, EndedSession, end_session},
    };

    let request = ServerRequest::current();
    let who = request.identity.member()?;
    let id = SessionId::parse(&session_id).ok_or(EndSessionError::NotFound)?;
    match end_session(&request.ports, &who, id, &request.client).await? {
        EndedSession::Another => Ok(Done::stay(Notice::SessionEnded)),
        EndedSession::This => {
            request.visitor.forget().await;
            cookies::sign_out();
            Ok(Done::go("/").saying(Notice::LoggedOut))
        }
    }
}

#[cfg(feature = "ssr")]
mod from_domain {
    use domain::session::end_session::EndSessionError;

    use super::super::problem::{NOT_FOUND, Problem};

    impl From<EndSessionError> for Problem {
        fn from(error: EndSessionError) -> Self {
            match error {
                EndSessionError::NotFound => Self::new(404, NOT_FOUND),
                EndSessionError::Store(error) => error.into(),
            }
        }
    }
}

//! `request_password_reset`: mails a link to choose a new password. Answers the same whether or not the address is
//! known, and before anything is mailed.

use leptos::prelude::*;

use super::{Done, problem::Problem};

/// Mails a link, if a member has this address; goes on at a page that says so in this very way.
#[server(prefix = "/api", endpoint = "request_password_reset")]
pub async fn request_password_reset(#[server(default)] email: String) -> Result<Done, Problem> {
    use crate::ssr::request::ServerRequest;
    use domain::{
        account::email::Email,
        audit::{self, Details, Event},
        credentials::request_password_reset::request_password_reset,
        fields::FieldErrors,
    };

    let email = Email::parse_typed(&email).map_err(|problem| FieldErrors::one("email", problem))?;
    let request = ServerRequest::current();
    request_password_reset(&request.ports, &email).await?;
    audit::record(Event::PasswordResetRequested, Details::by(&request.client));
    // The page says it by its address and not by the visitor session, so it does also where that is not kept.
    Ok(Done::go("/forgot?sent"))
}

#[cfg(feature = "ssr")]
mod from_domain {
    use domain::credentials::request_password_reset::RequestResetError;

    use super::super::problem::{BUSY, Problem};

    impl From<RequestResetError> for Problem {
        fn from(error: RequestResetError) -> Self {
            match error {
                RequestResetError::Full(_) => Self::new(503, BUSY),
                RequestResetError::Store(error) => error.into(),
            }
        }
    }
}

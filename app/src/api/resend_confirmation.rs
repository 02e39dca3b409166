//! `resend_confirmation`: a new code for the sign-up that this browser waits for.

use leptos::prelude::*;

use super::{Done, problem::Problem};

/// Mails a new code. Says the same whether or not a sign-up waits (OWASP ASVS 6.3.8).
#[server(prefix = "/api", endpoint = "resend_confirmation")]
pub async fn resend_confirmation(#[server(default)] email: String) -> Result<Done, Problem> {
    use crate::{page_state::Notice, ssr::request::ServerRequest};
    use domain::{
        account::{
            email::Email,
            resend_confirmation::{ResendError, resend_confirmation},
        },
        fields::FieldErrors,
    };

    let request = ServerRequest::current();
    let email = Email::parse(&email).map_err(|problem| FieldErrors::one("email", problem))?;
    let asked = request.visitor.confirmation().await?;
    let newest = asked.filter(|waiting| waiting.email.is_same_as(&email));
    if let Some(id) = newest.and_then(|waiting| waiting.ids.first().copied()) {
        match resend_confirmation(&request.ports, id, &email).await {
            Ok(()) | Err(ResendError::Gone) => {}
            Err(ResendError::Store(error)) => return Err(error.into()),
            Err(ResendError::Mail(error)) => return Err(error.into()),
        }
    }
    Ok(Done::stay(Notice::CodeSent))
}

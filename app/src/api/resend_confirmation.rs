//! `resend_confirmation`: a new code for the sign-up that this browser waits for.

use contract::{Notice, SessionEffect};
use domain::{
    account::{
        email::Email,
        resend_confirmation::{self, ResendError},
    },
    fields::FieldErrors,
    limits::Limit,
};
use serde::Deserialize;

use super::{Done, problem::Problem};
use crate::http::{
    forms::{Form, FormLimit},
    request::ServerRequest,
};

pub const RESEND_CONFIRMATION: Form = Form {
    function: "resend_confirmation",
    page: "/signup/confirm",
    keeps: &["email"],
    session: SessionEffect::None,
    limit: FormLimit::Also(Limit::MailFormsFromAddress),
    link: None,
    handler: |call| call.to(resend_confirmation),
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    email: String,
}

/// The answer is the same whether or not a sign-up waits (OWASP ASVS 6.3.8).
async fn resend_confirmation(request: ServerRequest, form: Fields) -> Result<Done, Problem> {
    let email = Email::parse(&form.email).map_err(|problem| FieldErrors::one("email", problem))?;
    let asked = request.visitor.confirmation().await?;
    let newest = asked.filter(|waiting| waiting.email.is_same_as(&email));
    if let Some(id) = newest.and_then(|waiting| waiting.ids.first().copied()) {
        match resend_confirmation::resend_confirmation(&request.resources, id, &email).await {
            Ok(()) | Err(ResendError::Gone) => {}
            Err(ResendError::Store(error)) => return Err(error.into()),
            Err(ResendError::Mail(error)) => return Err(error.into()),
        }
    }
    Ok(Done::go("/signup/confirm").saying(Notice::CodeSent))
}

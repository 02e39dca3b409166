//! `request_password_reset`: mails a link to choose a new password. The answer is the same whether or not the address
//! is known, and comes before anything is mailed.

use contract::{Reason, SessionEffect};
use domain::{
    account::email::Email,
    audit::{self, Details, Event},
    credentials::request_password_reset::{self, RequestResetError},
    fields::FieldErrors,
    limits::Limit,
};
use serde::Deserialize;

use super::{Done, problem::Problem};
use crate::http::{
    forms::{Form, FormLimit},
    request::ServerRequest,
};

pub const REQUEST_PASSWORD_RESET: Form = Form {
    function: "request_password_reset",
    page: "/forgot",
    keeps: &["email"],
    session: SessionEffect::None,
    limit: FormLimit::Also(Limit::MailFormsFromAddress),
    link: None,
    handler: |call| call.to(request_password_reset),
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    email: String,
}

async fn request_password_reset(request: ServerRequest, form: Fields) -> Result<Done, Problem> {
    let email =
        Email::parse_typed(&form.email).map_err(|problem| FieldErrors::one("email", problem))?;
    request_password_reset::request_password_reset(&request.resources, &email).await?;
    audit::record(Event::PasswordResetRequested, Details::by(&request.client));
    // Said by the page's URL and not by the visitor session, which may not be kept.
    Ok(Done::go("/forgot?sent"))
}

impl From<RequestResetError> for Problem {
    fn from(error: RequestResetError) -> Self {
        match error {
            RequestResetError::Full(_) => Self::new(503, Reason::Busy),
            RequestResetError::Store(error) => error.into(),
        }
    }
}

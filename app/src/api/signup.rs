//! `signup`: keeps a sign-up until the address is proven, and mails its code. The answer is the same whether or not the
//! address is known.

use contract::SessionEffect;
use domain::{
    account::sign_up::{SignUp, SignUpError, sign_up},
    audit::{self, Details, Event},
    credentials::password::Asker,
    limits::Limit,
};
use serde::Deserialize;

use super::{Done, problem::Problem};
use crate::http::{
    forms::{Form, FormLimit},
    request::ServerRequest,
};

pub const SIGNUP: Form = Form {
    function: "signup",
    page: "/signup",
    keeps: &["email", "display_name"],
    session: SessionEffect::None,
    limit: FormLimit::Also(Limit::MailFormsFromAddress),
    link: None,
    handler: |call| call.to(signup),
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    email: String,
    display_name: String,
    password: String,
}

async fn signup(request: ServerRequest, form: Fields) -> Result<Done, Problem> {
    let password_min = request.resources.password_min;
    let parse =
        move || SignUp::parse(&form.email, &form.display_name, &form.password, password_min);
    let typed = request.resources.hasher.aside(&Asker::stranger(&request.client), parse).await??;
    let address = typed.email.clone();
    let id = sign_up(&request.resources, typed, &request.client, request.locale).await?;
    audit::record(Event::SignedUp, Details::by(&request.client));
    // If it cannot be remembered, the next page asks for the mail's link instead of its code.
    let is_remembered = request.visitor.remember_confirmation(id, &address).await?;
    Ok(Done::go(if is_remembered { "/signup/confirm" } else { "/signup/confirm?sent" }))
}

impl From<SignUpError> for Problem {
    fn from(error: SignUpError) -> Self {
        match error {
            SignUpError::Hash(error) => error.into(),
            SignUpError::Store(error) => error.into(),
            SignUpError::Mail(error) => error.into(),
        }
    }
}

//! `confirm_email`: the code, or the link's token, that proves an address and makes the member.

use contract::{Notice, SessionEffect};
use domain::{
    account::{
        confirm_email::{self, Confirm, ConfirmError, Confirmed, Proof},
        email::Email,
    },
    credentials::{log_in::LoggedIn, password::Password},
    fields::{FieldErrors, FieldProblem},
};
use serde::Deserialize;

use super::{Done, problem::Problem};
use crate::http::{
    cookies,
    forms::{Form, FormLimit, MailLink},
    request::ServerRequest,
};

pub const CONFIRM_EMAIL: Form = Form {
    function: "confirm_email",
    page: "/signup/confirm",
    keeps: &["email"],
    session: SessionEffect::Begins,
    limit: FormLimit::Common,
    link: Some(MailLink { parameter: "link", field: "code", token: token_of }),
    handler: |call| call.to(confirm_email),
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    email: String,
    code: String,
    password: String,
}

/// A browser that signed up is signed in; another one brings the mail's link and the sign-up's password.
async fn confirm_email(request: ServerRequest, form: Fields) -> Result<Done, Problem> {
    let Fields { email, code, password } = form;
    let mut errors = FieldErrors::default();
    let email = errors.take("email", Email::parse(&email));
    let missing = if code.trim().is_empty() { FieldProblem::Required } else { FieldProblem::Wrong };
    let proof = errors.take("code", Proof::parse(&code).ok_or(missing));
    let password = (!password.is_empty()).then(|| Password::parse_typed(&password)).transpose();
    let password = errors.take("password", password);
    let (Some(email), Some(proof), Some(password)) = (email, proof, password) else {
        return Err(errors.into());
    };

    let waiting = request.visitor.confirmation().await?;
    let asked = waiting.as_ref().map_or(&[][..], |waiting| waiting.ids.as_slice());
    let client = request.client.clone();
    let presented = request.tokens.presented();
    let confirm = Confirm { email, proof, password, asked, client, presented };
    match confirm_email::confirm_email(&request.resources, confirm, request.now).await? {
        Confirmed::SignedIn(LoggedIn { tokens, locale }) => {
            request.visitor.forget_confirmation().await;
            Ok(Done::sign_in(&request, &tokens, "/")
                .await
                .saying(Notice::Confirmed)
                .setting([cookies::locale_cookie(locale)]))
        }
        // The sign-up that this browser waits for may be another one: it is not forgotten.
        Confirmed::NotSignedIn | Confirmed::Before => {
            // After a second press of the button: the first answer has removed the record, and the notice needs one.
            request.visitor.renew().await;
            Ok(Done::go("/login").saying(Notice::ConfirmedLogIn))
        }
    }
}

fn token_of(code: &str) -> Option<String> {
    match Proof::parse(code)? {
        Proof::Link(token) => Some(token.to_string()),
        Proof::Code(_) => None,
    }
}

impl From<ConfirmError> for Problem {
    fn from(error: ConfirmError) -> Self {
        let (field, problem) = match error {
            ConfirmError::Wrong => ("code", FieldProblem::Wrong),
            ConfirmError::OlderMail => ("code", FieldProblem::OlderMail),
            ConfirmError::TooManyTries => ("code", FieldProblem::TooManyTries),
            ConfirmError::Expired => ("code", FieldProblem::Expired),
            ConfirmError::PasswordRequired => ("password", FieldProblem::Required),
            ConfirmError::PasswordWrong => ("password", FieldProblem::Wrong),
            ConfirmError::PasswordTooManyTries => ("password", FieldProblem::TooManyTries),
            ConfirmError::Hash(error) => return error.into(),
            ConfirmError::Store(error) => return error.into(),
        };
        FieldErrors::one(field, problem).into()
    }
}

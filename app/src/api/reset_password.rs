//! `reset_password`: a new password by the mail's link. Ends every session and begins a new one for this browser.

use contract::{Notice, SessionEffect};
use domain::credentials::{
    log_in::LoggedIn,
    reset_password::{self, PasswordReset, ResetPassword, ResetPasswordError},
};
use serde::Deserialize;

use super::{Done, problem::Problem};
use crate::http::{
    cookies,
    forms::{Form, FormLimit, MailLink},
    request::ServerRequest,
};

pub const RESET_PASSWORD: Form = Form {
    function: "reset_password",
    page: "/reset",
    keeps: &[],
    session: SessionEffect::Begins,
    limit: FormLimit::Common,
    link: Some(MailLink {
        parameter: "token",
        field: "token",
        token: |token| Some(token.to_owned()),
    }),
    handler: |call| call.to(reset_password),
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    token: String,
    password: String,
}

/// Uses up the link with this token and signs the member in.
async fn reset_password(request: ServerRequest, form: Fields) -> Result<Done, Problem> {
    let reset = ResetPassword {
        token: &form.token,
        password: &form.password,
        client: request.client.clone(),
        presented: request.tokens.presented(),
    };
    match reset_password::reset_password(&request.resources, reset, request.now).await? {
        PasswordReset::SignedIn(LoggedIn { tokens, locale }) => {
            Ok(Done::sign_in(&request, &tokens, "/")
                .await
                .saying(Notice::PasswordChanged)
                .setting([cookies::locale_cookie(locale)]))
        }
        // The cookies stay as they are: another member may be signed in here.
        PasswordReset::NotSignedIn => Ok(Done::go("/login").saying(Notice::PasswordChangedLogIn)),
    }
}

impl From<ResetPasswordError> for Problem {
    fn from(error: ResetPasswordError) -> Self {
        match error {
            ResetPasswordError::Fields(errors) => errors.into(),
            ResetPasswordError::Hash(error) => error.into(),
            ResetPasswordError::Store(error) => error.into(),
        }
    }
}

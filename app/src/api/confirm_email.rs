//! `confirm_email`: the code, or the link's token, that proves an address and makes the member.

use leptos::prelude::*;

use super::{Done, problem::Problem};

/// Confirms an address. A browser that asked is signed in; another one brings the mail's link and the
/// sign-up's password.
#[server(prefix = "/api", endpoint = "confirm_email")]
pub async fn confirm_email(
    #[server(default)] email: String,
    #[server(default)] code: String,
    #[server(default)] password: String,
) -> Result<Done, Problem> {
    use crate::{
        page_state::Notice,
        ssr::{cookies, request::ServerRequest},
    };
    use domain::{
        account::{
            confirm_email::{Confirm, Confirmed, Proof, confirm_email},
            email::Email,
        },
        credentials::{log_in::LoggedIn, password::Password},
        fields::{FieldErrors, FieldProblem},
    };

    let request = ServerRequest::current();
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
    let presented = request.tokens.presented();
    let confirm = Confirm { email, proof, password, asked, client: request.client, presented };
    match confirm_email(&request.ports, confirm, request.now).await? {
        Confirmed::SignedIn(LoggedIn { tokens, locale }) => {
            request.visitor.forget_confirmation().await;
            request.visitor.renew().await;
            cookies::sign_in(&tokens);
            cookies::keep_locale(locale);
            Ok(Done::go("/").saying(Notice::Confirmed))
        }
        // The sign-up that this browser waits for may be another one: it is not forgotten.
        Confirmed::NotSignedIn | Confirmed::Before => {
            // A second press of the button: the first one's answer has taken the record away, and the notice needs one.
            request.visitor.renew().await;
            Ok(Done::go("/login").saying(Notice::ConfirmedLogIn))
        }
    }
}

#[cfg(feature = "ssr")]
mod from_domain {
    use domain::{
        account::confirm_email::ConfirmError,
        fields::{FieldErrors, FieldProblem},
    };

    use super::super::problem::Problem;

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
}

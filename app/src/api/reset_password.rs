//! `reset_password`: a new password by the mail's link, which ends every session; this browser goes on in a new one.

use leptos::prelude::*;

use super::{Done, problem::Problem};

/// Uses up the link with this token and signs the member in.
#[server(prefix = "/api", endpoint = "reset_password")]
pub async fn reset_password(
    #[server(default)] token: String,
    #[server(default)] password: String,
) -> Result<Done, Problem> {
    use crate::{
        page_state::Notice,
        ssr::{cookies, request::ServerRequest},
    };
    use domain::credentials::{
        log_in::LoggedIn,
        reset_password::{PasswordReset, ResetPassword, reset_password},
    };

    let request = ServerRequest::current();
    let reset = ResetPassword {
        token: &token,
        password: &password,
        client: request.client,
        presented: request.tokens.presented(),
    };
    match reset_password(&request.ports, reset, request.now).await? {
        PasswordReset::SignedIn(LoggedIn { tokens, locale }) => {
            request.visitor.renew().await;
            cookies::sign_in(&tokens);
            cookies::keep_locale(locale);
            Ok(Done::go("/").saying(Notice::PasswordChanged))
        }
        // The cookies stay as they are: whoever else is signed in here still is.
        PasswordReset::NotSignedIn => Ok(Done::go("/login").saying(Notice::PasswordChangedLogIn)),
    }
}

#[cfg(feature = "ssr")]
mod from_domain {
    use domain::credentials::reset_password::ResetPasswordError;

    use super::super::problem::Problem;

    impl From<ResetPasswordError> for Problem {
        fn from(error: ResetPasswordError) -> Self {
            match error {
                ResetPasswordError::Fields(errors) => errors.into(),
                ResetPasswordError::Hash(error) => error.into(),
                ResetPasswordError::Store(error) => error.into(),
            }
        }
    }
}

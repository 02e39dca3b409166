//! `change_password`: a new password, which ends every session; this browser goes on in a new one.

use leptos::prelude::*;

use super::{Done, problem::Problem};

/// Changes the password of who proves to know the present one.
#[server(prefix = "/api", endpoint = "change_password")]
pub async fn change_password(
    #[server(default)] current_password: String,
    #[server(default)] new_password: String,
) -> Result<Done, Problem> {
    use crate::{
        page_state::Notice,
        ssr::{cookies, request::ServerRequest},
    };
    use domain::credentials::{
        change_password::{ChangePassword, PasswordChanged, change_password},
        password::{Asker, PasswordContext},
    };

    let request = ServerRequest::current();
    let who = request.identity.member()?;
    let password_min = request.ports.password_min;
    let member = request.ports.members.find(who.session.member_id).await?;
    let parse = move || {
        let context = PasswordContext::of(member.as_ref());
        ChangePassword::parse(&current_password, &new_password, password_min, context)
    };
    let typed = request.ports.hasher.aside(&Asker::member(&request.client), parse).await??;
    match change_password(&request.ports, &who, &typed, request.client, request.now).await? {
        PasswordChanged::SignedIn(tokens) => {
            request.visitor.renew().await;
            cookies::sign_in(&tokens);
            Ok(Done::go("/settings/security").saying(Notice::PasswordChanged))
        }
        PasswordChanged::NotSignedIn => {
            request.visitor.forget().await;
            cookies::sign_out();
            Ok(Done::go("/login").saying(Notice::PasswordChangedLogIn))
        }
    }
}

#[cfg(feature = "ssr")]
mod from_domain {
    use domain::{credentials::change_password::ChangePasswordError, session::Refusal};

    use super::super::problem::Problem;

    impl From<ChangePasswordError> for Problem {
        fn from(error: ChangePasswordError) -> Self {
            match error {
                ChangePasswordError::Fields(errors) => errors.into(),
                ChangePasswordError::Ended(reason) => Refusal::Ended(reason).into(),
                ChangePasswordError::Hash(error) => error.into(),
                ChangePasswordError::Store(error) => error.into(),
            }
        }
    }
}

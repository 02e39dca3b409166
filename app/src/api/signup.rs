//! `signup`: keeps a sign-up and mails its code. Answers the same whether or not the address is known.

use leptos::prelude::*;

use super::{Done, problem::Problem};

/// Keeps what was typed until the address is proven; goes on at `/signup/confirm`.
#[server(prefix = "/api", endpoint = "signup")]
pub async fn signup(
    #[server(default)] email: String,
    #[server(default)] display_name: String,
    #[server(default)] password: String,
) -> Result<Done, Problem> {
    use crate::ssr::request::ServerRequest;
    use domain::{
        account::sign_up::{SignUp, sign_up},
        audit::{self, Details, Event},
        credentials::password::Asker,
    };

    let request = ServerRequest::current();
    let password_min = request.ports.password_min;
    let parse = move || SignUp::parse(&email, &display_name, &password, password_min);
    let typed = request.ports.hasher.aside(&Asker::stranger(&request.client), parse).await??;
    let address = typed.email.clone();
    let id = sign_up(&request.ports, typed, &request.client, request.locale).await?;
    audit::record(Event::SignedUp, Details::by(&request.client));
    // Without room for it the next page asks for the link of the mail instead of its code.
    let is_remembered = request.visitor.remember_confirmation(id, &address).await?;
    Ok(Done::go(if is_remembered { "/signup/confirm" } else { "/signup/confirm?sent" }))
}

#[cfg(feature = "ssr")]
mod from_domain {
    use domain::account::sign_up::SignUpError;

    use super::super::problem::Problem;

    impl From<SignUpError> for Problem {
        fn from(error: SignUpError) -> Self {
            match error {
                SignUpError::Hash(error) => error.into(),
                SignUpError::Store(error) => error.into(),
                SignUpError::Mail(error) => error.into(),
            }
        }
    }
}

//! `delete_account`: the member is gone, with everything of theirs.

use leptos::prelude::*;

use super::{Done, problem::Problem};

/// Deletes the account of who proves to own it. The password is the confirmation.
#[server(prefix = "/api", endpoint = "delete_account")]
pub async fn delete_account(#[server(default)] password: String) -> Result<Done, Problem> {
    use crate::{
        page_state::Notice,
        ssr::{cookies, request::ServerRequest},
    };
    use domain::account::delete_account::delete_account;

    let request = ServerRequest::current();
    let who = request.identity.member()?;
    delete_account(&request.ports, &who, &password, &request.client).await?;
    request.visitor.forget().await;
    cookies::sign_out();
    Ok(Done::go("/").saying(Notice::AccountDeleted))
}

#[cfg(feature = "ssr")]
mod from_domain {
    use domain::{account::delete_account::DeleteAccountError, session::Refusal};

    use super::super::problem::Problem;

    impl From<DeleteAccountError> for Problem {
        fn from(error: DeleteAccountError) -> Self {
            match error {
                DeleteAccountError::Fields(errors) => errors.into(),
                DeleteAccountError::Ended(reason) => Refusal::Ended(reason).into(),
                DeleteAccountError::Hash(error) => error.into(),
                DeleteAccountError::Store(error) => error.into(),
            }
        }
    }
}

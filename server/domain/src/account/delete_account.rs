//! Deletion of an account: deletes the member, and ends every session. Of each session only the end is kept, for the
//! browsers that still present its tokens.

use crate::{
    Resources,
    audit::{self, Details, Event},
    credentials::{
        password::Password,
        prove_password::{ProveError, prove_password},
    },
    fields::FieldErrors,
    session::{
        Client, EndReason,
        authenticate::Authenticated,
        endings::{close_all, uncancellable},
    },
};

/// The form's field.
const PASSWORD: &str = "password";

/// Deletes the account, if the password proves that it is the member's.
///
/// # Errors
/// [`ProveError`]
pub async fn delete_account(
    resources: &Resources,
    who: &Authenticated,
    typed: &str,
    client: &Client,
) -> Result<(), ProveError> {
    let id = who.session.member_id;
    let details = Details::by_member(who, client);
    let typed = Password::parse_typed(typed)
        .map_err(|problem| ProveError::Fields(FieldErrors::one(PASSWORD, problem)))?;
    let verified = prove_password(resources, who, client, PASSWORD, &typed)
        .await
        .inspect_err(|error| error.record(Event::LogInFailed, details))?
        .password_hash;
    let deleted = uncancellable(resources, move |resources| async move {
        let ended = resources.authority.delete(id, &verified).await?;
        let Some(ended) = ended else { return Ok(false) };
        audit::record(Event::UserDeleted, details);
        close_all(&resources.session, ended, EndReason::Deleted, details).await;
        Ok(true)
    });
    // Not deleted: the password has changed since it was verified.
    if deleted.await? { Ok(()) } else { Err(ProveError::wrong(PASSWORD)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fields::FieldProblem, memory::InMemory};

    #[tokio::test]
    async fn a_deleted_account_is_gone_and_its_browsers_are_told_why() {
        let (world, browser) = InMemory::with_browser().await;
        let who = browser.authenticated(&world).await;
        delete_account(&world.resources(), &who, "a tree by the gate", &Client::default())
            .await
            .unwrap();
        assert!(world.resources().members.find(browser.member_id).await.unwrap().is_none());
        assert_eq!(browser.refusal(&world).await, EndReason::Deleted);
        world.wipe_live_sessions();
        assert_eq!(world.ended(browser.session_id), Some(EndReason::Deleted));
    }

    #[tokio::test]
    async fn without_the_password_nothing_is_deleted() {
        let (world, browser) = InMemory::with_browser().await;
        for (typed, problem) in [("", FieldProblem::Required), ("a pond", FieldProblem::Wrong)] {
            let who = browser.authenticated(&world).await;
            let refused = delete_account(&world.resources(), &who, typed, &Client::default()).await;
            let Err(ProveError::Fields(errors)) = refused else { panic!("{refused:?}") };
            assert_eq!(errors, FieldErrors::one("password", problem));
        }
        browser.authenticated(&world).await;
    }
}

//! Deletion of an account: the member is gone and every session over. Of a session only its end is kept, for the
//! browsers that still present its tokens.

use crate::{
    Resources, StoreError,
    audit::{self, Details, Event},
    credentials::{
        password::{HashError, Password},
        prove_password::{ProveError, prove_password},
    },
    fields::{FieldErrors, FieldProblem},
    session::{
        Client, EndReason,
        authenticate::Authenticated,
        endings::{close_all, uncancellable},
    },
};

/// Reason why the account was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountError {
    /// The password was not given, or is wrong.
    #[error("the password is not acceptable")]
    Fields(FieldErrors),
    /// There were too many wrong passwords, and the session is over.
    #[error("the session has ended: {}", .0.as_str())]
    Ended(EndReason),
    /// The password could not be hashed, or not now.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ProveError> for DeleteAccountError {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::Wrong => refused(FieldProblem::Wrong),
            ProveError::Ended(reason) => Self::Ended(reason),
            ProveError::Hash(error) => Self::Hash(error),
            ProveError::Store(error) => Self::Store(error),
        }
    }
}

/// Deletes the account, if the password proves that it is the member's.
///
/// # Errors
/// [`DeleteAccountError`]
pub async fn delete_account(
    resources: &Resources,
    who: &Authenticated,
    typed: &str,
    client: &Client,
) -> Result<(), DeleteAccountError> {
    let id = who.session.member_id;
    let details = Details::by_member(who, client);
    let typed = Password::parse_typed(typed).map_err(refused)?;
    let verified = prove_password(resources, who, client, &typed)
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
    if deleted.await? { Ok(()) } else { Err(refused(FieldProblem::Wrong)) }
}

fn refused(problem: FieldProblem) -> DeleteAccountError {
    DeleteAccountError::Fields(FieldErrors::one("password", problem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{memory::InMemory, session::Persistence};

    #[tokio::test]
    async fn a_deleted_account_is_gone_and_its_browsers_are_told_why() {
        let world = InMemory::default();
        let browser = world.signed_in(Persistence::Browser).await;
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
        let world = InMemory::default();
        let browser = world.signed_in(Persistence::Browser).await;
        for (typed, problem) in [("", FieldProblem::Required), ("a pond", FieldProblem::Wrong)] {
            let who = browser.authenticated(&world).await;
            let refused = delete_account(&world.resources(), &who, typed, &Client::default()).await;
            let Err(DeleteAccountError::Fields(errors)) = refused else { panic!("{refused:?}") };
            assert_eq!(errors, FieldErrors::one("password", problem));
        }
        browser.authenticated(&world).await;
    }
}

//! Deletion: the member is gone and every session over. What is left of a session says only that it has
//! ended, for the browsers that still ask.

use crate::{
    endings::{close_all, to_the_end},
    fields::{FieldErrors, FieldProblem},
    member::MemberId,
    password::{HashError, Password},
    ports::{Ports, StoreError},
    prove_password::{ProveError, prove_password},
    session::EndReason,
};

/// Why the account is still there.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountError {
    /// The password was not given, or is wrong.
    #[error("the password is not acceptable")]
    Fields(FieldErrors),
    /// The password could not be hashed, or not now.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database could not say.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ProveError> for DeleteAccountError {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::Wrong => refused(FieldProblem::Wrong),
            ProveError::Hash(error) => Self::Hash(error),
            ProveError::Store(error) => Self::Store(error),
        }
    }
}

/// Deletes the account of who proves to own it.
///
/// # Errors
/// [`DeleteAccountError`]
pub async fn delete_account(
    ports: &Ports,
    id: MemberId,
    typed: &str,
) -> Result<(), DeleteAccountError> {
    let typed = Password::parse_typed(typed).map_err(refused)?;
    let verified = prove_password(ports, id, &typed).await?.password_hash;
    let deleted = to_the_end(ports, move |ports| async move {
        let ended = ports.authority.delete(id, &verified).await?;
        let Some(ended) = ended else { return Ok(false) };
        close_all(&ports, ended, EndReason::Deleted).await;
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
        delete_account(&world.ports(), browser.member_id, "a tree by the gate").await.unwrap();
        assert!(world.ports().members.find(browser.member_id).await.unwrap().is_none());
        assert_eq!(browser.refusal(&world).await, EndReason::Deleted);
        world.wipe_live_sessions();
        assert_eq!(world.ended(browser.session_id), Some(EndReason::Deleted));
    }

    #[tokio::test]
    async fn without_the_password_nothing_is_deleted() {
        let world = InMemory::default();
        let browser = world.signed_in(Persistence::Browser).await;
        for (typed, problem) in [("", FieldProblem::Required), ("a pond", FieldProblem::Wrong)] {
            let refused = delete_account(&world.ports(), browser.member_id, typed).await;
            let Err(DeleteAccountError::Fields(errors)) = refused else { panic!("{refused:?}") };
            assert_eq!(errors, FieldErrors::one("password", problem));
        }
        browser.authenticated(&world).await;
    }
}

//! A new proof of identity by a signed-in member, before a sensitive action (OWASP ASVS 7.5.1).

use crate::{
    Resources, StoreError,
    account::ports::Credentials,
    audit::{self, Details, Event},
    counters,
    credentials::password::{Asker, HashError, Password, Verified},
    fields::{FieldErrors, FieldProblem},
    limits::Limit,
    session::{Client, EndReason, authenticate::Authenticated, endings::mark_and_close},
};

/// Reason why an action that asks for the password again was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The password is missing, or is not the member's; or the member is gone.
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

impl ProveError {
    /// The password in this field is not the member's.
    pub(crate) fn wrong(field: &'static str) -> Self {
        Self::Fields(FieldErrors::one(field, FieldProblem::Wrong))
    }

    /// Records a failed proof as `event`. A proof that could not be checked is not recorded.
    pub(crate) fn record(&self, event: Event, details: Details<'_>) {
        if matches!(self, Self::Fields(_) | Self::Ended(_)) {
            audit::record(event, details.because("wrong_password"));
        }
    }
}

/// Verifies the password in the form's `field`, and returns the credentials that it was verified against. A thief of a
/// session gets few guesses: the last wrong password ends the session.
///
/// # Errors
/// [`ProveError`]
pub(crate) async fn prove_password(
    resources: &Resources,
    who: &Authenticated,
    client: &Client,
    field: &'static str,
    typed: &Password,
) -> Result<Credentials, ProveError> {
    const LIMIT: Limit = Limit::WrongPasswordsInSession;
    let session_id = who.claims.session_id;
    let subject = session_id.to_string();
    // Counted before it is tried, so that parallel guesses get no more tries than serial ones.
    if resources.limits.take(LIMIT, &subject).await.is_err() {
        end(resources, who, client).await?;
        return Err(ProveError::Ended(EndReason::Revoked));
    }
    let proven = verify(resources, who, client, typed).await;
    if !matches!(proven, Ok(None)) {
        resources.limits.give_back(LIMIT, &subject).await;
    } else if resources.limits.is_used_up(LIMIT, &subject).await {
        counters::limit_reached(LIMIT.as_str());
        end(resources, who, client).await?;
    }
    proven?.ok_or_else(|| ProveError::wrong(field))
}

/// Returns the member's credentials if the password is right.
async fn verify(
    resources: &Resources,
    who: &Authenticated,
    client: &Client,
    typed: &Password,
) -> Result<Option<Credentials>, ProveError> {
    let known = resources.members.credentials_of(who.session.member_id).await?;
    let Some(credentials) = known else { return Ok(None) };
    let (stored, asker) = (&credentials.password_hash, Asker::member(client));
    match resources.hasher.verify(typed, Some(stored), &asker).await? {
        Verified::Right { .. } => Ok(Some(credentials)),
        Verified::Wrong => Ok(None),
    }
}

async fn end(
    resources: &Resources,
    who: &Authenticated,
    client: &Client,
) -> Result<(), StoreError> {
    let details = Details::by_member(who, client);
    mark_and_close(&resources.session, who.claims.session_id, EndReason::Revoked, details)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        memory::{InMemory, SignedInBrowser},
        session::Persistence,
    };

    const PASSWORD: &str = "a tree by the gate";

    async fn prove(
        world: &InMemory,
        who: &Authenticated,
        typed: &str,
    ) -> Result<Credentials, ProveError> {
        let typed = Password::parse_typed(typed).unwrap();
        prove_password(&world.resources(), who, &Client::default(), "password", &typed).await
    }

    async fn signed_in() -> (InMemory, SignedInBrowser, Authenticated) {
        let (world, browser) = InMemory::with_browser().await;
        let who = browser.authenticated(&world).await;
        (world, browser, who)
    }

    #[tokio::test]
    async fn the_fifth_wrong_password_ends_the_session_and_no_other() {
        let (world, browser, who) = signed_in().await;
        let other = world.signed_in_as(browser.member_id, Persistence::Browser).await;
        for number in 1..=5 {
            assert_eq!(world.ended(browser.session_id), None, "before the wrong password {number}");
            assert_matches!(prove(&world, &who, "another tree").await, Err(ProveError::Fields(_)));
        }
        assert_eq!(browser.refusal(&world).await, EndReason::Revoked);
        assert_eq!(world.ended(browser.session_id), Some(EndReason::Revoked));
        // Also for a request that was authenticated before.
        let refused = prove(&world, &who, PASSWORD).await;
        assert!(matches!(refused, Err(ProveError::Ended(EndReason::Revoked))), "{refused:?}");
        other.authenticated(&world).await;
    }

    #[tokio::test]
    async fn right_passwords_are_not_counted() {
        let (world, browser, who) = signed_in().await;
        for _ in 0..10 {
            prove(&world, &who, PASSWORD).await.unwrap();
        }
        browser.authenticated(&world).await;
    }

    #[tokio::test]
    async fn concurrent_guesses_get_no_more_tries_than_sequential_ones() {
        let (world, browser, who) = signed_in().await;
        let answers = futures_util::future::join_all(
            (0..50).map(|_| async { prove(&world, &who, "another tree").await }),
        )
        .await;
        let tried = answers.iter().filter(|answer| matches!(answer, Err(ProveError::Fields(_))));
        assert!(tried.count() <= 5);
        assert_eq!(world.ended(browser.session_id), Some(EndReason::Revoked));
    }

    #[tokio::test]
    async fn a_failed_store_is_no_wrong_password() {
        let (world, browser, who) = signed_in().await;
        world.break_database();
        for _ in 0..10 {
            assert_matches!(prove(&world, &who, "another tree").await, Err(ProveError::Store(_)));
        }
        world.mend_database();
        browser.authenticated(&world).await;
    }
}

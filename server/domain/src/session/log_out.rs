//! Log-out in this browser. Takes effect at once on every instance, and also works with an expired access token.

use time::OffsetDateTime;

use super::{
    Client, EndReason, MemberId, SessionId, StoreError, access_token::AccessTokenError,
    audit::Details, authenticate::Presented, endings::mark_and_close, refresh_token::RefreshToken,
    resources::Resources,
};

/// Ends the sessions that the presented tokens name. A cookie jar can hold tokens of two sessions if two log-ins raced.
/// Without a token there is nothing to do, and no error.
///
/// # Errors
/// The database is unavailable. The session may still be there, so the cookies stay.
pub async fn log_out(
    resources: &Resources,
    presented: Presented<'_>,
    client: &Client,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let by_refresh = match verified_refresh_token(resources, presented) {
        Some(token) => {
            let stored = resources.rows.find(token.session_id).await?;
            let stored = stored.filter(|stored| token.is_keyed_by(stored.salt()));
            stored.map(|stored| (token.session_id, stored.open().map(|row| row.member_id)))
        }
        None => None,
    };
    let by_access = access_token_session(resources, presented, now)
        .filter(|(id, _)| by_refresh.is_none_or(|(by_refresh, _)| by_refresh != *id));
    for (id, member) in [by_refresh, by_access].into_iter().flatten() {
        let details = Details { member, ..Details::by(client) };
        mark_and_close(resources, id, EndReason::Logout, details).await?;
    }
    Ok(())
}

fn verified_refresh_token(resources: &Resources, presented: Presented<'_>) -> Option<RefreshToken> {
    presented.refresh.and_then(|raw| RefreshToken::verify(raw, &resources.keys).ok())
}

fn access_token_session(
    resources: &Resources,
    presented: Presented<'_>,
    now: OffsetDateTime,
) -> Option<(SessionId, Option<MemberId>)> {
    match resources.access_tokens.verify(presented.access?, now) {
        Ok(claims) | Err(AccessTokenError::Expired(claims)) => {
            Some((claims.session_id, Some(claims.member_id)))
        }
        Err(AccessTokenError::Invalid) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{memory::InMemory, session::Salt};

    async fn leave(world: &InMemory, presented: Presented<'_>) -> Result<(), StoreError> {
        log_out(&world.session(), presented, &Client::default(), world.now()).await
    }

    #[tokio::test]
    async fn a_logged_out_session_authenticates_nothing_at_once() {
        let (world, browser) = InMemory::with_browser().await;
        leave(&world, browser.presented()).await.unwrap();
        assert_eq!(browser.refusal(&world).await, EndReason::Logout);
    }

    #[tokio::test]
    async fn an_expired_access_token_or_a_refresh_token_alone_logs_out_too() {
        for is_access in [true, false] {
            let (world, browser) = InMemory::with_browser().await;
            let Presented { access, refresh } = browser.presented();
            world.pass(Duration::from_secs(3600));
            let alone = if is_access {
                Presented { access, refresh: None }
            } else {
                Presented { access: None, refresh }
            };
            leave(&world, alone).await.unwrap();
            assert_eq!(world.ended(browser.session_id), Some(EndReason::Logout), "{is_access}");
        }
    }

    #[tokio::test]
    async fn a_refresh_token_keyed_by_another_salt_logs_nobody_out() {
        let (world, browser) = InMemory::with_browser().await;
        let (keys, salt) = (world.session().keys, Salt::random());
        let forged = RefreshToken::issue(&keys, browser.session_id, 1, &salt);
        leave(&world, Presented { access: None, refresh: Some(&forged) }).await.unwrap();
        assert_eq!(world.ended(browser.session_id), None);
    }

    #[tokio::test]
    async fn a_log_out_takes_effect_even_if_the_live_session_store_fails() {
        let (world, browser) = InMemory::with_browser().await;
        world.break_live_sessions();
        leave(&world, browser.presented()).await.unwrap();
        assert_eq!(world.ended(browser.session_id), Some(EndReason::Logout));
    }

    #[tokio::test]
    async fn a_log_out_with_a_failed_database_is_an_error() {
        let (world, browser) = InMemory::with_browser().await;
        world.break_database();
        assert!(leave(&world, browser.presented()).await.is_err());
    }

    #[tokio::test]
    async fn logging_out_twice_or_without_a_session_succeeds() {
        let (world, browser) = InMemory::with_browser().await;
        for presented in [browser.presented(), browser.presented(), Presented::default()] {
            leave(&world, presented).await.unwrap();
        }
    }
}

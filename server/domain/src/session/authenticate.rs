//! Authentication of a request: the access token's signature first, which costs no round trip, then one check of the
//! live-session store.

use std::time::Duration;

use time::OffsetDateTime;

use super::{
    LiveSession, Refusal, StoreError,
    access_token::AccessClaims,
    counters::{self, CheckResult},
    ports::{CheckMode, Checked},
    refresh_token::RefreshToken,
    resources::Resources,
};

/// An authenticated request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authenticated {
    /// Claims of the access token
    pub claims: AccessClaims,
    /// The live session, whose role counts
    pub session: LiveSession,
    /// The time until the live session expires if it is not used again
    pub idle_left: Duration,
}

/// Error of a request that is not authenticated.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// It presented nothing that is valid.
    #[error("not signed in: {}", .0.reason())]
    Refused(Refusal),
    /// The live-session store is unavailable. Never to be mistaken for "not signed in".
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The tokens of a request, not verified.
#[derive(Clone, Copy, Default)]
pub struct Presented<'a> {
    /// The access cookie
    pub access: Option<&'a str>,
    /// The refresh cookie
    pub refresh: Option<&'a str>,
}

/// Purpose of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// The member asked for it.
    Use,
    /// The browser prefetches it (`Sec-Purpose`): it must not keep a session alive.
    Speculation,
}

/// Authenticates a request. One command to the live-session store, none for a forgery.
///
/// # Errors
/// [`AuthenticateError`]
pub async fn authenticate(
    resources: &Resources,
    presented: Presented<'_>,
    intent: Intent,
    now: OffsetDateTime,
) -> Result<Authenticated, AuthenticateError> {
    let claims =
        read_access_token(resources, presented, now).map_err(AuthenticateError::Refused)?;
    let mode = match intent {
        Intent::Use => CheckMode::Use { generation: claims.generation },
        Intent::Speculation => CheckMode::Peek,
    };
    let checked = resources.live.check(claims.session_id, mode).await;
    count(&checked);
    match checked? {
        // A record of another member does not belong to this token: fail closed.
        Checked::Live { session, .. } if session.member_id != claims.member_id => {
            Err(AuthenticateError::Refused(Refusal::Invalid))
        }
        Checked::Live { session, idle_left, .. } => {
            Ok(Authenticated { claims, session, idle_left })
        }
        Checked::Absent => Err(AuthenticateError::Refused(Refusal::NotLive)),
        Checked::Ended(reason) => Err(AuthenticateError::Refused(Refusal::Ended(reason))),
    }
}

pub(crate) fn count(checked: &Result<Checked, StoreError>) {
    if let Ok(Checked::Live { is_extended: true, .. }) = checked {
        counters::extended();
    }
    counters::checked(match checked {
        Ok(Checked::Live { .. }) => CheckResult::Ok,
        Ok(Checked::Absent) => CheckResult::Missing,
        Ok(Checked::Ended(_)) => CheckResult::Ended,
        Err(_) => CheckResult::StoreError,
    });
}

fn read_access_token(
    resources: &Resources,
    presented: Presented<'_>,
    now: OffsetDateTime,
) -> Result<AccessClaims, Refusal> {
    let Some(access) = presented.access else {
        // With only a refresh token, a refresh issues a new access token.
        let reason = presented.refresh.map_or(Refusal::NoToken, |_| Refusal::AccessExpired);
        return Err(reason);
    };
    let claims = resources.access_tokens.verify(access, now)?;
    let other_session = presented
        .refresh
        .and_then(|raw| RefreshToken::verify(raw, &resources.keys).ok())
        .is_some_and(|refresh| refresh.session_id != claims.session_id);
    // Cookies of two sessions: two log-ins may have raced. The refresh token decides; refreshing it yields one
    // consistent pair.
    if other_session {
        return Err(Refusal::AccessExpired);
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        memory::{InMemory, noon},
        session::{EndReason, Persistence, SessionId, access_token::AccessGrant},
    };

    async fn refusal(world: &InMemory, presented: Presented<'_>, now: OffsetDateTime) -> Refusal {
        match authenticate(&world.session(), presented, Intent::Use, now).await {
            Err(AuthenticateError::Refused(refusal)) => refusal,
            other => panic!("not refused: {other:?}"),
        }
    }

    #[tokio::test]
    async fn a_fresh_session_is_authenticated_with_the_live_sessions_role() {
        let (world, signed_in) = InMemory::with_browser().await;
        let who = authenticate(&world.session(), signed_in.presented(), Intent::Use, noon())
            .await
            .unwrap();
        assert_eq!(who.session.member_id, signed_in.member_id);
        assert_eq!(who.claims.session_id, signed_in.session_id);
    }

    #[tokio::test]
    async fn a_speculative_request_neither_extends_nor_records_anything() {
        let (world, signed_in) = InMemory::with_browser().await;
        let (resources, presented) = (world.session(), signed_in.presented());
        let seen = async |intent| {
            let who = authenticate(&resources, presented, intent, noon()).await.unwrap();
            who.session.newest_generation
        };
        assert_eq!(seen(Intent::Speculation).await, 0);
        assert_eq!(seen(Intent::Use).await, 1);
    }

    #[tokio::test]
    async fn without_a_token_or_with_a_forged_one_the_store_is_not_asked() {
        let world = InMemory::default();
        world.break_live_sessions();
        assert_eq!(refusal(&world, Presented::default(), noon()).await, Refusal::NoToken);
        let forged = Presented { access: Some("a.b.c"), refresh: None };
        assert_eq!(refusal(&world, forged, noon()).await, Refusal::Invalid);
    }

    #[tokio::test]
    async fn an_expired_access_token_is_distinguished_from_a_forged_one() {
        let (world, signed_in) = InMemory::with_browser().await;
        let later = noon() + Duration::from_secs(301);
        assert_eq!(refusal(&world, signed_in.presented(), later).await, Refusal::AccessExpired);
    }

    #[tokio::test]
    async fn a_wiped_store_makes_a_session_not_live_and_does_not_end_it() {
        let (world, signed_in) = InMemory::with_browser().await;
        world.wipe_live_sessions();
        assert_eq!(refusal(&world, signed_in.presented(), noon()).await, Refusal::NotLive);
    }

    #[tokio::test]
    async fn an_ended_session_says_why() {
        let (world, signed_in) = InMemory::with_browser().await;
        world.session().live.close(signed_in.session_id, EndReason::Revoked).await.unwrap();
        let refused = refusal(&world, signed_in.presented(), noon()).await;
        assert_eq!(refused, Refusal::Ended(EndReason::Revoked));
    }

    #[tokio::test]
    async fn a_failed_store_is_never_reported_as_logged_out() {
        let (world, signed_in) = InMemory::with_browser().await;
        world.break_live_sessions();
        let who = authenticate(&world.session(), signed_in.presented(), Intent::Use, noon()).await;
        assert!(matches!(who, Err(AuthenticateError::Store(_))), "{who:?}");
    }

    #[tokio::test]
    async fn an_access_token_of_another_session_than_the_refresh_token_is_ignored() {
        let (world, one) = InMemory::with_browser().await;
        let two = world.signed_in(Persistence::Browser).await;
        let mixed = Presented { access: one.presented().access, refresh: two.presented().refresh };
        assert_eq!(refusal(&world, mixed, noon()).await, Refusal::AccessExpired);
    }

    #[tokio::test]
    async fn a_token_signed_by_us_for_another_members_session_is_refused() {
        let (world, one) = InMemory::with_browser().await;
        let other = world.signed_in(Persistence::Browser).await;
        let tokens = world.session().access_tokens;
        for (member_id, session_id, expected) in [
            (other.member_id, one.session_id, Refusal::Invalid),
            (one.member_id, other.session_id, Refusal::Invalid),
            (one.member_id, SessionId::random(), Refusal::NotLive),
        ] {
            let absolute_end = noon() + Duration::from_secs(3600);
            let grant = AccessGrant { member_id, session_id, generation: 1, absolute_end };
            let forged = tokens.issue(grant, noon());
            let presented = Presented { access: Some(forged.expose()), refresh: None };
            assert_eq!(refusal(&world, presented, noon()).await, expected);
        }
    }
}

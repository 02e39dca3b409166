use std::time::Duration;

use zeroize::Zeroizing;

use super::*;
use crate::{
    memory::{InMemory, SignedInBrowser},
    session::{
        Persistence, Salt, SessionId,
        authenticate::{Intent, authenticate},
        endings::mark_and_close,
    },
};

async fn end(world: &InMemory, id: SessionId) {
    mark_and_close(&world.session(), id, EndReason::Revoked, Details::default()).await.unwrap();
}

async fn refreshed(world: &InMemory, token: &str) -> Result<IssuedTokens, RefreshError> {
    refresh(&world.session(), token, &Client::default(), world.now()).await
}

/// The end reason that a refresh returns.
async fn end_of(world: &InMemory, token: &str) -> EndReason {
    match refreshed(world, token).await {
        Err(RefreshError::Ended(reason)) => reason,
        other => panic!("not over: {other:?}"),
    }
}

#[tokio::test]
async fn a_rotation_returns_a_new_pair_that_authenticates() {
    let (world, mut browser) = InMemory::with_browser().await;
    let before = browser.refresh.clone();
    world.pass(Duration::from_secs(200));
    let tokens = refreshed(&world, &before).await.unwrap();
    assert_ne!(*tokens.refresh, before);
    browser.keep(&tokens);
    let who = authenticate(&world.session(), browser.presented(), Intent::Use, world.now())
        .await
        .unwrap();
    assert_eq!(who.claims.generation, 2);
}

#[tokio::test]
async fn refreshes_over_a_sessions_limit_are_refused_without_ending_it() {
    let (world, browser) = InMemory::with_browser().await;
    for _ in 0..30 {
        refreshed(&world, &browser.refresh).await.unwrap();
    }
    let refused = refreshed(&world, &browser.refresh).await;
    let Err(RefreshError::Limited(limited)) = refused else { panic!("{refused:?}") };
    assert_eq!(world.ended(browser.session_id), None);
    world.pass(limited.retry_after);
    refreshed(&world, &browser.refresh).await.unwrap();
}

#[tokio::test]
async fn a_forged_token_uses_up_nobodys_refreshes() {
    let (world, browser) = InMemory::with_browser().await;
    let forged = format!("{}x", browser.refresh);
    for _ in 0..50 {
        assert_matches!(refreshed(&world, &forged).await, Err(RefreshError::Invalid));
    }
    refreshed(&world, &browser.refresh).await.unwrap();
}

#[tokio::test]
async fn reusing_a_consumed_token_ends_the_session() {
    let (world, browser) = InMemory::with_browser().await;
    let mut newest = Zeroizing::new(browser.refresh.clone());
    for _ in 0..2 {
        world.pass(Duration::from_secs(200));
        newest = refreshed(&world, &newest).await.unwrap().refresh;
    }
    assert_eq!(end_of(&world, &browser.refresh).await, EndReason::Reuse);
    assert_eq!(end_of(&world, &newest).await, EndReason::Reuse);
}

#[tokio::test]
async fn a_wiped_live_session_store_logs_nobody_out() {
    let (world, mut browser) = InMemory::with_browser().await;
    world.wipe_live_sessions();
    let tokens = refreshed(&world, &browser.refresh).await.unwrap();
    browser.keep(&tokens);
    assert!(
        authenticate(&world.session(), browser.presented(), Intent::Use, world.now()).await.is_ok()
    );
}

#[tokio::test]
async fn a_wiped_live_session_store_does_not_revive_an_ended_session() {
    let (world, browser) = InMemory::with_browser().await;
    end(&world, browser.session_id).await;
    world.wipe_live_sessions();
    assert_eq!(end_of(&world, &browser.refresh).await, EndReason::Revoked);
}

#[tokio::test]
async fn an_end_that_the_database_lost_is_restored_from_its_tombstone() {
    for time in [Duration::ZERO, Duration::from_secs(3000)] {
        let (world, browser) = InMemory::with_browser().await;
        world.pass(time);
        end(&world, browser.session_id).await;
        world.lose_end(browser.session_id);
        for _ in 0..2 {
            assert_eq!(end_of(&world, &browser.refresh).await, EndReason::Revoked);
            world.wipe_live_sessions();
        }
        assert_eq!(world.ended(browser.session_id), Some(EndReason::Revoked));
    }
}

#[tokio::test]
async fn a_refresh_with_a_failed_live_session_store_consumes_nothing() {
    let (world, browser) = InMemory::with_browser().await;
    world.pass(Duration::from_secs(200));
    world.break_live_sessions();
    assert_matches!(refreshed(&world, &browser.refresh).await, Err(RefreshError::Store(_)));
    assert_eq!(world.generation_of(browser.session_id), 1);
}

#[tokio::test]
async fn a_session_past_its_absolute_end_is_over() {
    let (world, browser) = InMemory::with_browser().await;
    world.pass(Duration::from_secs(12 * 3600));
    assert_eq!(end_of(&world, &browser.refresh).await, EndReason::Absolute);
}

#[tokio::test]
async fn an_idle_session_is_over_unless_it_is_live() {
    let (world, browser) = InMemory::with_browser().await;
    let idle = Duration::from_secs(30 * 60 + 300 + 10 + 1);
    world.pass(idle);
    assert!(refreshed(&world, &browser.refresh).await.is_ok());

    let (world, browser) = InMemory::with_browser().await;
    world.pass(idle);
    world.wipe_live_sessions();
    assert_eq!(end_of(&world, &browser.refresh).await, EndReason::Idle);
}

#[tokio::test]
async fn a_token_keyed_by_another_salt_is_refused() {
    let (world, browser) = InMemory::with_browser().await;
    let resources = world.session();
    let forged = RefreshToken::issue(&resources.keys, browser.session_id, 1, &Salt::random());
    let refused = refresh(&resources, &forged, &Client::default(), world.now()).await;
    assert!(matches!(refused, Err(RefreshError::Invalid)), "{refused:?}");
}

mod confirming;
mod telling;

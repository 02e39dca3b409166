use zeroize::Zeroizing;

use super::*;
use crate::{
    authenticate::{Intent, authenticate},
    memory::{InMemory, SignedInBrowser},
    session::{Persistence, Salt},
};

const GRACE: Duration = Duration::from_secs(10);

fn row(generation: u32, rotated_seconds_ago: u64) -> RowState {
    RowState {
        generation,
        rotated_ago: Duration::from_secs(rotated_seconds_ago),
        late_replay: None,
        newest_seen: true,
    }
}

#[test]
fn the_newest_token_rotates_once_per_grace() {
    assert_eq!(decide(row(5, 11), 5, GRACE), Outcome::Rotate);
    assert_eq!(decide(row(5, 10), 5, GRACE), Outcome::Renew);
}

#[test]
fn the_previous_token_gets_its_successor_within_grace() {
    assert_eq!(decide(row(5, 10), 4, GRACE), Outcome::Replay);
}

#[test]
fn the_previous_token_after_grace_is_forgiven_once_in_twelve_generations() {
    assert_eq!(decide(row(5, 11), 4, GRACE), Outcome::LateReplay);
    for (last, outcome) in [(19, Outcome::Reuse), (8, Outcome::Reuse), (7, Outcome::LateReplay)] {
        let state = RowState { late_replay: Some(last), ..row(20, 11) };
        assert_eq!(decide(state, 19, GRACE), outcome, "{last}");
    }
}

#[test]
fn a_repeated_late_replay_is_forgiven_while_its_answer_was_not_seen() {
    let unseen = RowState { late_replay: Some(20), newest_seen: false, ..row(20, 11) };
    assert_eq!(decide(unseen, 19, GRACE), Outcome::LateReplay);
    let seen = RowState { newest_seen: true, ..unseen };
    assert_eq!(decide(seen, 19, GRACE), Outcome::Reuse);
}

#[test]
fn an_older_token_is_reuse_even_within_grace() {
    for presented in 1..=3 {
        assert_eq!(decide(row(5, 1), presented, GRACE), Outcome::Reuse);
        assert_eq!(decide(row(5, 1000), presented, GRACE), Outcome::Reuse);
    }
}

#[test]
fn a_token_ahead_of_its_row_is_believed_up_to_a_bound() {
    assert_eq!(decide(row(5, 1000), 6, GRACE), Outcome::Ahead);
    assert_eq!(decide(row(5, 0), 37, GRACE), Outcome::Ahead);
    assert_eq!(decide(row(5, 0), 38, GRACE), Outcome::TooFarAhead);
    assert_eq!(decide(row(5, 0), u32::MAX, GRACE), Outcome::TooFarAhead);
}

async fn signed_in() -> (InMemory, SignedInBrowser) {
    let world = InMemory::default();
    let browser = world.signed_in(Persistence::Browser).await;
    (world, browser)
}

#[tokio::test]
async fn a_rotation_answers_a_new_pair_that_authenticates() {
    let (world, mut browser) = signed_in().await;
    let before = browser.refresh.clone();
    world.pass(Duration::from_secs(200));
    let tokens = refresh(&world.ports(), &before, world.now()).await.unwrap();
    assert_ne!(*tokens.refresh, before);
    browser.keep(&tokens);
    let who =
        authenticate(&world.ports(), browser.presented(), Intent::Use, world.now()).await.unwrap();
    assert_eq!(who.claims.generation, 2);
}

#[tokio::test]
async fn two_tabs_that_race_get_the_same_successor() {
    let (world, browser) = signed_in().await;
    world.pass(Duration::from_secs(200));
    let one = refresh(&world.ports(), &browser.refresh, world.now()).await.unwrap();
    world.pass(Duration::from_secs(9));
    let two = refresh(&world.ports(), &browser.refresh, world.now()).await.unwrap();
    assert_eq!(one.refresh, two.refresh);
}

#[tokio::test]
async fn reusing_a_consumed_token_ends_the_session() {
    let (world, browser) = signed_in().await;
    let mut newest = Zeroizing::new(browser.refresh.clone());
    for _ in 0..2 {
        world.pass(Duration::from_secs(200));
        newest = refresh(&world.ports(), &newest, world.now()).await.unwrap().refresh;
    }
    let refused = refresh(&world.ports(), &browser.refresh, world.now()).await;
    assert!(matches!(refused, Err(RefreshError::Ended(EndReason::Reuse))), "{refused:?}");
    let refused = refresh(&world.ports(), &newest, world.now()).await;
    assert!(matches!(refused, Err(RefreshError::Ended(EndReason::Reuse))), "{refused:?}");
}

#[tokio::test]
async fn a_lost_answer_is_forgiven_and_does_not_log_out() {
    let (world, browser) = signed_in().await;
    world.pass(Duration::from_secs(200));
    let lost = refresh(&world.ports(), &browser.refresh, world.now()).await.unwrap();
    world.pass(Duration::from_secs(600));
    let again = refresh(&world.ports(), &browser.refresh, world.now()).await.unwrap();
    assert_eq!(lost.refresh, again.refresh);
}

#[tokio::test]
async fn a_wiped_front_desk_logs_nobody_out() {
    let (world, mut browser) = signed_in().await;
    world.wipe_live_sessions();
    let tokens = refresh(&world.ports(), &browser.refresh, world.now()).await.unwrap();
    browser.keep(&tokens);
    assert!(
        authenticate(&world.ports(), browser.presented(), Intent::Use, world.now()).await.is_ok()
    );
}

#[tokio::test]
async fn a_wiped_front_desk_brings_no_ended_session_back() {
    let (world, browser) = signed_in().await;
    end_session(&world.ports(), browser.session_id, EndReason::Revoked).await.unwrap();
    world.wipe_live_sessions();
    let refused = refresh(&world.ports(), &browser.refresh, world.now()).await;
    assert!(matches!(refused, Err(RefreshError::Ended(EndReason::Revoked))), "{refused:?}");
}

#[tokio::test]
async fn a_failed_front_desk_consumes_nothing() {
    let (world, browser) = signed_in().await;
    world.pass(Duration::from_secs(200));
    world.break_live_sessions();
    let refused = refresh(&world.ports(), &browser.refresh, world.now()).await;
    assert!(matches!(refused, Err(RefreshError::Store(_))), "{refused:?}");
    let row = world.ports().sessions.find(browser.session_id).await.unwrap().unwrap();
    assert_eq!(row.generation, 1);
}

#[tokio::test]
async fn a_session_past_its_absolute_end_is_over() {
    let (world, browser) = signed_in().await;
    world.pass(Duration::from_secs(12 * 3600));
    let refused = refresh(&world.ports(), &browser.refresh, world.now()).await;
    assert!(matches!(refused, Err(RefreshError::Ended(EndReason::Absolute))), "{refused:?}");
}

#[tokio::test]
async fn an_idle_session_is_over_unless_the_front_desk_knows_better() {
    let (world, browser) = signed_in().await;
    let idle = Duration::from_secs(30 * 60 + 300 + 10 + 1);
    world.pass(idle);
    assert!(refresh(&world.ports(), &browser.refresh, world.now()).await.is_ok());

    let (world, browser) = signed_in().await;
    world.pass(idle);
    world.wipe_live_sessions();
    let refused = refresh(&world.ports(), &browser.refresh, world.now()).await;
    assert!(matches!(refused, Err(RefreshError::Ended(EndReason::Idle))), "{refused:?}");
}

#[tokio::test]
async fn a_token_keyed_by_another_salt_is_refused() {
    let (world, browser) = signed_in().await;
    let ports = world.ports();
    let forged = RefreshToken::issue(&ports.keys, browser.session_id, 1, &Salt::random());
    let refused = refresh(&ports, &forged, world.now()).await;
    assert!(matches!(refused, Err(RefreshError::Invalid)), "{refused:?}");
}

#[tokio::test]
async fn a_changed_role_is_live_after_the_next_refresh() {
    let (world, mut browser) = signed_in().await;
    world.make_admin(browser.member_id);
    let tokens = refresh(&world.ports(), &browser.refresh, world.now()).await.unwrap();
    browser.keep(&tokens);
    let who =
        authenticate(&world.ports(), browser.presented(), Intent::Use, world.now()).await.unwrap();
    assert_eq!(who.session.role, crate::member::Role::Admin);
}

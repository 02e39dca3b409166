//! The one conditional statement with which each refresh ends.

use std::time::Duration;

use domain::{
    ports::{Advance, Advanced, Sessions},
    session::{Client, EndReason, SessionId, SessionRow, rotation::Move},
};

use super::{
    super::database::fresh_database, advance, find, listed, make_admins, make_old, same_browser,
    started,
};

/// Every move of a row of generation 1, and the generation that it answers.
const EVERY_MOVE: [(Move, u32); 5] = [
    (Move::Rotate, 2),
    (Move::LateReplay, 1),
    (Move::Ahead, 9),
    (Move::Renew, 1),
    (Move::Replay, 1),
];

#[tokio::test]
async fn twenty_rotations_of_one_generation_at_once_are_one() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    let all: Vec<_> = (0..20)
        .map(|_| {
            let sessions = sessions.clone();
            let row = row.clone();
            tokio::spawn(async move { advance(&sessions, &row, Move::Rotate, 2).await })
        })
        .collect();
    let mut rotated = 0;
    for one in all {
        rotated += usize::from(one.await.unwrap() == Advanced::Done);
    }
    assert_eq!(rotated, 1);
    assert_eq!(find(&sessions, row.id).await.generation, 2);
}

#[tokio::test]
async fn each_advance_moves_generation_and_mark_and_restarts_both_ages() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    for (by, from, generation, late_replay) in [
        (Move::Rotate, 1, 2, None),
        (Move::LateReplay, 2, 2, Some(2)),
        (Move::Ahead, 2, 30, Some(2)),
        (Move::Rotate, 30, 31, Some(2)),
    ] {
        make_old(&db.pool, row.id).await;
        let read = find(&sessions, row.id).await;
        assert_eq!(read.generation, from, "{by:?}");
        let advanced = advance(&sessions, &read, by, generation).await;
        assert_eq!(advanced, Advanced::Done, "{by:?}");
        let read = find(&sessions, row.id).await;
        assert_eq!((read.generation, read.late_replay), (generation, late_replay), "{by:?}");
        let fresh = Duration::from_secs(60);
        assert!(read.rotated_ago < fresh && read.seen_ago < fresh, "{by:?}");
    }
}

#[tokio::test]
async fn renewing_writes_nothing_and_replaying_only_that_it_was_seen() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    make_old(&db.pool, row.id).await;
    let long_ago = Duration::from_secs(3000);
    for (by, is_seen) in [(Move::Renew, false), (Move::Replay, true)] {
        assert_eq!(advance(&sessions, &row, by, 1).await, Advanced::Done, "{by:?}");
        let read = find(&sessions, row.id).await;
        assert_eq!(read.generation, 1);
        assert!(read.rotated_ago > long_ago, "{by:?} begins no grace");
        assert_eq!(read.seen_ago < long_ago, is_seen, "{by:?}");
    }
}

#[tokio::test]
async fn what_was_replayed_meanwhile_is_not_answered_late_as_it_was_read() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    make_old(&db.pool, row.id).await;
    let read = find(&sessions, row.id).await;
    assert_eq!(advance(&sessions, &read, Move::Replay, 1).await, Advanced::Done);
    assert_eq!(advance(&sessions, &read, Move::LateReplay, 1).await, Advanced::Not);
    for by in [Move::Renew, Move::Replay] {
        assert_eq!(advance(&sessions, &read, by, 1).await, Advanced::Done, "{by:?}");
    }
}

#[tokio::test]
async fn replays_from_another_address_or_browser_are_counted_for_the_member_to_see() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    let elsewhere = Client { ip: Some([198, 51, 100, 1].into()), ..same_browser() };
    let another = Client { user_agent: "another browser".into(), ..same_browser() };
    let replay = |by, client| {
        let sessions = sessions.clone();
        async move {
            let row = &find(&sessions, row.id).await;
            sessions.advance(Advance { row, by, answered: 1, client }).await.unwrap()
        }
    };
    assert_eq!(replay(Move::Replay, &elsewhere).await, Advanced::DoneFromElsewhere);
    assert_eq!(replay(Move::LateReplay, &another).await, Advanced::DoneFromElsewhere);
    assert_eq!(replay(Move::Renew, &elsewhere).await, Advanced::Done);
    assert_eq!(replay(Move::Replay, &same_browser()).await, Advanced::Done);
    let before = listed(&sessions, row.member_id).await;
    assert_eq!((before.replays_from_elsewhere, before.client), (2, same_browser()));

    let row = &find(&sessions, row.id).await;
    let moved = Advance { row, by: Move::Rotate, answered: 2, client: &elsewhere };
    assert_eq!(sessions.advance(moved).await.unwrap(), Advanced::Done);
    assert_eq!(listed(&sessions, row.member_id).await.client, elsewhere);
}

#[tokio::test]
async fn a_row_that_moved_on_or_ended_does_not_advance() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    for (by, to) in EVERY_MOVE {
        let moved_on = SessionRow { generation: 2, ..row.clone() };
        let nobodys = SessionRow { id: SessionId::random(), ..row.clone() };
        for other in [moved_on, nobodys] {
            let advanced = advance(&sessions, &other, by, to.max(other.generation)).await;
            assert_eq!(advanced, Advanced::Not, "{by:?}");
        }
    }
    assert_eq!(advance(&sessions, &row, Move::Ahead, 1).await, Advanced::Not);
    sessions.end(row.id, EndReason::Logout).await.unwrap();
    for (by, to) in EVERY_MOVE {
        assert_eq!(advance(&sessions, &row, by, to).await, Advanced::Not, "{by:?}");
    }
    let generation: i64 =
        sqlx::query_scalar("select generation from sessions").fetch_one(&db.pool).await.unwrap();
    assert_eq!(generation, 1);
}

#[tokio::test]
async fn a_row_whose_member_has_another_role_by_now_does_not_advance() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    make_admins(&db.pool).await;
    for (by, to) in EVERY_MOVE {
        assert_eq!(advance(&sessions, &row, by, to).await, Advanced::Not, "{by:?}");
    }
    let read = find(&sessions, row.id).await;
    assert_eq!(read.generation, 1);
    assert_eq!(advance(&sessions, &read, Move::Rotate, 2).await, Advanced::Done);
}

#[tokio::test]
async fn of_late_replays_at_once_one_is_forgiven_and_the_others_are_decided_again() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    let mut done = 0;
    for _ in 0..3 {
        done += usize::from(advance(&sessions, &row, Move::LateReplay, 1).await == Advanced::Done);
    }
    assert_eq!(done, 1);
}

//! The ends of session rows: the first reason stands.

use std::time::Duration;

use domain::{
    ports::{Advanced, Ending, Sessions},
    rotation::Move,
    session::{EndReason, SessionId},
};

use super::{
    super::database::fresh_database, advance, ended, find, make_old, new_session, run, started,
};

#[tokio::test]
async fn a_session_that_was_brought_on_meanwhile_is_not_ended_by_what_was_read_before() {
    let db = fresh_database().await;
    let (sessions, before) = started(&db).await;
    for (by, to) in [(Move::Replay, 1), (Move::LateReplay, 1), (Move::Rotate, 2)] {
        make_old(&db.pool, before.id).await;
        let read = find(&sessions, before.id).await;
        assert_eq!(advance(&sessions, &read, by, to).await, Advanced::Done);
        for reason in [EndReason::Idle, EndReason::Reuse] {
            assert!(!sessions.end_as_read(&read, reason).await.unwrap(), "{by:?}");
        }
    }
    let read = find(&sessions, before.id).await;
    assert!(sessions.end_as_read(&read, EndReason::Idle).await.unwrap());
    assert_eq!(ended(&sessions, read.id).await, Some(EndReason::Idle));
    assert!(!sessions.end_as_read(&read, EndReason::Reuse).await.unwrap());
}

#[tokio::test]
async fn the_first_end_reason_stands() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    assert_eq!(sessions.end(row.id, EndReason::Revoked).await.unwrap(), Some(Ending::Now));
    for reason in [EndReason::Logout, EndReason::Revoked, EndReason::Reuse] {
        let before = Ending::Before(EndReason::Revoked);
        assert_eq!(sessions.end(row.id, reason).await.unwrap(), Some(before));
    }
    assert_eq!(ended(&sessions, row.id).await, Some(EndReason::Revoked));
    assert_eq!(sessions.end(SessionId::random(), EndReason::Logout).await.unwrap(), None);
}

#[tokio::test]
async fn every_end_reason_can_be_kept() {
    let db = fresh_database().await;
    let (sessions, first) = started(&db).await;
    for reason in EndReason::ALL {
        let row = sessions.start(&new_session(first.member_id)).await.unwrap().unwrap();
        sessions.end(row.id, reason).await.unwrap();
        assert_eq!(ended(&sessions, row.id).await, Some(reason));
    }
}

#[tokio::test]
async fn ends_at_once_agree_on_one_reason() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    let all: Vec<_> = EndReason::ALL
        .into_iter()
        .map(|reason| {
            let sessions = sessions.clone();
            let id = row.id;
            tokio::spawn(async move {
                let ending = sessions.end(id, reason).await.unwrap().unwrap();
                (ending == Ending::Now, ending.standing(reason))
            })
        })
        .collect();
    let mut answered = Vec::new();
    for one in all {
        answered.push(one.await.unwrap());
    }
    let stands = ended(&sessions, row.id).await.unwrap();
    assert!(answered.iter().all(|(_, reason)| *reason == stands), "{answered:?}");
    assert_eq!(answered.iter().filter(|(ended_now, _)| *ended_now).count(), 1);
}

#[tokio::test]
async fn a_member_ends_their_own_sessions_alone() {
    let db = fresh_database().await;
    let (sessions, mine) = started(&db).await;
    let (_, theirs) = started(&db).await;
    let refused = sessions.end_of(mine.member_id, theirs.id, EndReason::Revoked).await.unwrap();
    assert_eq!(refused, None);
    assert_eq!(ended(&sessions, theirs.id).await, None);
    let ending = sessions.end_of(theirs.member_id, theirs.id, EndReason::Revoked).await.unwrap();
    assert_eq!(ending, Some(Ending::Now));

    let second = sessions.start(&new_session(mine.member_id)).await.unwrap().unwrap();
    let others = sessions.end_others_of(mine.member_id, second.id, EndReason::Revoked).await;
    assert_eq!(others.unwrap(), [mine.id]);
    assert_eq!(ended(&sessions, second.id).await, None);
}

#[tokio::test]
async fn what_ended_lately_is_found_and_what_ended_before_is_not() {
    let db = fresh_database().await;
    let (sessions, lately) = started(&db).await;
    let before = sessions.start(&new_session(lately.member_id)).await.unwrap().unwrap();
    for id in [lately.id, before.id] {
        sessions.end(id, EndReason::Logout).await.unwrap();
    }
    run(
        &db.pool,
        "update sessions set ended_at = now() - interval '10 minutes' where id = $1",
        before.id,
    )
    .await;
    let found = sessions.ended_within(Duration::from_secs(300)).await.unwrap();
    assert_eq!(found, [(lately.id, EndReason::Logout)]);
}

#[tokio::test]
async fn all_sessions_of_everybody_end_at_once_and_the_reasons_that_stand_stay() {
    let db = fresh_database().await;
    let (sessions, one) = started(&db).await;
    let (_, two) = started(&db).await;
    sessions.end(one.id, EndReason::Logout).await.unwrap();
    assert_eq!(sessions.end_all(EndReason::Revoked).await.unwrap(), 1);
    assert_eq!(ended(&sessions, one.id).await, Some(EndReason::Logout));
    assert_eq!(ended(&sessions, two.id).await, Some(EndReason::Revoked));
}

//! The ends of session rows: the first reason stands.

use std::{collections::HashSet, time::Duration};

use domain::{
    ports::{Advanced, Affected, EndedQuery, EndedSession, Ending, Ends, Sessions},
    session::{EndReason, SessionId, rotation::Move},
};
use server::postgres::PgSessions;

use super::{
    super::database::fresh_database, MANY, advance, ended, find, make_old, new_session, run,
    started,
};

async fn ended_lately(
    sessions: &PgSessions,
    ends: Ends,
    after: Option<EndedSession>,
    limit: u32,
) -> Vec<EndedSession> {
    let within = Duration::from_secs(300);
    sessions.ended(EndedQuery { ends, within, after, limit }).await.unwrap()
}

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
    for reason in EndReason::ALL.iter().copied() {
        let row = sessions.start(&new_session(first.member_id), MANY).await.unwrap().unwrap().row;
        sessions.end(row.id, reason).await.unwrap();
        assert_eq!(ended(&sessions, row.id).await, Some(reason));
    }
}

#[tokio::test]
async fn ends_at_once_agree_on_one_reason() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    let all: Vec<_> = EndReason::ALL
        .iter()
        .copied()
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

    let second = sessions.start(&new_session(mine.member_id), MANY).await.unwrap().unwrap().row;
    let others = sessions.end_others_of(mine.member_id, second.id, EndReason::Revoked).await;
    assert_eq!(others.unwrap(), Affected { count: 1, named: vec![mine.id] });
    assert_eq!(ended(&sessions, second.id).await, None);
}

#[tokio::test]
async fn what_ended_lately_is_found_and_what_ended_before_is_not() {
    let db = fresh_database().await;
    let (sessions, lately) = started(&db).await;
    let before = sessions.start(&new_session(lately.member_id), MANY).await.unwrap().unwrap().row;
    for id in [lately.id, before.id] {
        sessions.end(id, EndReason::Logout).await.unwrap();
    }
    run(
        &db.pool,
        "update sessions set ended_at = now() - interval '10 minutes' where id = $1",
        before.id,
    )
    .await;
    for ends in [Ends::Unclosed, Ends::All] {
        let found = ended_lately(&sessions, ends, None, 10).await;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].id, found[0].reason), (lately.id, EndReason::Logout));
    }
}

#[tokio::test]
async fn what_is_noted_to_be_closed_is_not_asked_for_again_but_with_all() {
    let db = fresh_database().await;
    let (sessions, open) = started(&db).await;
    let over = sessions.start(&new_session(open.member_id), MANY).await.unwrap().unwrap().row;
    sessions.end(over.id, EndReason::Logout).await.unwrap();
    // An open one cannot be closed, whoever says so.
    sessions.note_closed(&[open.id, over.id, SessionId::random()]).await.unwrap();
    assert!(ended_lately(&sessions, Ends::Unclosed, None, 10).await.is_empty());
    assert_eq!(ended_lately(&sessions, Ends::All, None, 10).await.len(), 1);
    sessions.end(open.id, EndReason::Logout).await.unwrap();
    assert_eq!(ended_lately(&sessions, Ends::Unclosed, None, 10).await[0].id, open.id);
}

#[tokio::test]
async fn what_ended_is_read_in_parts_without_a_gap_though_it_ended_at_one_moment() {
    let db = fresh_database().await;
    let (sessions, first) = started(&db).await;
    for _ in 0..6 {
        sessions.start(&new_session(first.member_id), MANY).await.unwrap();
    }
    assert_eq!(sessions.end_all(EndReason::Revoked).await.unwrap(), 7);
    let (mut all, mut after) = (HashSet::new(), None);
    for size in [3, 3, 1, 0] {
        let part = ended_lately(&sessions, Ends::Unclosed, after, 3).await;
        assert_eq!(part.len(), size);
        all.extend(part.iter().map(|it| it.id));
        after = part.last().copied().or(after);
    }
    assert_eq!(all.len(), 7);
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

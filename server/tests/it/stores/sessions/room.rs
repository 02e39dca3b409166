//! How many sessions a member may have open.

use domain::{ports::Sessions, session::EndReason};
use tokio::task::JoinSet;

use super::{super::database::fresh_database, MANY, ended, new_session, run, started};

#[tokio::test]
async fn a_session_beyond_the_bound_ends_the_oldest_and_names_it() {
    let db = fresh_database().await;
    let (sessions, oldest) = started(&db).await;
    let (_, stranger) = started(&db).await;
    let second = sessions.start(&new_session(oldest.member_id), 2).await.unwrap().unwrap();
    assert_eq!(second.displaced, []);
    let third = sessions.start(&new_session(oldest.member_id), 2).await.unwrap().unwrap();
    assert_eq!(third.displaced, [oldest.id]);
    assert_eq!(ended(&sessions, oldest.id).await, Some(EndReason::Revoked));
    for id in [second.row.id, third.row.id, stranger.id] {
        assert_eq!(ended(&sessions, id).await, None);
    }
}

#[tokio::test]
async fn what_is_past_its_time_makes_room_before_what_is_older() {
    let db = fresh_database().await;
    let (sessions, older) = started(&db).await;
    let start = async |max| sessions.start(&new_session(older.member_id), max).await.unwrap();
    for past_its_time in [
        "update sessions set last_seen_at = now() - interval '1 hour' where id = $1",
        "update sessions
         set created_at = now() - interval '1 second', absolute_end = now()
         where id = $1",
    ] {
        let over = start(MANY).await.unwrap().row.id;
        run(&db.pool, past_its_time, over).await;
        let new = start(2).await.unwrap();
        assert_eq!(new.displaced, [over]);
        assert_eq!(ended(&sessions, older.id).await, None);
        sessions.end(new.row.id, EndReason::Logout).await.unwrap();
    }
}

#[tokio::test]
async fn log_ins_at_once_never_leave_more_than_the_bound_and_none_is_ended_by_itself() {
    let db = fresh_database().await;
    let (sessions, first) = started(&db).await;
    let mut starting = JoinSet::new();
    for _ in 0..20 {
        let (sessions, new) = (sessions.clone(), new_session(first.member_id));
        starting.spawn(async move { sessions.start(&new, 5).await.unwrap().unwrap() });
    }
    for started in starting.join_all().await {
        assert!(!started.displaced.contains(&started.row.id));
    }
    let open: i64 = sqlx::query_scalar("select count(*) from sessions where ended_at is null")
        .fetch_one(&db.pool)
        .await
        .unwrap();
    assert_eq!(open, 5);
}

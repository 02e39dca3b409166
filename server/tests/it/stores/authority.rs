//! Changes of passwords and deletions in Postgres: tests of locks and columns. The rules are in `rows`.

use domain::{
    account::ports::Authority,
    session::{EndReason, ports::Sessions},
};
use server::postgres::{PgAuthority, PgSessions};

use super::{
    add_member,
    database::fresh_database,
    hash,
    rows::{MANY, new_session},
    some_email,
};

#[tokio::test]
async fn a_change_of_password_also_ends_the_session_of_a_concurrent_log_in() {
    let db = fresh_database().await;
    let member = add_member(&db, &some_email()).await;
    let new = new_session(member);
    // A log-in that locks the member's row, as `start` does until its session exists.
    let mut log_in = db.pool.begin().await.unwrap();
    sqlx::query("select id from members for share").execute(&mut *log_in).await.unwrap();
    sqlx::query(
        "insert into sessions (id, member_id, salt, absolute_end, idle_seconds, remembered)
         values ($1, $2, $3, now() + interval '1 hour', 1800, false)",
    )
    .bind(new.id.0)
    .bind(member.0)
    .bind(&new.salt.0[..])
    .execute(&mut *log_in)
    .await
    .unwrap();

    let authority = PgAuthority::new(db.database.clone());
    let changing = tokio::spawn(async move {
        authority.change_password(member, &hash("first"), &hash("second")).await
    });
    let waits = "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&db.pool).await.unwrap() == 0 {
        assert!(!changing.is_finished(), "the change did not wait");
    }
    log_in.commit().await.unwrap();
    assert_eq!(changing.await.unwrap().unwrap().unwrap().ended.named, [new.id]);
    let row = PgSessions::new(db.database.clone()).find(new.id).await.unwrap().unwrap();
    assert_eq!(row.ended(), Some(EndReason::PasswordChanged));
}

#[tokio::test]
async fn a_deleted_members_sessions_keep_only_their_end() {
    let db = fresh_database().await;
    let member = add_member(&db, &some_email()).await;
    PgSessions::new(db.database.clone()).start(&new_session(member), MANY).await.unwrap().unwrap();
    PgAuthority::new(db.database.clone()).delete(member, &hash("first")).await.unwrap().unwrap();
    let traces: i64 = sqlx::query_scalar(
        "select count(*) from sessions
         where member_id is not null or user_agent <> '' or ip is not null",
    )
    .fetch_one(&db.pool)
    .await
    .unwrap();
    assert_eq!(traces, 0);
}

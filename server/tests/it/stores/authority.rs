//! Changes of passwords and deletions in Postgres: tests of locks and columns. The rules are in `rows`.

use domain::{
    account::ports::{Authority, Confirmations},
    session::{EndReason, ports::Sessions},
};
use server::postgres::{PgAuthority, PgConfirmations, PgSessions};
use tokio::task::JoinHandle;

use super::{
    add_member,
    database::{TestDatabase, fresh_database},
    hash, new_confirmation,
    rows::{MANY, new_session},
    some_email,
};

/// Returns once the change waits for a lock.
async fn it_waits<T>(db: &TestDatabase, changing: &JoinHandle<T>) {
    let waits = "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&db.pool).await.unwrap() == 0 {
        assert!(!changing.is_finished(), "the change did not wait");
    }
}

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
    it_waits(&db, &changing).await;
    log_in.commit().await.unwrap();
    assert_eq!(changing.await.unwrap().unwrap().unwrap().ended.named, [new.id]);
    let row = PgSessions::new(db.database.clone()).find(new.id).await.unwrap().unwrap();
    assert_eq!(row.ended(), Some(EndReason::PasswordChanged));
}

#[tokio::test]
async fn neither_a_change_of_password_nor_a_deletion_deadlocks_with_a_sign_up_being_completed() {
    for deletes in [false, true] {
        let db = fresh_database().await;
        let address = some_email();
        let member = add_member(&db, &address).await;
        let confirmations = PgConfirmations::new(db.database.clone());
        confirmations.insert(&new_confirmation(&address)).await.unwrap();
        // As `complete` does, whose insertion waits for whoever has written the member's row.
        let mut completing = db.pool.begin().await.unwrap();
        let lock = "select id from confirmations for update";
        sqlx::query(lock).execute(&mut *completing).await.unwrap();

        let authority = PgAuthority::new(db.database.clone());
        let changing = tokio::spawn(async move {
            let (old, new) = (hash("first"), hash("second"));
            if deletes {
                authority.delete(member, &old).await.map(|done| done.is_some())
            } else {
                authority.change_password(member, &old, &new).await.map(|done| done.is_some())
            }
        });
        it_waits(&db, &changing).await;
        let insertion = "insert into members (id, email, display_name, locale, password_hash)
                         select id, email, display_name, locale, password_hash from confirmations
                         on conflict (lower(email)) do nothing";
        sqlx::query(insertion).execute(&mut *completing).await.unwrap();
        completing.commit().await.unwrap();
        assert!(changing.await.unwrap().unwrap(), "{deletes}");
    }
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

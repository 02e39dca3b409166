//! Migrations and the schema.

use domain::account::ports::Members;
use server::postgres::{PgMembers, connect, is_migrated, migrate, ping};
use tokio::{io::AsyncReadExt, net::TcpListener};

use super::{
    database::{drop_database, fresh_database, missing_database},
    some_email,
};

#[tokio::test]
async fn migrating_creates_a_missing_database_and_can_be_repeated() {
    let url = missing_database();
    let database = connect(&url).unwrap();
    assert!(!is_migrated(&database).await.unwrap());
    for _ in 0..2 {
        migrate(&url).await.unwrap();
        assert!(is_migrated(&database).await.unwrap());
    }
    ping(&database).await.unwrap();
    database.close().await;
    drop_database(&url).await;
}

#[tokio::test]
async fn concurrent_migrations_wait_for_each_other() {
    let url = missing_database();
    let all = (0..5).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { migrate(&url).await })
    });
    for migrated in all.collect::<Vec<_>>() {
        migrated.await.unwrap().unwrap();
    }
    drop_database(&url).await;
}

#[tokio::test]
async fn a_database_without_the_newest_migration_is_detected() {
    let db = fresh_database().await;
    migrate(&db.url).await.unwrap();
    assert!(is_migrated(&db.database).await.unwrap());
    sqlx::query(
        "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)",
    )
    .execute(&db.pool)
    .await
    .unwrap();
    assert!(!is_migrated(&db.database).await.unwrap());
}

#[tokio::test]
async fn an_index_that_was_being_built_when_a_migration_was_interrupted_is_built_again() {
    // Either the server has finished it nonetheless, or it is left unfinished.
    for is_finished in [true, false] {
        let db = fresh_database().await;
        let run = async |statement: &'static str| {
            sqlx::query(statement).bind(is_finished).execute(&db.pool).await.unwrap();
        };
        run("delete from _sqlx_migrations
             where description = 'sessions by latest end' and $1 is not null")
        .await;
        run("update pg_index set indisvalid = $1
             where indexrelid = 'sessions_by_latest_end'::regclass")
        .await;
        migrate(&db.url).await.unwrap();
        assert!(is_migrated(&db.database).await.unwrap());
        let is_valid = "select indisvalid from pg_index
                        where indexrelid = 'sessions_by_latest_end'::regclass";
        let is_valid: bool = sqlx::query_scalar(is_valid).fetch_one(&db.pool).await.unwrap();
        assert!(is_valid, "{is_finished}");
    }
}

#[tokio::test]
async fn a_database_newer_than_the_program_is_accepted_and_left_as_it_is() {
    let db = fresh_database().await;
    sqlx::query(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (99990101000000, 'of a newer release', true, '', 0)",
    )
    .execute(&db.pool)
    .await
    .unwrap();
    assert!(is_migrated(&db.database).await.unwrap());
    migrate(&db.url).await.unwrap();
}

#[tokio::test]
async fn every_constraint_has_a_name_of_its_own() {
    let db = fresh_database().await;
    // Postgres' default names end in _check, _check1 and so on.
    let unnamed: Vec<String> = sqlx::query_scalar(
        "select conname::text from pg_constraint
         where connamespace = 'public'::regnamespace and contype = 'c' and conname ~ '_check[0-9]*$'",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert_eq!(unnamed, Vec::<String>::new());
}

#[tokio::test]
async fn connections_have_statement_timeouts_and_an_application_name() {
    let db = fresh_database().await;
    for (setting, expected) in [
        ("statement_timeout", "700ms"),
        ("lock_timeout", "600ms"),
        ("idle_in_transaction_session_timeout", "5s"),
        ("application_name", "genkan"),
    ] {
        let value: String = sqlx::query_scalar("select current_setting($1)")
            .bind(setting)
            .fetch_one(&db.database)
            .await
            .unwrap();
        assert_eq!(value, expected, "{setting}");
    }
}

#[tokio::test]
async fn a_connections_startup_message_is_accepted_by_pgbouncer() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("postgres://genkan@127.0.0.1:{port}/genkan?sslmode=disable");
    let database = connect(&url).unwrap();
    let connecting = tokio::spawn(async move { ping(&database).await });
    let (mut stream, _) = listener.accept().await.unwrap();
    let length = stream.read_u32().await.unwrap();
    let mut message = vec![0; usize::try_from(length).unwrap() - 4];
    stream.read_exact(&mut message).await.unwrap();
    connecting.abort();
    // The version, then names and values, each zero-terminated.
    let words = message[4..].split(|byte| *byte == 0).map(|word| str::from_utf8(word).unwrap());
    let mut names: Vec<_> = words.step_by(2).filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    let tracked =
        ["DateStyle", "TimeZone", "application_name", "client_encoding", "database", "user"];
    assert_eq!(names, tracked);
}

#[tokio::test]
async fn an_unknown_role_in_a_members_row_is_an_error() {
    let db = fresh_database().await;
    let address = some_email();
    let id = super::add_member(&db, &address).await;
    sqlx::raw_sql(
        "alter table members drop constraint members_role_known; update members set role = 'root'",
    )
    .execute(&db.pool)
    .await
    .unwrap();
    assert!(PgMembers::new(db.database.clone()).find(id).await.is_err());
}

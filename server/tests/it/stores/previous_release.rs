//! The previous release on the tables of this one, as while both serve: migrations expand first, and contract a release
//! later. `server/previous_release` has that release's queries and the names of its migrations.

mod schema;

use std::fs;

use sqlx::{
    AssertSqlSafe, Column, Executor, PgPool, SqlSafeStr, Statement,
    postgres::{PgStatement, PgTypeInfo},
};

use self::schema::{Schema, hazards};
use super::database::{TestDatabase, empty_database, fresh_database};

const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/previous_release");

/// The previous release's queries.
fn queries() -> Vec<String> {
    let files = fs::read_dir(format!("{RECORD}/queries")).unwrap();
    let query = |file: fs::DirEntry| -> String {
        let text = fs::read_to_string(file.path()).unwrap();
        let query: serde_json::Value = serde_json::from_str(&text).unwrap();
        query["query"].as_str().unwrap().to_owned()
    };
    files.map(|file| query(file.unwrap())).collect()
}

/// A database with the previous release's tables.
async fn previous_database() -> TestDatabase {
    let names = fs::read_to_string(format!("{RECORD}/migrations.txt")).unwrap();
    let known: Vec<i64> =
        names.lines().map(|name| name.split_once('_').unwrap().0.parse().unwrap()).collect();
    let database = empty_database().await;
    let migrations = sqlx::migrate!("../migrations");
    for version in known {
        let migration = migrations.iter().find(|it| it.version == version);
        let sql = migration.expect("a released migration is never removed").sql.clone();
        sqlx::raw_sql(sql).execute(&database.pool).await.unwrap();
    }
    database
}

/// The types of a query's parameters, and the names and types of its columns.
type Shape = (Vec<PgTypeInfo>, Vec<(String, PgTypeInfo)>);

async fn shape(pool: &PgPool, query: &str) -> Result<Shape, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let query = AssertSqlSafe(query.to_owned()).into_sql_str();
    let statement: PgStatement = (&mut *connection).prepare(query).await?;
    let parameters = statement.parameters().and_then(|it| it.left().map(<[_]>::to_vec));
    let columns = statement.columns().iter();
    let columns = columns.map(|it| (it.name().to_owned(), it.type_info().clone())).collect();
    Ok((parameters.unwrap_or_default(), columns))
}

/// The previous release's queries that fail on `after`, or take or return something else than on `before`.
async fn broken_queries(before: &PgPool, after: &PgPool) -> Vec<String> {
    let mut broken = Vec::new();
    for query in queries() {
        let expected = shape(before, &query).await.unwrap();
        match shape(after, &query).await {
            Ok(shape) if shape == expected => {}
            Ok(shape) => broken.push(format!("{query}\n{expected:?} became {shape:?}")),
            Err(error) => broken.push(format!("{query}\n{error}")),
        }
    }
    broken
}

#[tokio::test]
async fn every_query_of_the_previous_release_is_valid_on_the_tables_of_this_one() {
    let (before, after) = (previous_database().await, fresh_database().await);
    assert!(queries().len() > 40, "its queries are recorded");
    assert_eq!(broken_queries(&before.pool, &after.pool).await, Vec::<String>::new());
}

#[tokio::test]
async fn tables_of_this_release_accept_every_row_that_the_previous_one_writes() {
    let (before, after) = (previous_database().await, fresh_database().await);
    let (before, after) = (Schema::of(&before.pool).await, Schema::of(&after.pool).await);
    assert_eq!(hazards(&before, &after), Vec::<String>::new());
}

#[tokio::test]
async fn a_migration_that_breaks_the_previous_release_is_detected() {
    let before = previous_database().await;
    let schema = Schema::of(&before.pool).await;
    for (migration, breaks_queries, hazard) in [
        ("alter table members add column town text not null default ''", false, None),
        ("alter table members add column town text", false, None),
        ("create table towns (name text not null)", false, None),
        ("alter table members drop constraint members_bio_length", false, None),
        ("alter table members drop column bio", true, None),
        ("alter table members rename column bio to about", true, None),
        (
            "alter table members alter column bio type varchar(500)",
            true,
            Some("members_bio_length"),
        ),
        ("alter table members add column town text not null", false, Some("members.town")),
        ("alter table members alter column bio drop default", false, Some("members.bio")),
        ("alter table members alter column bio drop not null", false, Some("members.bio")),
        ("alter table sessions alter column ip set not null", false, Some("sessions.ip")),
        (
            "alter table members add constraint members_bio_needed check (bio <> '')",
            false,
            Some("members_bio_needed"),
        ),
        (
            "create unique index members_by_name on members (display_name)",
            false,
            Some("members_by_name"),
        ),
        (
            "alter table members add column town text
                 constraint members_town_length check (length(town) < 50)",
            false,
            None,
        ),
        (
            "alter table members add constraint members_bio_short check (length(bio) <= 501);
             comment on constraint members_bio_short on members is 'Wider than the one before.'",
            false,
            None,
        ),
    ] {
        let after = previous_database().await;
        sqlx::raw_sql(AssertSqlSafe(migration)).execute(&after.pool).await.unwrap();
        let broken = broken_queries(&before.pool, &after.pool).await;
        assert_eq!(!broken.is_empty(), breaks_queries, "{migration}: {broken:?}");
        let found = hazards(&schema, &Schema::of(&after.pool).await);
        match hazard {
            Some(name) => assert!(found.iter().any(|it| it.contains(name)), "{name}: {found:?}"),
            None => assert_eq!(found, Vec::<String>::new(), "{migration}"),
        }
    }
}

//! A database for each test, copied in some thirty milliseconds from a template that is migrated once and kept.

use std::str::FromStr;

use server::postgres::Database;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool, postgres::PgConnectOptions,
};
use tokio::sync::OnceCell;
use url::Url;
use uuid::Uuid;

/// An arbitrary number: the holder of this lock creates the template.
const TEMPLATE_LOCK: i64 = 0x67656e6b616e;

/// A database, dropped with this value.
pub(crate) struct TestDatabase {
    /// The value for `DATABASE_URL`
    pub(crate) url: String,
    /// As the server sees it
    pub(crate) database: Database,
    /// For the test's own statements
    pub(crate) pool: PgPool,
    /// `None`: it goes with its server.
    name: Option<String>,
}

/// A migrated, empty database that no other test sees.
pub(crate) async fn fresh_database() -> TestDatabase {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(make_template).await;
    let name = some_name();
    run(&format!("create database {name} template {template}")).await;
    let mut fresh = TestDatabase::at(&url_of(&name));
    if let Some(pooler) = pooler_url() {
        fresh.url = at(&pooler, &name);
        fresh.database = server::postgres::connect(&fresh.url).unwrap();
    }
    fresh.name = Some(name);
    fresh
}

impl TestDatabase {
    /// A migrated database that others drop.
    pub(crate) fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            database: server::postgres::connect(url).unwrap(),
            pool: PgPool::connect_lazy(url).unwrap(),
            name: None,
        }
    }
}

/// A database without tables that no other test sees.
pub(crate) async fn empty_database() -> TestDatabase {
    empty_database_with("").await
}

/// The same with these options of `create database`.
pub(crate) async fn empty_database_with(options: &str) -> TestDatabase {
    let name = some_name();
    run(&format!("create database {name} {options}")).await;
    let mut empty = TestDatabase::at(&url_of(&name));
    empty.name = Some(name);
    empty
}

/// The URL of a database that does not exist.
pub(crate) fn missing_database() -> String {
    url_of(&some_name())
}

/// Drops a database, even if it is in use.
pub(crate) async fn drop_database(url: &str) {
    let name = Url::parse(url).unwrap().path().trim_start_matches('/').to_owned();
    run(&format!("drop database if exists {name} with (force)")).await;
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some(name) = &self.name else { return };
        let statement = format!("drop database if exists {name} with (force)");
        // On another thread, because the test's runtime may be shutting down and `drop` cannot await.
        let dropping = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(run(&statement));
        });
        // A failure here must not hide the test's.
        drop(dropping.join());
    }
}

/// Creates the template. The first test program after a change of migrations creates it again.
async fn make_template() -> String {
    let template = format!("genkan_template_{}", fingerprint());
    let mut admin = connect_admin().await;
    sqlx::query("select pg_advisory_lock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut admin)
        .await
        .unwrap();
    let is_there: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(&template)
            .fetch_one(&mut admin)
            .await
            .unwrap();
    if !is_there {
        let unfinished = format!("{template}_unfinished");
        run(&format!("drop database if exists {unfinished}")).await;
        server::postgres::migrate(&url_of(&unfinished)).await.unwrap();
        run(&format!("alter database {unfinished} rename to {template}")).await;
    }
    // Closing the connection releases the lock.
    admin.close().await.unwrap();
    template
}

fn fingerprint() -> String {
    let migrations = sqlx::migrate!("../migrations");
    let last = migrations.iter().last().expect("there are migrations").version;
    let mixed = migrations
        .iter()
        .flat_map(|migration| migration.checksum.iter())
        .fold(0_u64, |sum, byte| sum.wrapping_mul(1_099_511_628_211) ^ u64::from(*byte));
    format!("{last}_{mixed:016x}")
}

fn some_name() -> String {
    format!("genkan_test_{}", Uuid::new_v4().simple())
}

fn admin_url() -> String {
    std::env::var("DATABASE_URL").expect("DATABASE_URL is set; `cargo xtask test` does so")
}

/// A pooler in front of the same Postgres, for the adapters under test. The tests' own statements go without it.
fn pooler_url() -> Option<String> {
    std::env::var("POOLER_URL").ok()
}

fn url_of(name: &str) -> String {
    at(&admin_url(), name)
}

/// The URL of another database of the same server.
fn at(url: &str, name: &str) -> String {
    let mut url = Url::parse(url).unwrap();
    url.set_path(name);
    url.into()
}

async fn connect_admin() -> PgConnection {
    PgConnectOptions::from_str(&admin_url()).unwrap().connect().await.unwrap()
}

async fn run(statement: &str) {
    let mut admin = connect_admin().await;
    sqlx::query(AssertSqlSafe(statement)).execute(&mut admin).await.unwrap();
    admin.close().await.unwrap();
}

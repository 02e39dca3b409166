//! Postgres: what must not be lost. The only module with SQL, and the only one that uses the tables of
//! `migrations/`.
//!
//! **Architecture Invariant:** no transaction and no lock outlives a call into this module, so nothing here can wait
//! for Redis or for a mail server.

mod authority;
mod clear;
mod columns;
mod confirmations;
mod database;
mod limits;
mod live_sessions;
mod mailbox;
mod members;
mod password_resets;
mod serving_role;
mod sessions;
mod visitor_records;

use std::{str::FromStr, sync::LazyLock, time::Duration};

use domain::StoreError;
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, Postgres,
    migrate::{MigrateDatabase, MigrateError, Migrator},
    postgres::PgConnectOptions,
};
use time::OffsetDateTime;
use tokio::time::sleep;

pub use self::{
    authority::PgAuthority,
    clear::{
        Cleared, clear_expired_live_sessions, clear_expired_password_resets,
        clear_expired_visitors, clear_old_sessions, clear_old_sign_ups,
    },
    confirmations::PgConfirmations,
    database::Database,
    limits::PgLimits,
    live_sessions::PgLiveSessions,
    mailbox::PgMailbox,
    members::{NewMember, PgMembers},
    password_resets::PgPasswordResets,
    serving_role::{RoleName, grant_serving},
    sessions::PgSessions,
    visitor_records::PgVisitorRecords,
};

/// The most connections of an instance.
pub const POOL_SIZE: u32 = 10;
/// A migration may be slow, whatever timeouts the role has.
const WITHOUT_TIMEOUTS: &str = "set statement_timeout = 0; set lock_timeout = 0";
/// The advisory lock of those who migrate, an arbitrary number
const MIGRATION_LOCK: i64 = 0x6d69_6772_6174;
/// Time between two attempts to take it
const MIGRATION_LOCK_EVERY: Duration = Duration::from_millis(200);

/// Tables that a newer version has migrated are left as they are, so that a deployment can be taken back. The lock is
/// taken by [`lock_migrations`].
static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations = sqlx::migrate!("../migrations");
    migrations.set_ignore_missing(true).set_locking(false);
    migrations
});

const UNDEFINED_TABLE: &str = "42P01";
const UNDEFINED_DATABASE: &str = "3D000";
const DUPLICATE_DATABASE: &str = "42P04";
const UNIQUE_VIOLATION: &str = "23505";

/// A database that is connected to on first use, and again after a failure.
///
/// # Errors
/// The URL does not name a Postgres database.
pub fn connect(url: &str) -> Result<Database, sqlx::Error> {
    Ok(Database::new(options(url, "genkan")?))
}

/// Creates the database if it is missing, and brings its tables up to date. Instances that do so at the same time wait
/// for each other.
///
/// # Errors
/// The database is unavailable, or a migration failed and was rolled back.
pub async fn migrate(url: &str) -> Result<(), MigrateError> {
    let options = options(url, "genkan migrate")?;
    // Not a pool, which would try again for half a minute, and not say why it failed.
    let mut connection = match PgConnection::connect_with(&options).await {
        Err(error) if has_code(&error, &[UNDEFINED_DATABASE]) => {
            create_database(url).await?;
            PgConnection::connect_with(&options).await?
        }
        connected => connected?,
    };
    sqlx::raw_sql(WITHOUT_TIMEOUTS).execute(&mut connection).await?;
    lock_migrations(&mut connection).await?;
    drop_unfinished_indexes(&mut connection).await?;
    MIGRATIONS.run_direct(None, &mut connection, false).await?;
    connection.close().await?;
    Ok(())
}

/// Returns whether the tables are as this program expects them, or newer. If not, `genkan migrate` has to run.
///
/// # Errors
/// The database is unavailable.
pub async fn is_migrated(database: &Database) -> Result<bool, StoreError> {
    match applied_versions(database).await {
        Ok(applied) => Ok(MIGRATIONS.iter().all(|known| applied.contains(&known.version))),
        Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _))
            if has_code(&error, &[UNDEFINED_TABLE, UNDEFINED_DATABASE]) =>
        {
            Ok(false)
        }
        Err(error) => Err(StoreError::new("read the applied migrations", error)),
    }
}

/// Checks that the database is available and takes writes, which a standby does not. Returns its time.
///
/// # Errors
/// It is not.
pub async fn ping(database: &Database) -> Result<OffsetDateTime, StoreError> {
    const OPERATION: &str = "ping the database";
    let state = sqlx::query!(
        r#"
        select
            current_setting('transaction_read_only') = 'on' as "is_read_only!",
            clock_timestamp() as "time!"
        "#
    )
    .fetch_one(database)
    .await
    .map_err(failed(OPERATION))?;
    if state.is_read_only {
        return Err(StoreError::new(OPERATION, "it is read-only"));
    }
    Ok(state.time)
}

/// Returns whether a commit waits for a second server. Without one, a failover may lose what was committed last, the
/// end of a session included.
///
/// # Errors
/// The database is unavailable.
pub async fn has_synchronous_standby(database: &Database) -> Result<bool, StoreError> {
    sqlx::query_scalar!(
        r#"
        select
            current_setting('synchronous_standby_names') <> ''
            and current_setting('synchronous_commit') not in ('off', 'local') as "waits!"
        "#
    )
    .fetch_one(database)
    .await
    .map_err(failed("ask for a synchronous standby"))
}

/// Takes the lock, which is released with the connection. Does not wait for it in a statement, as sqlx does: that has a
/// snapshot, for whose end `create index concurrently` waits, so two that migrate at once would deadlock.
async fn lock_migrations(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    loop {
        let is_taken = sqlx::query_scalar!(
            r#"select pg_try_advisory_lock($1) as "is_taken!""#,
            MIGRATION_LOCK,
        )
        .fetch_one(&mut *connection)
        .await?;
        if is_taken {
            return Ok(());
        }
        sleep(MIGRATION_LOCK_EVERY).await;
    }
}

/// Drops what interrupted migrations have left of indexes that they were building concurrently.
async fn drop_unfinished_indexes(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let unfinished = sqlx::query_scalar!(
        r#"
        select indexrelid::regclass::text as "name!"
        from pg_index
        where not indisvalid
          and pg_table_is_visible(indrelid)
        "#
    )
    .fetch_all(&mut *connection)
    .await?;
    for index in unfinished {
        let drop_it = AssertSqlSafe(format!("drop index concurrently if exists {index}"));
        sqlx::raw_sql(drop_it).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Parses the URL. Leaves out `extra_float_digits`, which PgBouncer refuses as well: floats are sent in binary, and are
/// exact without it.
fn options(url: &str, name: &str) -> Result<PgConnectOptions, sqlx::Error> {
    Ok(PgConnectOptions::from_str(url)?.application_name(name).extra_float_digits(None))
}

async fn applied_versions(database: &Database) -> Result<Vec<i64>, MigrateError> {
    let mut connection = database.connection().await?;
    let applied = connection.applied_migrations(&MIGRATIONS.table_name).await?;
    Ok(applied.into_iter().map(|migration| migration.version).collect())
}

async fn create_database(url: &str) -> Result<(), sqlx::Error> {
    match Postgres::create_database(url).await {
        // Another instance was faster.
        Err(error) if has_code(&error, &[DUPLICATE_DATABASE, UNIQUE_VIOLATION]) => Ok(()),
        created => created,
    }
}

fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .is_some_and(|code| codes.contains(&code.as_ref()))
}

/// Maps a failure of the database.
fn failed(operation: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |error| StoreError::new(operation, error)
}

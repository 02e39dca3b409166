//! A connection of the pool whose statements have a timeout.

use std::{
    io,
    time::{Duration, Instant},
};

use futures_util::{
    FutureExt, StreamExt, TryFutureExt, TryStreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use sqlx::{
    Connection, Describe, Either, Error, Execute, Executor, PgConnection, Postgres, SqlStr,
    migrate::{AppliedMigration, Migrate, MigrateError},
    postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};
use tokio::time::timeout;

use super::{Database, PooledConnection};

/// Failures by which a database that answers says that it cannot serve (PostgreSQL, appendix A): no connection, shutdown
/// or crash, and a write to what has become a standby.
const OUTAGES: [&str; 3] = ["08", "57P", "25006"];

/// A part of a statement's result.
type Step = Either<PgQueryResult, PgRow>;

/// A connection of the pool. Returns to it on drop, or is closed if it failed.
#[derive(Debug)]
pub(in crate::postgres) struct TimedConnection {
    /// `None` after a failure
    connection: Option<PooledConnection>,
    /// A statement has begun, and its answer has not been read to its end
    is_answering: bool,
    database: Database,
    /// The timeout of each statement
    limit: Duration,
}

impl TimedConnection {
    pub(super) fn new(connection: PooledConnection, database: Database, limit: Duration) -> Self {
        Self { connection: Some(connection), is_answering: false, database, limit }
    }

    /// Gives each later statement this time.
    pub(super) fn allow(&mut self, limit: Duration) {
        self.limit = limit;
    }

    /// Reads which migrations have been applied.
    pub(in crate::postgres) async fn applied_migrations(
        &mut self,
        table: &str,
    ) -> Result<Vec<AppliedMigration>, MigrateError> {
        let (limit, begun) = (self.limit, Instant::now());
        let listed = timeout(limit, self.ask()?.list_applied_migrations(table)).await;
        listed.unwrap_or_else(|_| self.judge(begun, Err(late())).map_err(MigrateError::Execute))
    }

    async fn all<'q, E>(&mut self, query: E) -> Result<Vec<Step>, Error>
    where
        E: 'q + Execute<'q, Postgres>,
    {
        let (limit, begun) = (self.limit, Instant::now());
        let answer = within(limit, self.ask()?.fetch_many(query).try_collect()).await;
        self.judge(begun, answer)
    }

    async fn first<'q, E>(&mut self, query: E) -> Result<Option<PgRow>, Error>
    where
        E: 'q + Execute<'q, Postgres>,
    {
        let (limit, begun) = (self.limit, Instant::now());
        let answer = within(limit, self.ask()?.fetch_optional(query)).await;
        self.judge(begun, answer)
    }

    /// The connection for a statement, whose answer is then judged.
    fn ask(&mut self) -> Result<&mut PgConnection, Error> {
        let connection = self.connection.as_deref_mut().ok_or_else(lost)?;
        self.is_answering = true;
        Ok(connection)
    }

    /// Notes whether the database answered, and the time since `begun`. If not, the connection is closed: an answer may
    /// still be under way in it, and the next request must not read that.
    fn judge<T>(&mut self, begun: Instant, answer: Result<T, Error>) -> Result<T, Error> {
        self.is_answering = false;
        match &answer {
            Err(error) if is_outage(error) => {
                if let Some(connection) = self.connection.take() {
                    connection.cut();
                }
                self.database.0.statement.failed(begun);
                self.database.failed(error);
            }
            Ok(_) | Err(_) => {
                self.database.0.statement.succeeded(begun);
                self.database.0.breaker.succeeded();
            }
        }
        answer
    }
}

impl Drop for TimedConnection {
    /// Returns the connection to the pool: at once, unless the request was dropped before it had its answer.
    fn drop(&mut self) {
        if !self.is_answering {
            return;
        }
        let Some(mut connection) = self.connection.take() else { return };
        let limit = self.limit;
        tokio::spawn(async move {
            // Reads what is left of the answer. If that takes long, the connection is closed.
            if !matches!(timeout(limit, connection.ping()).await, Ok(Ok(()))) {
                connection.cut();
            }
        });
    }
}

impl<'c> Executor<'c> for &'c mut TimedConnection {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let steps = async move { self.all(query).await };
        steps.map_ok(|steps| stream::iter(steps).map(Ok)).try_flatten_stream().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        async move { self.first(query).await }.boxed()
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'c: 'e,
    {
        async move {
            let (limit, begun) = (self.limit, Instant::now());
            let answer = within(limit, self.ask()?.prepare_with(sql, parameters)).await;
            self.judge(begun, answer)
        }
        .boxed()
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        'c: 'e,
    {
        async move {
            let (limit, begun) = (self.limit, Instant::now());
            let answer = within(limit, self.ask()?.describe(sql)).await;
            self.judge(begun, answer)
        }
        .boxed()
    }
}

/// One statement, on any connection.
impl<'c> Executor<'c> for &'c Database {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let steps = async move { self.connection().await?.all(query).await };
        steps.map_ok(|steps| stream::iter(steps).map(Ok)).try_flatten_stream().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        async move { self.connection().await?.first(query).await }.boxed()
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'c: 'e,
    {
        async move { self.connection().await?.prepare_with(sql, parameters).await }.boxed()
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        'c: 'e,
    {
        async move { self.connection().await?.describe(sql).await }.boxed()
    }
}

async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    timeout(limit, answer).await.unwrap_or_else(|_| Err(late()))
}

fn late() -> Error {
    Error::Io(io::Error::new(io::ErrorKind::TimedOut, "the database did not answer in time"))
}

fn lost() -> Error {
    Error::Io(io::Error::new(io::ErrorKind::NotConnected, "the transaction's connection was lost"))
}

/// Returns whether the database is unavailable. Any other error is an answer.
fn is_outage(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::Tls(_) | Error::Protocol(_) => true,
        Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => true,
        Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            OUTAGES.iter().any(|class| code.starts_with(class))
        }
        _ => false,
    }
}

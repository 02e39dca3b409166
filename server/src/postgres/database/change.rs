//! Transactions. Each statement has its timeout; a transaction that is dropped is rolled back.

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use sqlx::{AssertSqlSafe, Error, raw_sql};

use super::TimedConnection;

/// Time in which the server's report of its own timeout arrives.
const REPORT: Duration = Duration::from_secs(1);
const UNTIL_IT_IS_OVER: &str = "a transaction has its connection until it is over";

/// A transaction, which runs statements as its connection does.
#[derive(Debug)]
pub(in crate::postgres) struct Change(Option<TimedConnection>);

impl Change {
    pub(super) async fn begin(connection: TimedConnection) -> Result<Self, Error> {
        // Already rolled back on drop: a request may be dropped before it has the answer.
        let mut change = Self(Some(connection));
        raw_sql("begin").execute(&mut *change).await?;
        Ok(change)
    }

    pub(super) async fn begin_within(
        connection: TimedConnection,
        limit: Duration,
    ) -> Result<Self, Error> {
        let mut change = Self(Some(connection));
        let server_limit = limit.as_millis();
        let begin = format!(
            "begin; set local statement_timeout = {server_limit}; set local lock_timeout = {server_limit}"
        );
        raw_sql(AssertSqlSafe(begin)).execute(&mut *change).await?;
        change.allow(limit + REPORT);
        Ok(change)
    }

    /// Makes the changes permanent.
    ///
    /// # Errors
    /// None was made; or, if the connection failed, perhaps they were.
    pub(in crate::postgres) async fn commit(mut self) -> Result<(), Error> {
        let mut connection = self.0.take().expect(UNTIL_IT_IS_OVER);
        raw_sql("commit").execute(&mut connection).await.map(drop)
    }
}

impl Deref for Change {
    type Target = TimedConnection;

    fn deref(&self) -> &Self::Target {
        self.0.as_ref().expect(UNTIL_IT_IS_OVER)
    }
}

impl DerefMut for Change {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.0.as_mut().expect(UNTIL_IT_IS_OVER)
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        let Some(mut connection) = self.0.take() else { return };
        tokio::spawn(async move {
            // If it fails, the connection is closed, which rolls back as well.
            let _ = raw_sql("rollback").execute(&mut connection).await;
        });
    }
}

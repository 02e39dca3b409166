//! The development mailbox in Postgres: mails that are not delivered but kept for the developer to read.

use app::letters::RenderedMail;
use async_trait::async_trait;
use domain::StoreError;

use super::{Database, failed};
use crate::mail::{KEPT_FOR, KEPT_MAILS, Mailbox};

/// The table `development_mails`.
#[derive(Debug, Clone)]
pub struct PgMailbox {
    database: Database,
}

impl PgMailbox {
    /// The table of this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl Mailbox for PgMailbox {
    async fn put(&self, mail: &RenderedMail) -> Result<(), StoreError> {
        const OPERATION: &str = "put a mail into the mailbox";
        let json =
            serde_json::to_string(mail).map_err(|error| StoreError::new(OPERATION, error))?;
        // The inner query does not see the new mail.
        sqlx::query!(
            "
            with put as (
                insert into development_mails (mail)
                values ($1)
            )
            delete from development_mails
            where kept_at < now() - make_interval(secs => $3)
               or id in (
                   select id
                   from development_mails
                   order by id desc
                   offset $2::bigint - 1
               )
            ",
            json,
            i64::from(KEPT_MAILS),
            KEPT_FOR.as_secs_f64(),
        )
        .execute(&self.database)
        .await
        .map(drop)
        .map_err(failed(OPERATION))
    }

    async fn mails(&self) -> Result<Vec<RenderedMail>, StoreError> {
        const OPERATION: &str = "read the mailbox";
        let kept = sqlx::query_scalar!(
            "
            select mail
            from development_mails
            where kept_at >= now() - make_interval(secs => $1)
            order by id
            ",
            KEPT_FOR.as_secs_f64(),
        )
        .fetch_all(&self.database)
        .await
        .map_err(failed(OPERATION))?;
        let read = kept.iter().map(|json| serde_json::from_str(json)).collect::<Result<_, _>>();
        read.map_err(|error| StoreError::new(OPERATION, error))
    }
}

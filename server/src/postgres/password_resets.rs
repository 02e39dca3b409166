//! Links for members who have forgotten the password. They are used up in [`authority`](super::authority), in the
//! transaction that changes the password.

use async_trait::async_trait;
use domain::{
    StoreError,
    account::{confirmation::SecretHash, member::MemberId},
    credentials::{password_reset::RESET_LIFETIME, ports::PasswordResets},
};

use super::{Database, failed};

/// The table `password_resets`.
#[derive(Debug, Clone)]
pub struct PgPasswordResets {
    database: Database,
}

impl PgPasswordResets {
    /// The table of this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl PasswordResets for PgPasswordResets {
    async fn put(&self, id: MemberId, token: &SecretHash) -> Result<bool, StoreError> {
        // Locks the member, and so waits for a deletion under way. That the member is then gone is not a failure.
        let done = sqlx::query!(
            "
            insert into password_resets (member_id, token_hash, expires_at)
            select id, $2, now() + make_interval(secs => $3)
            from members
            where id = $1
            for key share
            on conflict (member_id) do update
            set token_hash = excluded.token_hash,
                created_at = now(),
                expires_at = excluded.expires_at
            ",
            id.0,
            token.0,
            RESET_LIFETIME.as_secs_f64(),
        )
        .execute(&self.database)
        .await
        .map_err(failed("keep a link to reset a password"))?;
        Ok(done.rows_affected() == 1)
    }

    async fn find(&self, tokens: &[SecretHash]) -> Result<Option<MemberId>, StoreError> {
        let found = sqlx::query_scalar!(
            "
            select member_id
            from password_resets
            where token_hash = any($1)
              and expires_at > now()
            ",
            &bytes_of(tokens),
        )
        .fetch_optional(&self.database)
        .await
        .map_err(failed("find a link to reset a password"))?;
        Ok(found.map(MemberId))
    }
}

/// The values that Postgres compares.
pub(super) fn bytes_of(tokens: &[SecretHash]) -> Vec<Vec<u8>> {
    tokens.iter().map(|token| token.0.clone()).collect()
}

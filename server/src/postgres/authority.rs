//! Passwords, roles and standings, with the sessions that their change ends. Each change is one transaction: first the
//! member's row, which waits for every log-in that holds it; last the sessions, whose statement then sees those that
//! the log-ins have inserted. A single statement would see the sessions as they were before it waited.

use async_trait::async_trait;
use domain::{
    StoreError,
    account::{
        confirmation::SecretHash,
        member::{MemberId, Role, Standing},
        ports::{Authority, PasswordChange},
    },
    credentials::password::PasswordHash,
    session::{EndReason, ports::Affected},
};

use super::{
    Database,
    database::TimedConnection,
    failed,
    password_resets::bytes_of,
    sessions::{end_sessions, open_sessions},
};

/// Passwords, roles and standings of members.
#[derive(Debug, Clone)]
pub struct PgAuthority {
    database: Database,
}

impl PgAuthority {
    /// The tables `members` and `sessions` of this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl Authority for PgAuthority {
    async fn change_password(
        &self,
        id: MemberId,
        verified: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<Option<PasswordChange>, StoreError> {
        let changed = async {
            let mut change = self.database.begin().await?;
            if !holds_member(&mut change, id, verified).await? {
                return Ok(None);
            }
            let done = set_password(&mut change, id, new).await?;
            change.commit().await?;
            Ok(Some(done))
        };
        changed.await.map_err(failed("change a password"))
    }

    async fn reset_password(
        &self,
        id: MemberId,
        tokens: &[SecretHash],
        new: &PasswordHash,
    ) -> Result<Option<PasswordChange>, StoreError> {
        let changed = async {
            let mut change = self.database.begin().await?;
            // Locked first, here as everywhere, so that this and a deletion of the member do not deadlock.
            sqlx::query_scalar!("select id from members where id = $1 for update", id.0)
                .fetch_optional(&mut *change)
                .await?;
            // If several present one link, the first deletes it, and the others wait above.
            let used = sqlx::query!(
                "
                delete from password_resets
                where member_id = $1
                  and token_hash = any($2)
                  and expires_at > now()
                ",
                id.0,
                &bytes_of(tokens),
            )
            .execute(&mut *change)
            .await?;
            if used.rows_affected() == 0 {
                return Ok(None);
            }
            let done = set_password(&mut change, id, new).await?;
            change.commit().await?;
            Ok(Some(done))
        };
        changed.await.map_err(failed("reset a password"))
    }

    async fn set_role(&self, id: MemberId, role: Role) -> Result<Option<Affected>, StoreError> {
        self.change(id, Some(role), None).await.map_err(failed("change a role"))
    }

    async fn set_standing(
        &self,
        id: MemberId,
        standing: Standing,
    ) -> Result<Option<Affected>, StoreError> {
        self.change(id, None, Some(standing)).await.map_err(failed("change a standing"))
    }

    async fn delete(
        &self,
        id: MemberId,
        verified: &PasswordHash,
    ) -> Result<Option<Affected>, StoreError> {
        let deleted = async {
            let mut change = self.database.begin().await?;
            // Locked, so that no log-in slips in between the two statements below.
            if !holds_member(&mut change, id, verified).await? {
                return Ok(None);
            }
            let ended = end_sessions(&mut *change, id, None, EndReason::Deleted).await?;
            sqlx::query!(
                "
                update sessions
                set user_agent = '',
                    ip = null
                where member_id = $1
                ",
                id.0,
            )
            .execute(&mut *change)
            .await?;
            delete_sign_ups(&mut change, id).await?;
            sqlx::query!("delete from members where id = $1", id.0).execute(&mut *change).await?;
            change.commit().await?;
            Ok(Some(ended))
        };
        deleted.await.map_err(failed("delete a member"))
    }
}

impl PgAuthority {
    /// Changes what is given. A suspension ends the member's sessions; any other change only names them. `None`: no
    /// such member.
    async fn change(
        &self,
        id: MemberId,
        role: Option<Role>,
        standing: Option<Standing>,
    ) -> Result<Option<Affected>, sqlx::Error> {
        let mut change = self.database.begin().await?;
        let changed = sqlx::query!(
            "
            update members
            set role = coalesce($2, role),
                standing = coalesce($3, standing),
                authority_version = authority_version + 1,
                updated_at = now()
            where id = $1
            ",
            id.0,
            role.map(Role::as_str),
            standing.map(Standing::as_str),
        )
        .execute(&mut *change)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(None);
        }
        let sessions = match standing {
            Some(Standing::Suspended) => {
                end_sessions(&mut *change, id, None, EndReason::Suspended).await?
            }
            Some(Standing::Active) | None => open_sessions(&mut *change, id).await?,
        };
        change.commit().await?;
        Ok(Some(sessions))
    }
}

/// Locks the member's row to the end of the transaction, if `verified` is still the stored hash. Returns whether it is.
async fn holds_member(
    change: &mut TimedConnection,
    id: MemberId,
    verified: &PasswordHash,
) -> Result<bool, sqlx::Error> {
    let held = sqlx::query_scalar!(
        "
        select id
        from members
        where id = $1
          and password_hash = $2
        for update
        ",
        id.0,
        verified.expose(),
    )
    .fetch_optional(change)
    .await?;
    Ok(held.is_some())
}

/// Changes the password of a member whose row is locked, and deletes whatever else could give access through the
/// member's address. Returns the new authority version and the sessions that ended.
async fn set_password(
    change: &mut TimedConnection,
    id: MemberId,
    new: &PasswordHash,
) -> Result<PasswordChange, sqlx::Error> {
    delete_sign_ups(change, id).await?;
    let authority_version = sqlx::query_scalar!(
        "
        update members
        set password_hash = $2,
            password_changed_at = now(),
            authority_version = authority_version + 1,
            updated_at = now()
        where id = $1
        returning authority_version
        ",
        id.0,
        new.expose(),
    )
    .fetch_one(&mut *change)
    .await?;
    sqlx::query!("delete from password_resets where member_id = $1", id.0)
        .execute(&mut *change)
        .await?;
    let ended = end_sessions(change, id, None, EndReason::PasswordChanged).await?;
    Ok(PasswordChange { authority_version, ended })
}

/// Deletes sign-ups that wait with the member's address. Called before the member's row is written, and locks them in the
/// same order as completing a sign-up: that locks them first, and then waits for whoever has written the row, so it and
/// the caller would deadlock otherwise.
async fn delete_sign_ups(change: &mut TimedConnection, id: MemberId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "
        delete from confirmations
        where id in (
            select id
            from confirmations
            where lower(email) = (
                select lower(email)
                from members
                where id = $1
            )
            order by id
            for update
        )
        ",
        id.0,
    )
    .execute(change)
    .await
    .map(drop)
}

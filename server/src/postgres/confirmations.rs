//! Sign-ups that wait for their code, and traces of those that were completed. The limits of tries and mails are
//! conditions of the statements that count them, so that parallel guesses get no more than serial ones.

use async_trait::async_trait;
use domain::{
    StoreError,
    account::{
        confirmation::{
            CODE_LIFETIME, CODE_TRIES, CompletedSignUp, Confirmation, ConfirmationId, MAILS_MAX,
            NewConfirmation, SecretHash,
        },
        email::Email,
        member::{DisplayName, Member, MemberId, Profile, Role},
        ports::{Completed, Confirmations},
    },
    credentials::password::PasswordHash,
};
use uuid::Uuid;

use super::{
    Database,
    columns::{malformed, read_locale},
    failed,
};

/// Time in which a sign-up can get a new code. After that its row is deleted.
pub(super) const KEPT_SECONDS: f64 = 24.0 * 3600.0;

/// The tables `confirmations` and `completed_sign_ups`.
#[derive(Debug, Clone)]
pub struct PgConfirmations {
    database: Database,
}

impl PgConfirmations {
    /// The tables of this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl Confirmations for PgConfirmations {
    async fn insert(&self, new: &NewConfirmation) -> Result<(), StoreError> {
        sqlx::query!(
            "
            insert into confirmations (
                id, email, display_name, password_hash, locale, code_hash, expires_at
            )
            values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
            ",
            new.id.0,
            new.email.as_str(),
            new.display_name.as_str(),
            new.password_hash.expose(),
            new.locale.as_str(),
            new.code.0,
            CODE_LIFETIME.as_secs_f64(),
        )
        .execute(&self.database)
        .await
        .map(drop)
        .map_err(failed("keep a sign-up"))
    }

    async fn find(&self, id: ConfirmationId) -> Result<Option<Confirmation>, StoreError> {
        sqlx::query_as!(
            Row,
            "
            select id, email, locale, password_hash, code_hash, tries, mails
            from confirmations
            where id = $1
              and expires_at > now()
            ",
            id.0,
        )
        .fetch_optional(&self.database)
        .await
        .and_then(|row| row.map(Row::read).transpose())
        .map_err(failed("read a sign-up"))
    }

    async fn spend_try(&self, id: ConfirmationId) -> Result<Option<Confirmation>, StoreError> {
        sqlx::query_as!(
            Row,
            "
            update confirmations
            set tries = tries + 1
            where id = $1
              and tries < $2
              and expires_at > now()
            returning id, email, locale, password_hash, code_hash, tries, mails
            ",
            id.0,
            limit(CODE_TRIES),
        )
        .fetch_optional(&self.database)
        .await
        .and_then(|row| row.map(Row::read).transpose())
        .map_err(failed("count a try"))
    }

    async fn renew(
        &self,
        id: ConfirmationId,
        code: &SecretHash,
    ) -> Result<Option<Confirmation>, StoreError> {
        // A new code has its own tries. The limit of the mailbox over all sign-ups is the domain's.
        sqlx::query_as!(
            Row,
            "
            update confirmations
            set code_hash = $2,
                tries = 0,
                mails = mails + 1,
                expires_at = now() + make_interval(secs => $4)
            where id = $1
              and mails < $3
              and created_at > now() - make_interval(secs => $5)
            returning id, email, locale, password_hash, code_hash, tries, mails
            ",
            id.0,
            code.0,
            limit(MAILS_MAX),
            CODE_LIFETIME.as_secs_f64(),
            KEPT_SECONDS,
        )
        .fetch_optional(&self.database)
        .await
        .and_then(|row| row.map(Row::read).transpose())
        .map_err(failed("renew a code"))
    }

    async fn complete(
        &self,
        id: ConfirmationId,
        member_id: MemberId,
    ) -> Result<Completed, StoreError> {
        const OPERATION: &str = "complete a sign-up";
        // One statement, so one transaction: the statement that deletes the rows creates the member. They are locked in
        // the order of their ids, so two sign-ups of one address that are confirmed at once wait for each other, and
        // the second finds its row gone.
        let completed = sqlx::query!(
            r#"
            with proven as (
                select id
                from confirmations
                where lower(email) = (
                    select lower(email)
                    from confirmations
                    where id = $1
                      and expires_at > now()
                )
                order by id
                for update
            ),
            gone as (
                delete from confirmations
                using proven
                where confirmations.id = proven.id
                returning
                    confirmations.id, email, display_name, password_hash, locale, code_hash
            ),
            confirmation as (
                select email, display_name, password_hash, locale
                from gone
                where id = $1
            ),
            member as (
                insert into members (id, email, display_name, locale, role, password_hash)
                select $2, email, display_name, locale, 'member', password_hash
                from confirmation
                on conflict (lower(email)) do nothing
                returning id, created_at, authority_version
            ),
            completed as (
                insert into completed_sign_ups (id, member_id, code_hash)
                select gone.id, member.id, gone.code_hash
                from gone
                cross join member
            )
            select
                confirmation.email as "email!",
                confirmation.display_name as "display_name!",
                confirmation.locale as "locale!",
                member.created_at as "created_at?",
                member.authority_version as "authority_version?"
            from confirmation
            left join member on true
            "#,
            id.0,
            member_id.0,
        )
        .fetch_optional(&self.database)
        .await
        .map_err(failed(OPERATION))?;
        let Some(row) = completed else { return Ok(Completed::Gone) };
        let (Some(created_at), Some(authority_version)) = (row.created_at, row.authority_version)
        else {
            return Ok(Completed::AddressTaken);
        };
        let locale = read_locale(&row.locale).map_err(failed(OPERATION))?;
        let member = Member {
            id: member_id,
            email: Email::from_stored(row.email),
            profile: Profile::of_sign_up(DisplayName::from_stored(row.display_name), locale),
            role: Role::Member,
            created_at,
        };
        Ok(Completed::Member { member, authority_version })
    }

    async fn was_completed(&self, id: ConfirmationId) -> Result<bool, StoreError> {
        sqlx::query_scalar!(
            r#"
            select exists (
                select from completed_sign_ups
                where id = $1
            ) as "exists!"
            "#,
            id.0,
        )
        .fetch_one(&self.database)
        .await
        .map_err(failed("look for a completed sign-up"))
    }

    async fn completed_lately(&self, email: &Email) -> Result<Vec<CompletedSignUp>, StoreError> {
        let rows = sqlx::query!(
            r#"
            select completed_sign_ups.id, code_hash
            from completed_sign_ups
            join members on members.id = member_id
            where lower(email) = lower($1 collate "C")
              and completed_at > now() - make_interval(secs => $2)
            order by completed_at desc
            limit 100
            "#,
            email.as_str(),
            CODE_LIFETIME.as_secs_f64(),
        )
        .fetch_all(&self.database)
        .await
        .map_err(failed("read completed sign-ups"))?;
        let completed = rows.into_iter().map(|row| CompletedSignUp {
            id: ConfirmationId(row.id),
            code: SecretHash(row.code_hash),
        });
        Ok(completed.collect())
    }
}

fn limit(count: u16) -> i16 {
    i16::try_from(count).expect("the limits of tries and mails are below ten")
}

struct Row {
    id: Uuid,
    email: String,
    locale: String,
    password_hash: String,
    code_hash: Vec<u8>,
    tries: i16,
    mails: i16,
}

impl Row {
    fn read(self) -> Result<Confirmation, sqlx::Error> {
        let tries = u16::try_from(self.tries).map_err(|_| malformed("tries"))?;
        Ok(Confirmation {
            id: ConfirmationId(self.id),
            email: Email::from_stored(self.email),
            locale: read_locale(&self.locale)?,
            password_hash: PasswordHash::from_stored(self.password_hash),
            code: SecretHash(self.code_hash),
            tries_left: CODE_TRIES.saturating_sub(tries),
            mail: u16::try_from(self.mails).map_err(|_| malformed("mails"))?,
        })
    }
}

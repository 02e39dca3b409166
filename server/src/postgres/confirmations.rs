//! Sign-ups that wait for their code. The limits of tries and mails are conditions of the statements that
//! count them, so parallel guesses get no more than serial ones.

use async_trait::async_trait;
use domain::{
    confirmation::{
        CODE_LIFETIME, CODE_TRIES, Confirmation, ConfirmationId, MAILS_MAX, NewConfirmation,
        SecretHash,
    },
    email::Email,
    member::{Bio, DisplayName, Locale, Member, MemberId, Role},
    password::PasswordHash,
    ports::{Completed, Confirmations, StoreError},
};
use sqlx::PgPool;
use uuid::Uuid;

use super::{failed, malformed};

/// How long a sign-up can be taken up again with a new code. After that its row goes.
const KEPT_SECONDS: f64 = 24.0 * 3600.0;

/// The table `confirmations`.
#[derive(Debug, Clone)]
pub struct PgConfirmations {
    pool: PgPool,
}

impl PgConfirmations {
    /// The table in the pool's database.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl Confirmations for PgConfirmations {
    async fn insert(&self, new: &NewConfirmation) -> Result<(), StoreError> {
        // Each sign-up takes a few old ones away, so the table needs nobody to sweep it. Rows that another
        // sign-up takes away at the moment are left to it.
        sqlx::query!(
            "
            with swept as (
                delete from confirmations
                where id in (
                    select id
                    from confirmations
                    where created_at < now() - make_interval(secs => $8)
                    order by created_at
                    limit 20
                    for update skip locked
                )
            )
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
            KEPT_SECONDS,
        )
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(failed("keep a sign-up"))
    }

    async fn find(&self, id: ConfirmationId) -> Result<Option<Confirmation>, StoreError> {
        const OPERATION: &str = "read a sign-up";
        let row = sqlx::query_as!(
            Row,
            "
            select id, email, locale, password_hash, code_hash, tries
            from confirmations
            where id = $1
              and expires_at > now()
            ",
            id.0,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed(OPERATION))?;
        row.map(|row| row.read(OPERATION)).transpose()
    }

    async fn spend_try(&self, id: ConfirmationId) -> Result<Option<Confirmation>, StoreError> {
        const OPERATION: &str = "count a try";
        let row = sqlx::query_as!(
            Row,
            "
            update confirmations
            set tries = tries + 1
            where id = $1
              and tries < $2
              and expires_at > now()
            returning id, email, locale, password_hash, code_hash, tries
            ",
            id.0,
            limit(CODE_TRIES),
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed(OPERATION))?;
        row.map(|row| row.read(OPERATION)).transpose()
    }

    async fn renew(
        &self,
        id: ConfirmationId,
        code: &SecretHash,
    ) -> Result<Option<Confirmation>, StoreError> {
        const OPERATION: &str = "renew a code";
        // A new code has its own tries: five mails with five tries each are 25 guesses at one of 10⁶.
        let row = sqlx::query_as!(
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
            returning id, email, locale, password_hash, code_hash, tries
            ",
            id.0,
            code.0,
            limit(MAILS_MAX),
            CODE_LIFETIME.as_secs_f64(),
            KEPT_SECONDS,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed(OPERATION))?;
        row.map(|row| row.read(OPERATION)).transpose()
    }

    async fn complete(
        &self,
        id: ConfirmationId,
        member_id: MemberId,
    ) -> Result<Completed, StoreError> {
        const OPERATION: &str = "complete a sign-up";
        // One statement, so one transaction: whoever deletes the row makes the member, and nobody else.
        // Whoever inserts an address second waits for the first, and then inserts nothing.
        let row = sqlx::query!(
            r#"
            with confirmation as (
                delete from confirmations
                where id = $1
                  and expires_at > now()
                returning email, display_name, password_hash, locale
            ),
            member as (
                insert into members (id, email, display_name, bio, locale, role, password_hash)
                select $2, email, display_name, '', locale, 'member', password_hash
                from confirmation
                on conflict (lower(email)) do nothing
                returning created_at
            )
            select
                confirmation.email as "email!",
                confirmation.display_name as "display_name!",
                confirmation.locale as "locale!",
                member.created_at as "created_at?"
            from confirmation
            left join member on true
            "#,
            id.0,
            member_id.0,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed(OPERATION))?;
        let Some(row) = row else { return Ok(Completed::Gone) };
        let Some(created_at) = row.created_at else { return Ok(Completed::AddressTaken) };
        Ok(Completed::Member(Member {
            id: member_id,
            email: Email::parse(&row.email).map_err(|_| malformed(OPERATION, "email"))?,
            display_name: DisplayName::parse(&row.display_name)
                .map_err(|_| malformed(OPERATION, "display_name"))?,
            bio: Bio::default(),
            locale: Locale::parse(&row.locale).map_err(|_| malformed(OPERATION, "locale"))?,
            role: Role::Member,
            created_at,
        }))
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
}

impl Row {
    fn read(self, operation: &'static str) -> Result<Confirmation, StoreError> {
        let tries = u16::try_from(self.tries).map_err(|_| malformed(operation, "tries"))?;
        Ok(Confirmation {
            id: ConfirmationId(self.id),
            email: Email::parse(&self.email).map_err(|_| malformed(operation, "email"))?,
            locale: Locale::parse(&self.locale).map_err(|_| malformed(operation, "locale"))?,
            password_hash: PasswordHash::from_stored(self.password_hash),
            code: SecretHash(self.code_hash),
            tries_left: CODE_TRIES.saturating_sub(tries),
        })
    }
}

//! Members' rows.

use async_trait::async_trait;
use domain::{
    StoreError,
    account::{
        email::Email,
        member::{Bio, DisplayName, Language, Member, MemberId, Profile},
        ports::{Credentials, Members, OwnSession},
    },
    credentials::password::PasswordHash,
    session::{EndReason, SessionId},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Database,
    columns::{malformed, read_locale, read_reason, read_role, read_standing},
    failed,
    sessions::{persistence, seconds},
};

/// The table `members`.
#[derive(Debug, Clone)]
pub struct PgMembers {
    database: Database,
}

/// A member who needs no confirmation, because the operator vouches for the address.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// The address
    pub email: Email,
    /// The shown name
    pub display_name: DisplayName,
    /// The language to show the site in
    pub locale: Language,
    /// The password's hash
    pub password_hash: PasswordHash,
}

impl PgMembers {
    /// The table of this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Adds a member. `None`: somebody has the address already, and stays as they are.
    ///
    /// # Errors
    /// The database is unavailable.
    pub async fn seed(&self, new: &NewMember) -> Result<Option<MemberId>, StoreError> {
        let id = MemberId::random();
        let done = sqlx::query!(
            "
            insert into members (id, email, display_name, locale, password_hash)
            values ($1, $2, $3, $4, $5)
            on conflict (lower(email)) do nothing
            ",
            id.0,
            new.email.as_str(),
            new.display_name.as_str(),
            new.locale.as_str(),
            new.password_hash.expose(),
        )
        .execute(&self.database)
        .await
        .map_err(failed("add a member"))?;
        Ok((done.rows_affected() == 1).then_some(id))
    }
}

#[async_trait]
impl Members for PgMembers {
    async fn credentials(&self, email: &Email) -> Result<Option<Credentials>, StoreError> {
        sqlx::query_as!(
            CredentialsRow,
            r#"
            select id, authority_version, email, password_hash, standing, locale
            from members
            where lower(email) = lower($1 collate "C")
            "#,
            email.as_str(),
        )
        .fetch_optional(&self.database)
        .await
        .and_then(|row| row.map(CredentialsRow::read).transpose())
        .map_err(failed("read a member's credentials"))
    }

    async fn credentials_of(&self, id: MemberId) -> Result<Option<Credentials>, StoreError> {
        sqlx::query_as!(
            CredentialsRow,
            "
            select id, authority_version, email, password_hash, standing, locale
            from members
            where id = $1
            ",
            id.0,
        )
        .fetch_optional(&self.database)
        .await
        .and_then(|row| row.map(CredentialsRow::read).transpose())
        .map_err(failed("read a known member's credentials"))
    }

    async fn find(&self, id: MemberId) -> Result<Option<Member>, StoreError> {
        sqlx::query_as!(
            MemberRow,
            "
            select id, email, display_name, bio, locale, role, created_at
            from members
            where id = $1
            ",
            id.0,
        )
        .fetch_optional(&self.database)
        .await
        .and_then(|row| row.map(MemberRow::read).transpose())
        .map_err(failed("read a member"))
    }

    async fn own_session(
        &self,
        id: SessionId,
    ) -> Result<Option<Result<OwnSession, EndReason>>, StoreError> {
        sqlx::query_as!(
            OwnSessionRow,
            r#"
            select
                members.email as "email?",
                members.display_name as "display_name?",
                sessions.created_at,
                sessions.remembered,
                greatest(extract(epoch from sessions.absolute_end - now()), 0)::float8 as "remaining!",
                greatest(
                    sessions.idle_seconds
                    - greatest(extract(epoch from now() - sessions.last_seen_at), 0),
                    0
                )::float8 as "idle_left!",
                sessions.end_reason
            from sessions
            left join members on members.id = sessions.member_id
            where sessions.id = $1
            "#,
            id.0,
        )
        .fetch_optional(&self.database)
        .await
        .and_then(|row| row.map(OwnSessionRow::read).transpose())
        .map_err(failed("read a member's own session"))
    }

    async fn update_profile(
        &self,
        id: MemberId,
        profile: &Profile,
    ) -> Result<Option<Member>, StoreError> {
        let Profile { display_name, bio, locale } = profile;
        sqlx::query_as!(
            MemberRow,
            "
            update members
            set display_name = $2,
                bio = $3,
                locale = $4,
                updated_at = now()
            where id = $1
            returning id, email, display_name, bio, locale, role, created_at
            ",
            id.0,
            display_name.as_str(),
            bio.as_str(),
            locale.as_str(),
        )
        .fetch_optional(&self.database)
        .await
        .and_then(|row| row.map(MemberRow::read).transpose())
        .map_err(failed("change a profile"))
    }

    async fn replace_hash(
        &self,
        id: MemberId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), StoreError> {
        // The password is the same, so neither its date nor the authority version moves.
        sqlx::query!(
            "
            update members
            set password_hash = $3,
                updated_at = now()
            where id = $1
              and password_hash = $2
            ",
            id.0,
            old.expose(),
            new.expose(),
        )
        .execute(&self.database)
        .await
        .map(drop)
        .map_err(failed("replace a password's hash"))
    }
}

struct MemberRow {
    id: Uuid,
    email: String,
    display_name: String,
    bio: String,
    locale: String,
    role: String,
    created_at: OffsetDateTime,
}

impl MemberRow {
    fn read(self) -> Result<Member, sqlx::Error> {
        Ok(Member {
            id: MemberId(self.id),
            email: Email::from_stored(self.email),
            profile: Profile {
                display_name: DisplayName::from_stored(self.display_name),
                bio: Bio::from_stored(self.bio),
                locale: read_locale(&self.locale)?,
            },
            role: read_role(&self.role)?,
            created_at: self.created_at,
        })
    }
}

struct OwnSessionRow {
    email: Option<String>,
    display_name: Option<String>,
    created_at: OffsetDateTime,
    remembered: bool,
    remaining: f64,
    idle_left: f64,
    end_reason: Option<String>,
}

impl OwnSessionRow {
    fn read(self) -> Result<Result<OwnSession, EndReason>, sqlx::Error> {
        if let Some(name) = &self.end_reason {
            return read_reason(name).map(Err);
        }
        let (Some(email), Some(display_name)) = (self.email, self.display_name) else {
            return Err(malformed("member_id"));
        };
        Ok(Ok(OwnSession {
            email: Email::from_stored(email),
            display_name: DisplayName::from_stored(display_name),
            created_at: self.created_at,
            persistence: persistence(self.remembered),
            remaining: seconds(self.remaining, "absolute_end")?,
            idle_left: seconds(self.idle_left, "last_seen_at")?,
        }))
    }
}

struct CredentialsRow {
    id: Uuid,
    authority_version: i64,
    email: String,
    password_hash: String,
    standing: String,
    locale: String,
}

impl CredentialsRow {
    fn read(self) -> Result<Credentials, sqlx::Error> {
        Ok(Credentials {
            member_id: MemberId(self.id),
            authority_version: self.authority_version,
            email: Email::from_stored(self.email),
            password_hash: PasswordHash::from_stored(self.password_hash),
            standing: read_standing(&self.standing)?,
            locale: read_locale(&self.locale)?,
        })
    }
}

//! The members: one table for all approaches but Genkan, which has its own.

use axum::{
    Form, Router,
    extract::{FromRef, State},
    http::StatusCode,
    routing::post,
};
use domain::session::Role;
use server::postgres::{self, Database};
use sqlx::{AssertSqlSafe, FromRow, raw_sql};
use uuid::Uuid;

use super::{Failure, forms::MemberAndRole};

/// A member.
#[derive(Clone, FromRow)]
pub struct Member {
    /// The id
    pub id: Uuid,
    /// The name, of letters and digits
    pub name: String,
    /// `member` or `admin`
    pub role: String,
}

/// The table `lab_members`. Cloning shares its connections.
#[derive(Clone)]
pub struct Members(Database);

impl Members {
    /// The table of this database, which is connected to on first use, with the pool and the timeouts of the product for
    /// every approach alike.
    ///
    /// # Errors
    /// The URL does not name a Postgres database.
    pub fn at(database_url: &str) -> anyhow::Result<Self> {
        Ok(Self(postgres::connect(database_url)?))
    }

    /// The database of the table.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.0
    }

    /// Creates the table. Instances that do so at the same time wait for each other.
    ///
    /// # Errors
    /// The database is unavailable.
    pub async fn prepare(&self) -> sqlx::Result<()> {
        prepare_table(
            &self.0,
            "
            create table if not exists lab_members (
                id uuid primary key,
                name text not null constraint lab_members_name unique
                    constraint lab_members_name_plain check (name ~ '^[a-z0-9-]{1,32}$'),
                role text not null constraint lab_members_role check (role in ('member', 'admin'))
            )
            ",
        )
        .await
    }

    /// The member of this name.
    ///
    /// # Errors
    /// The database is unavailable.
    pub async fn named(&self, name: &str) -> sqlx::Result<Option<Member>> {
        sqlx::query_as("select id, name, role from lab_members where name = $1")
            .bind(name)
            .fetch_optional(&self.0)
            .await
    }

    /// The member with this id.
    ///
    /// # Errors
    /// The database is unavailable.
    pub async fn find(&self, id: Uuid) -> sqlx::Result<Option<Member>> {
        sqlx::query_as("select id, name, role from lab_members where id = $1")
            .bind(id)
            .fetch_optional(&self.0)
            .await
    }

    /// Changes a member's role, and returns the member's id. `None`: no such member.
    ///
    /// # Errors
    /// The database is unavailable.
    pub async fn set_role(&self, name: &str, role: Role) -> sqlx::Result<Option<Uuid>> {
        sqlx::query_scalar("update lab_members set role = $2 where name = $1 returning id")
            .bind(name)
            .bind(role.as_str())
            .fetch_optional(&self.0)
            .await
    }

    async fn add(&self, name: &str, role: Role) -> sqlx::Result<()> {
        sqlx::query(
            "
            insert into lab_members (id, name, role)
            values ($1, $2, $3)
            on conflict on constraint lab_members_name do update
            set role = excluded.role
            ",
        )
        .bind(Uuid::now_v7())
        .bind(name)
        .bind(role.as_str())
        .execute(&self.0)
        .await
        .map(drop)
    }
}

/// Creates a table, while no other instance does. Statements that are sent together are one transaction.
pub(crate) async fn prepare_table(
    database: &Database,
    statement: &'static str,
) -> sqlx::Result<()> {
    let statements = format!("select pg_advisory_xact_lock(hashtext('lab')); {statement}");
    raw_sql(AssertSqlSafe(statements)).execute(database).await.map(drop)
}

/// `POST /members`.
pub(crate) fn adding<S>() -> Router<S>
where
    Members: FromRef<S>,
    S: Clone + Send + Sync + 'static,
{
    Router::new().route("/members", post(add))
}

/// `POST /role` where the row is all that has to change.
pub(crate) fn changing_the_row<S>() -> Router<S>
where
    Members: FromRef<S>,
    S: Clone + Send + Sync + 'static,
{
    Router::new().route("/role", post(change_role))
}

async fn add(
    State(members): State<Members>,
    Form(form): Form<MemberAndRole>,
) -> Result<StatusCode, Failure> {
    members.add(&form.member, form.role).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change_role(
    State(members): State<Members>,
    Form(form): Form<MemberAndRole>,
) -> Result<StatusCode, Failure> {
    let changed = members.set_role(&form.member, form.role).await?;
    Ok(if changed.is_some() { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND })
}

//! The role that serves: it reads and writes rows, and owns nothing. An instance that is taken over can then neither
//! drop a table nor remove a constraint.

use std::str::FromStr;

use sqlx::{Connection, PgConnection};

/// Postgres cuts longer names, so two roles could become one.
const NAME_MAX: usize = 63;

/// The name of a role.
#[derive(Debug, Clone, derive_more::Display)]
pub struct RoleName(String);

/// The name of a role is empty, or longer than Postgres keeps.
#[derive(Debug, thiserror::Error)]
#[error("a role's name has 1 to {NAME_MAX} bytes")]
pub struct InvalidRoleName;

impl FromStr for RoleName {
    type Err = InvalidRoleName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name.is_empty() || name.len() > NAME_MAX {
            return Err(InvalidRoleName);
        }
        Ok(Self(name.to_owned()))
    }
}

/// Grants `role` what serving needs on all tables that there are: rows, and reading which migrations have run. Creates
/// it, without log-in, if it is missing. Accounts get the privileges as members of it.
///
/// # Errors
/// The database is unavailable, or this account may not create roles or does not own the tables.
pub async fn grant_serving(url: &str, RoleName(role): &RoleName) -> Result<(), sqlx::Error> {
    let options = super::options(url, "genkan migrate")?;
    let mut connection = PgConnection::connect_with(&options).await?;
    let mut transaction = connection.begin().await?;
    // A setting, because neither `grant` nor a block takes parameters.
    sqlx::query!("select set_config('genkan.serving_role', $1, true) as role", role)
        .fetch_one(&mut *transaction)
        .await?;
    sqlx::raw_sql(include_str!("serving_role.sql")).execute(&mut *transaction).await?;
    transaction.commit().await?;
    connection.close().await
}

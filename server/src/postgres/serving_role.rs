//! The role that serves: it reads and writes rows, and owns nothing. An instance that is taken over can then neither
//! drop a table nor remove a constraint.

use sqlx::{Connection, PgConnection};

/// Grants `role` what serving needs on all tables that there are: rows, and reading which migrations have run. Creates
/// it, without log-in, if it is missing. Accounts get the privileges as members of it.
///
/// # Errors
/// The database is unavailable, or this account may not create roles or does not own the tables.
pub async fn grant_serving(url: &str, role: &str) -> Result<(), sqlx::Error> {
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

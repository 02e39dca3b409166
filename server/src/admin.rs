//! What is done at a terminal and not by a member.

use anyhow::{Context, anyhow, bail};
use domain::{
    email::Email,
    fields::FieldProblem,
    keys::KeyRing,
    member::{DisplayName, Locale},
    password::{Password, PasswordHasher},
};
use sqlx::PgPool;

use crate::{
    config::Hashing,
    postgres::{NewMember, PgMembers},
};

/// The shortest password of a seeded member, in characters. Seeding is for development and tests.
const SEED_PASSWORD_MIN: usize = 8;

/// A member to be made without a mail.
pub struct Seed {
    /// The e-mail address
    pub email: String,
    /// The display name
    pub name: String,
    /// The password
    pub password: String,
}

/// Prints a new entry for `SECRET_KEYS`.
///
/// # Errors
/// The operating system gave no randomness.
pub fn new_key() -> anyhow::Result<()> {
    let id = uuid::Uuid::new_v4().simple().to_string();
    let entry = KeyRing::new_entry(&id[..8]).context("no randomness")?;
    #[expect(clippy::print_stdout, reason = "this is the command's answer")]
    {
        println!("{}", entry.as_str());
    }
    Ok(())
}

/// Makes the member with this address an admin.
///
/// # Errors
/// There is none, or the database could not say.
pub async fn grant(pool: PgPool, email: &str) -> anyhow::Result<()> {
    let email = Email::parse(email).map_err(|problem| wrong("the address", problem))?;
    if !PgMembers::new(pool).grant_admin(&email).await? {
        bail!("there is no member with this address");
    }
    Ok(())
}

/// Makes a member, unless there is one with this address.
///
/// # Errors
/// Something given is not acceptable, or the database could not say.
pub async fn seed(pool: PgPool, hashing: Hashing, seed: Seed) -> anyhow::Result<()> {
    let email = Email::parse(&seed.email).map_err(|problem| wrong("the address", problem))?;
    let display_name =
        DisplayName::parse(&seed.name).map_err(|problem| wrong("the name", problem))?;
    let password = Password::parse_new(&seed.password, SEED_PASSWORD_MIN, Some(&email))
        .map_err(|problem| wrong("the password", problem))?;
    let hasher = PasswordHasher::new(hashing.cost, 1).map_err(|error| anyhow!("{error}"))?;
    let password_hash = hasher.hash(&password).await?;
    let new = NewMember { email, display_name, locale: Locale::default(), password_hash };
    PgMembers::new(pool).seed(&new).await?;
    Ok(())
}

fn wrong(what: &str, problem: FieldProblem) -> anyhow::Error {
    anyhow!("{what} is not acceptable: {}", problem.code())
}

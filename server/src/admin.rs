//! Commands of the staff at a terminal.

use anyhow::{Context, anyhow};
use domain::{
    Resources,
    account::{
        change_role::{RoleChanged, change_role},
        email::Email,
        member::{DisplayName, Language, MemberId, Role},
        suspend,
    },
    audit::{self, Details, Event},
    credentials::password::{Asker, Password, PasswordContext, PasswordHasher},
    fields::FieldProblem,
    session::{Client, end_all_sessions, keys::KeyRing},
};
use zeroize::Zeroizing;

use crate::{
    config::Seeding,
    postgres::{self, NewMember, PgMembers},
};

/// A member to create without a mail.
pub struct Seed {
    /// The e-mail address
    pub email: String,
    /// The display name
    pub name: String,
    /// The password; a line break at its end is not part of it
    pub password: String,
}

/// A new entry for `SECRET_KEYS`, with a random id.
///
/// # Errors
/// The operating system gave no randomness.
pub fn new_key() -> anyhow::Result<Zeroizing<String>> {
    let id = uuid::Uuid::new_v4().simple().to_string();
    KeyRing::new_entry(&id[..8]).context("no randomness")
}

/// Prints a new entry for `SECRET_KEYS`.
///
/// # Errors
/// The operating system gave no randomness.
pub fn print_new_key() -> anyhow::Result<()> {
    say(new_key()?.as_str());
    Ok(())
}

/// Gives the member with this address a role. It takes effect on the next request.
///
/// # Errors
/// There is no such member, or the database is unavailable.
pub async fn set_role(resources: &Resources, email: &str, role: Role) -> anyhow::Result<()> {
    let id = member_with(resources, email).await?;
    let when = match change_role(resources, id, role).await? {
        RoleChanged::AtOnce => "from the next request on".to_owned(),
        RoleChanged::WithTheNextRefresh => {
            let within = resources.session.lifetimes.access.as_secs();
            format!("in some sessions only from the next refresh on, within {within} s")
        }
        RoleChanged::NoSuchMember => return Err(no_such_member()),
    };
    say(&format!("Member {id} has the role {}, {when}.", role.as_str()));
    Ok(())
}

/// Suspends the member with this address, at once and everywhere.
///
/// # Errors
/// There is no such member, or the database is unavailable.
pub async fn suspend(resources: &Resources, email: &str) -> anyhow::Result<()> {
    let id = member_with(resources, email).await?;
    if !suspend::suspend(resources, id).await? {
        return Err(no_such_member());
    }
    say(&format!("Member {id} is suspended, and every session of theirs has ended."));
    Ok(())
}

/// Reinstates the member with this address.
///
/// # Errors
/// There is no such member, or the database is unavailable.
pub async fn reinstate(resources: &Resources, email: &str) -> anyhow::Result<()> {
    let id = member_with(resources, email).await?;
    if !suspend::reinstate(resources, id).await? {
        return Err(no_such_member());
    }
    say(&format!("Member {id} may log in again."));
    Ok(())
}

/// Ends every session of every member, for use after restoring a backup, in which ended sessions may be open again.
///
/// # Errors
/// The database is unavailable.
pub async fn end_all_sessions(resources: &Resources) -> anyhow::Result<()> {
    let swept = end_all_sessions::end_all_sessions(&resources.session).await?;
    say(&format!("Every session has ended; {} of them are closed.", swept.closed));
    if swept.failed > 0 {
        say("Running instances close the rest once they reach the live-session store.");
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is the command's answer")]
fn say(answer: &str) {
    println!("{answer}");
}

async fn member_with(resources: &Resources, email: &str) -> anyhow::Result<MemberId> {
    let email = Email::parse_typed(email).map_err(|problem| wrong("the address", problem))?;
    let credentials = resources.members.credentials(&email).await?;
    credentials.map(|known| known.member_id).ok_or_else(no_such_member)
}

fn no_such_member() -> anyhow::Error {
    anyhow!("there is no member with this address")
}

/// Creates a member, unless there is one with this address.
///
/// # Errors
/// A value is not acceptable, or the database is unavailable.
pub async fn seed(seeding: &Seeding, seed: Seed) -> anyhow::Result<()> {
    let email = Email::parse(&seed.email).map_err(|problem| wrong("the address", problem))?;
    let display_name =
        DisplayName::parse(&seed.name).map_err(|problem| wrong("the name", problem))?;
    let typed = seed.password.trim_end_matches(['\r', '\n']);
    let context = PasswordContext { email: Some(&email), display_name: Some(&display_name) };
    let password = Password::parse_new(typed, seeding.password_min_length, context)
        .map_err(|problem| wrong("the password", problem))?;
    let hasher = PasswordHasher::new(seeding.hashing.cost, 1)
        .map_err(|error| anyhow!("{error}"))?
        .by(seeding.hashing.library);
    let password_hash = hasher.hash(&password, &Asker::stranger(&Client::default())).await?;
    let pool = postgres::connect(seeding.database_url.expose()).context("DATABASE_URL")?;
    let new = NewMember { email, display_name, locale: Language::default(), password_hash };
    match PgMembers::new(pool).seed(&new).await? {
        Some(id) => {
            audit::record(Event::UserCreated, Details::by_staff().of(id));
            say("the member was made");
        }
        None => say("there is a member with this address already; nothing was changed"),
    }
    Ok(())
}

fn wrong(what: &str, problem: FieldProblem) -> anyhow::Error {
    anyhow!("{what} is not acceptable: {}", problem.as_str())
}

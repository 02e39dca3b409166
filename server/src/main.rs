//! `genkan` serves; its subcommands prepare what it serves from.

use std::{process::ExitCode, sync::Arc};

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use domain::account::member::Role;
use mimalloc::MiMalloc;
use server::{
    admin,
    config::{Config, LiveSessionStore, LogFormat, Logging, Seeding},
    memory::OtherProcess,
    metrics, postgres, serve,
    state::Genkan,
};
use tracing_subscriber::EnvFilter;

/// Much faster than the system's where requests are many and small: docs/performance.md.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Genkan, a member site.
#[derive(Parser)]
#[command(name = "genkan", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Makes the database, if there is none, and brings it up to date
    Migrate,
    /// Secrets for SECRET_KEYS
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Commands of the staff at a terminal
    #[command(subcommand)]
    Admin(AdminCommand),
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Prints a new entry for SECRET_KEYS
    New,
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Makes a member an admin
    Grant {
        /// The member's e-mail address
        email: String,
    },
    /// Makes an admin a member like others
    Revoke {
        /// The admin's e-mail address
        email: String,
    },
    /// Shuts a member out, at once and everywhere
    Suspend {
        /// The member's e-mail address
        email: String,
    },
    /// Lets a suspended member log in again
    Reinstate {
        /// The member's e-mail address
        email: String,
    },
    /// Logs everybody out, as after a restored backup
    EndAllSessions,
    /// Makes a member whose address counts as confirmed, unless there is one already. For development; the
    /// password is read from standard input
    Seed {
        /// The e-mail address
        email: String,
        /// The display name
        name: String,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        // A sentence for the operator, whatever `RUST_BACKTRACE` says: where in the code it came up is no help.
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    // A `.env` is for development; what the environment says already stays as it is.
    match dotenvy::dotenv() {
        // Without the line, which may hold a secret.
        Err(dotenvy::Error::LineParse(..)) => bail!(".env holds a line that cannot be read"),
        Err(error) if !error.not_found() => return Err(error).context(".env cannot be read"),
        _ => {}
    }
    let lookup = |name: &str| std::env::var(name).ok();
    log(&Logging::read(lookup)?)?;
    match Arguments::parse().command {
        None => serve_site(Config::read(lookup)?).await,
        Some(Command::Migrate) => {
            let url = server::config::database_url(lookup)?;
            postgres::migrate(url.expose()).await.context("the migrations did not run")
        }
        Some(Command::Keys(KeysCommand::New)) => admin::new_key(),
        Some(Command::Admin(command)) => administrate(command, lookup).await,
    }
}

/// Commands about sessions need the same configuration as the site: they write to the live-session store at once.
async fn administrate(
    command: AdminCommand,
    lookup: impl Fn(&str) -> Option<String>,
) -> anyhow::Result<()> {
    let resources = async || {
        let Genkan { resources, config, .. } = Genkan::connect(Config::read(&lookup)?).await?;
        let mut resources = Arc::unwrap_or_clone(resources);
        if config.live_sessions == LiveSessionStore::Memory {
            resources.session.live = Arc::new(OtherProcess);
        }
        anyhow::Ok(resources)
    };
    match command {
        AdminCommand::Grant { email } => {
            admin::set_role(&resources().await?, &email, Role::Admin).await
        }
        AdminCommand::Revoke { email } => {
            admin::set_role(&resources().await?, &email, Role::Member).await
        }
        AdminCommand::Suspend { email } => admin::suspend(&resources().await?, &email).await,
        AdminCommand::Reinstate { email } => admin::reinstate(&resources().await?, &email).await,
        AdminCommand::EndAllSessions => admin::end_all_sessions(&resources().await?).await,
        AdminCommand::Seed { email, name } => {
            let seeding = Seeding::read(&lookup)?;
            // Not an argument: other programs see those.
            let password = std::io::read_to_string(std::io::stdin())
                .context("the password cannot be read from standard input")?;
            admin::seed(&seeding, admin::Seed { email, name, password }).await
        }
    }
}

async fn serve_site(config: Config) -> anyhow::Result<()> {
    if !config.public_url.keeps_secure_cookies() {
        tracing::warn!(
            "PUBLIC_URL is plain http and not this machine: browsers will keep no session, so nobody can log in"
        );
    }
    if config.live_sessions == LiveSessionStore::Memory {
        tracing::warn!(
            "LIVE_SESSIONS=memory is for one instance: a second one would not know who is signed in, nor who has logged out"
        );
    }
    if let Some(address) = config.metrics_addr {
        metrics::serve(address)?;
    }
    let state = Genkan::connect(config).await?;
    if !postgres::has_synchronous_standby(&state.database).await? {
        tracing::warn!(
            "Postgres has no synchronous standby: a failover could forget that a session has ended; \
             `genkan admin end-all-sessions` is for after one"
        );
    }
    serve::until_told_to_stop(state).await
}

fn log(logging: &Logging) -> anyhow::Result<()> {
    let mut filter = EnvFilter::try_new(&logging.filter).context("RUST_LOG")?;
    // Whatever else is left out, audit events are not, unless they are named.
    if !logging.filter.contains("audit") {
        filter = filter.add_directive("audit=info".parse()?);
    }
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match logging.format {
        LogFormat::Pretty => lines.init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}

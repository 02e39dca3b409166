//! The program `genkan`: serves the site; subcommands prepare and administer its stores.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use domain::account::member::Role;
use mimalloc::MiMalloc;
use server::{
    admin,
    config::{Config, LiveSessionStore, LogFormat, Logging, Seeding},
    health, key_file,
    memory::OtherProcess,
    metrics, postgres, serve,
    state::Genkan,
};
use tracing_subscriber::EnvFilter;

/// Much faster than the system's allocator for many small requests (`docs/performance.md`).
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
    /// Creates the database if it does not exist, and migrates it
    Migrate {
        /// A role to grant what serving needs, created without log-in if it is missing
        #[arg(long, value_name = "ROLE")]
        serving_role: Option<postgres::RoleName>,
    },
    /// Succeeds if the instance on this machine, found by its PORT and LISTEN, is ready
    Health,
    /// Secrets for SECRET_KEYS
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Commands for the staff
    #[command(subcommand)]
    Admin(AdminCommand),
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Prints a new entry for SECRET_KEYS
    New,
    /// Writes a new key to a file for SECRET_KEYS_FILE, unless it holds something
    Ensure {
        /// The file
        file: PathBuf,
    },
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Makes a member an admin
    Grant {
        /// The member's e-mail address
        email: String,
    },
    /// Makes an admin an ordinary member
    Revoke {
        /// The admin's e-mail address
        email: String,
    },
    /// Logs a member out everywhere at once, and refuses further log-ins
    Suspend {
        /// The member's e-mail address
        email: String,
    },
    /// Lets a suspended member log in again
    Reinstate {
        /// The member's e-mail address
        email: String,
    },
    /// Logs everybody out, for example after restoring a backup
    EndAllSessions,
    /// Creates a member with a confirmed address, unless there is one. For development. Reads the password from
    /// standard input
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
        // A sentence for the operator, without a backtrace whatever `RUST_BACKTRACE` says.
        Err(error) => {
            eprintln!("Error: {}", sentence(&error));
            ExitCode::FAILURE
        }
    }
}

/// The error and its causes, without those that the one before has already said.
fn sentence(error: &anyhow::Error) -> String {
    let mut said = Vec::<String>::new();
    for cause in error.chain().map(ToString::to_string) {
        if said.last().is_none_or(|last| !last.contains(&cause)) {
            said.push(cause);
        }
    }
    said.join(": ")
}

async fn run() -> anyhow::Result<()> {
    // A `.env` file is for development. Variables in the environment take precedence.
    match dotenvy::dotenv() {
        // Omits the line, which may hold a secret.
        Err(dotenvy::Error::LineParse(..)) => bail!(".env holds a line that cannot be read"),
        Err(error) if !error.not_found() => return Err(error).context(".env cannot be read"),
        _ => {}
    }
    let lookup = |name: &str| std::env::var(name).ok();
    log(&Logging::read(lookup)?)?;
    match Arguments::parse().command {
        None => serve_site(Config::read(lookup)?).await,
        Some(Command::Migrate { serving_role }) => {
            let url = server::config::database_url(lookup)?;
            postgres::migrate(url.expose()).await.context("the migrations did not run")?;
            if let Some(role) = serving_role {
                postgres::grant_serving(url.expose(), &role)
                    .await
                    .with_context(|| format!("{role} was not granted what serving needs"))?;
            }
            Ok(())
        }
        Some(Command::Health) => health::check(&server::config::own_addresses(lookup)?).await,
        Some(Command::Keys(KeysCommand::New)) => admin::print_new_key(),
        Some(Command::Keys(KeysCommand::Ensure { file })) => key_file::ensure(&file),
        Some(Command::Admin(command)) => administrate(command, lookup).await,
    }
}

/// Commands that change sessions need the site's configuration, because they write to the live-session store at once.
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
            // Not an argument, which other programs could see.
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
    let metrics_addr = config.metrics_addr;
    if let Some(address) = metrics_addr {
        metrics::serve(address)?;
    }
    let state = Genkan::connect(config).await?;
    if metrics_addr.is_some() {
        tokio::spawn(metrics::watch(state.clone()));
    }
    tokio::spawn(warn_without_standby(state.database.clone()));
    serve::until_told_to_stop(state).await
}

async fn warn_without_standby(database: postgres::Database) {
    match postgres::has_synchronous_standby(&database).await {
        Ok(true) => {}
        Ok(false) => tracing::warn!(
            "Postgres has no synchronous standby: a failover could forget that a session has ended; \
             `genkan admin end-all-sessions` is for after one"
        ),
        Err(error) => {
            tracing::warn!(error = %domain::causes(&error), "postgres.standby_unknown");
        }
    }
}

fn log(logging: &Logging) -> anyhow::Result<()> {
    let mut filter = EnvFilter::try_new(&logging.filter).context("RUST_LOG")?;
    // Audit events are always logged, unless the filter names them.
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

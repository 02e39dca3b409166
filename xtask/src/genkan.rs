//! The server's own binary, as a tool: it makes keys, migrates, and seeds the demo member.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace;

/// Who can log in after `cargo xtask dev`.
pub(crate) struct DemoMember {
    pub(crate) email: &'static str,
    pub(crate) name: &'static str,
    pub(crate) password: &'static str,
}

pub(crate) const DEMO: DemoMember = DemoMember {
    email: "demo@genkan.example",
    name: "Demo",
    password: "correct horse battery staple",
};

/// Every variable that the server reads (`server/src/config.rs`): cleared before a test's own are set.
const SERVER_VARIABLES: [&str; 35] = [
    "ACCESS_TTL",
    "BODY_LIMIT",
    "DATABASE_URL",
    "DATABASE_URL_FILE",
    "DEV_MAILBOX",
    "HASH_LANES",
    "HASH_MEMORY_KIB",
    "HASH_PASSES",
    "HASH_PERMITS",
    "KEEP_ALIVE",
    "K_SERVICE",
    "LISTEN",
    "LIVE_SESSIONS",
    "LOG_FORMAT",
    "MAIL_FROM",
    "METRICS_ADDR",
    "PASSWORD_MIN_LENGTH",
    "PORT",
    "PRIVATE_NETWORK",
    "PUBLIC_URL",
    "RATE_LIMITS",
    "REDIS_URL",
    "REDIS_URL_FILE",
    "REFRESH_GRACE",
    "REMEMBER_IDLE",
    "REMEMBER_MAX",
    "RUST_LOG",
    "SECRET_KEYS",
    "SECRET_KEYS_FILE",
    "SECURITY_CONTACT",
    "SESSION_IDLE",
    "SESSION_MAX",
    "SMTP_URL",
    "SMTP_URL_FILE",
    "TRUSTED_HOPS",
];

/// Builds the server in the dev profile with exactly the features that cargo-leptos and `cargo test` use, so that
/// nothing is compiled twice.
///
/// # Errors
/// It does not compile.
pub(crate) fn build() -> Result<()> {
    let mut command = process::cargo();
    command
        .args(["build", "--package", "server", "--bin", "genkan"])
        .current_dir(workspace::root());
    process::run("building the server", &mut command)
}

/// The binary that [`build`] makes.
pub(crate) fn binary() -> PathBuf {
    workspace::target().join("debug/genkan")
}

/// A command that runs the binary with nothing of the server's settings in its environment, in a folder from
/// which no `.env` is found.
pub(crate) fn isolated() -> Command {
    let mut command = Command::new(binary());
    for name in SERVER_VARIABLES {
        command.env_remove(name);
    }
    command.current_dir(std::env::temp_dir());
    command
}

/// One line of `SECRET_KEYS`, new.
///
/// # Errors
/// The binary failed or printed something else.
pub(crate) fn new_key() -> Result<String> {
    let printed = process::printed_by(isolated().args(["keys", "new"]))
        .context("`genkan keys new` failed")?;
    let key = printed.lines().last().unwrap_or_default().trim();
    if !key.contains(':') || key.contains(char::is_whitespace) {
        bail!("`genkan keys new` printed no `kid:base64`");
    }
    Ok(key.to_owned())
}

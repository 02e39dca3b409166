//! The Playwright suite in Chromium, against the release build of the browser's part and the very server binary
//! that the Rust tests use, on private stores. Three servers: the ordinary one, and two whose sessions are short
//! enough that a test can wait for their end.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use nix::sys::signal::Signal;

use crate::chromium::{self, Chromium};
use crate::genkan;
use crate::http;
use crate::interrupt;
use crate::logs;
use crate::ports;
use crate::postgres::Postgres;
use crate::process::{self, Group};
use crate::progress::note;
use crate::redis::Redis;
use crate::site;
use crate::workspace;

/// What the tests call `ACCESS`, `GRACE` and so on, in `end2end/support/lifetimes.ts`, in seconds.
const SERVERS: [Settings; 3] = [
    Settings { name: "end2end", tells: "BASE_URL", lifetimes: &[] },
    Settings {
        name: "end2end_short",
        tells: "SHORT_BASE_URL",
        lifetimes: &[("ACCESS_TTL", "11"), ("REFRESH_GRACE", "3"), ("SESSION_IDLE", "15")],
    },
    Settings {
        name: "end2end_brief",
        tells: "BRIEF_BASE_URL",
        lifetimes: &[("ACCESS_TTL", "11"), ("REFRESH_GRACE", "3"), ("SESSION_MAX", "18")],
    },
];
const TIME_TO_START: Duration = Duration::from_secs(60);

/// How a server differs from the others.
struct Settings {
    /// Of its database and its log
    name: &'static str,
    /// The variable in which the tests find its address
    tells: &'static str,
    lifetimes: &'static [(&'static str, &'static str)],
}

/// Runs the suite on a site that [`site::build`] has built.
///
/// # Errors
/// A server does not start, or a test failed.
pub(crate) fn test(postgres: &Postgres, redis: &Redis, runner_arguments: &[String]) -> Result<()> {
    site::install_node_modules()?;
    let chromium = chromium::find_or_install()?;
    genkan::build()?;

    let mut command = site::playwright();
    command.arg("test").args(runner_arguments).current_dir(workspace::end2end());
    if let Chromium::At(file) = chromium {
        command.env("CHROMIUM_PATH", file);
    }
    let mut servers = Vec::new();
    for settings in &SERVERS {
        let port = ports::any_free()?;
        let url = format!("http://localhost:{port}");
        servers.push(start_server(settings, postgres, redis, port, &url)?);
        command.env(settings.tells, url);
    }
    let outcome = process::run("playwright", &mut command);
    drop(servers);
    if outcome.is_err() {
        for settings in &SERVERS {
            note(&format!("the log of {}: {}", settings.tells, log(settings).display()));
        }
    }
    outcome
}

fn start_server(
    settings: &Settings,
    postgres: &Postgres,
    redis: &Redis,
    port: u16,
    url: &str,
) -> Result<Group> {
    let database = postgres.url(settings.name);
    process::run(
        "genkan migrate",
        genkan::isolated().arg("migrate").env("DATABASE_URL", &database),
    )?;

    // Under `leashed` the program is an argument, so the environment is taken over from the isolated command.
    let isolated = genkan::isolated();
    let mut command = process::leashed(isolated.get_program(), Signal::SIGTERM);
    take_surroundings(&mut command, &isolated);
    command.env("DATABASE_URL", database).env("REDIS_URL", redis.url());
    command.env("PORT", port.to_string()).env("PUBLIC_URL", url);
    command.env("SECRET_KEYS", genkan::new_key()?);
    command.env("DEV_MAILBOX", "on").env("RATE_LIMITS", "off");
    command.envs(settings.lifetimes.iter().copied());
    command.env("LEPTOS_OUTPUT_NAME", "genkan").env("LEPTOS_SITE_PKG_DIR", "pkg");
    command.env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"));
    command.env("LEPTOS_SITE_ROOT", site::folder());
    // Leptos joins the name to the binary's folder, where an absolute path wins.
    command.env("LEPTOS_HASH_FILES", "true").env("LEPTOS_HASH_FILE_NAME", site::hash_file());
    fs::create_dir_all(workspace::target())?;
    let log = log(settings);
    logs::write_to(&mut command, &log)?;

    let mut server = Group::spawn("genkan", &mut command, Signal::SIGTERM)?;
    let deadline = Instant::now() + TIME_TO_START;
    while !http::answers_200(port, "/health/live") {
        if server.status()?.is_some() || Instant::now() > deadline {
            bail!(
                "the server does not start. The end of {}:\n{}",
                log.display(),
                logs::end_of(&log)
            );
        }
        interrupt::pause(Duration::from_millis(100))?;
    }
    Ok(server)
}

fn take_surroundings(command: &mut Command, model: &Command) {
    for (name, value) in model.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    if let Some(folder) = model.get_current_dir() {
        command.current_dir(folder);
    }
}

fn log(settings: &Settings) -> PathBuf {
    workspace::target().join(format!("{}-server.log", settings.name))
}

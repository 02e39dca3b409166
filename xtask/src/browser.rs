//! The Playwright suite in Chromium, against the release build of the browser's part and the very server binary
//! that the Rust tests use, on private stores.

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

const DATABASE: &str = "end2end";
const TIME_TO_START: Duration = Duration::from_secs(60);

/// A site beside the usual one, on which everything about a session happens within seconds.
const BRIEF: [(&str, &str); 6] = [
    ("ACCESS_TTL", "5"),
    ("REFRESH_GRACE", "1"),
    ("SESSION_IDLE", "8"),
    ("SESSION_MAX", "40"),
    ("REMEMBER_IDLE", "120"),
    ("REMEMBER_MAX", "600"),
];

/// Runs the suite on a site that [`site::build`] has built.
///
/// # Errors
/// The server does not start, or a test failed.
pub(crate) fn test(postgres: &Postgres, redis: &Redis, runner_arguments: &[String]) -> Result<()> {
    site::install_node_modules()?;
    let chromium = chromium::find_or_install()?;
    genkan::build()?;

    process::run(
        "genkan migrate",
        genkan::isolated().arg("migrate").env("DATABASE_URL", postgres.url(DATABASE)),
    )?;
    let usual = Site::start("usual", postgres, redis, &[])?;
    let brief = Site::start("brief", postgres, redis, &BRIEF)?;

    let mut command = site::playwright();
    command.arg("test").args(runner_arguments);
    command
        .current_dir(workspace::end2end())
        .env("BASE_URL", &usual.url)
        .env("BRIEF_URL", &brief.url);
    if let Chromium::At(file) = chromium {
        command.env("CHROMIUM_PATH", file);
    }
    let outcome = process::run("playwright", &mut command);
    if outcome.is_err() {
        note(&format!("the servers' logs: {}, {}", usual.log.display(), brief.log.display()));
    }
    outcome
}

/// A running server. It ends when this is dropped.
struct Site {
    url: String,
    log: PathBuf,
    _server: Group,
}

impl Site {
    fn start(
        name: &str,
        postgres: &Postgres,
        redis: &Redis,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let port = ports::any_free()?;
        let url = format!("http://localhost:{port}");
        let log = workspace::target().join(format!("end2end-{name}.log"));

        // Under `leashed` the program is an argument, so the environment is taken over from the isolated command.
        let isolated = genkan::isolated();
        let mut command = process::leashed(isolated.get_program(), Signal::SIGTERM);
        take_surroundings(&mut command, &isolated);
        command.env("DATABASE_URL", postgres.url(DATABASE)).env("REDIS_URL", redis.url());
        command.env("PORT", port.to_string()).env("PUBLIC_URL", &url);
        command.env("SECRET_KEYS", genkan::new_key()?);
        command.env("DEV_MAILBOX", "on").env("RATE_LIMITS", "off");
        command.env("LEPTOS_OUTPUT_NAME", "genkan").env("LEPTOS_SITE_PKG_DIR", "pkg");
        command.env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"));
        command.env("LEPTOS_SITE_ROOT", site::folder());
        // Leptos joins the name to the binary's folder, where an absolute path wins.
        command.env("LEPTOS_HASH_FILES", "true").env("LEPTOS_HASH_FILE_NAME", site::hash_file());
        command.envs(settings.iter().copied());
        fs::create_dir_all(workspace::target())?;
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
        Ok(Self { url, log, _server: server })
    }
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

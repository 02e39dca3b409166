//! `cargo xtask dev`: from a fresh clone to the site in a browser, with live reload. It stops everything that it
//! starts.

mod settings;

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};
use nix::sys::signal::Signal;

use self::settings::{PrivateUrl, Settings};
use crate::os::process::{self, Group};
use crate::os::progress::{note, step};
use crate::os::{interrupt, ports};
use crate::site::{self, DEMO_EMAIL, DEMO_PASSWORD};
use crate::stores::{Durability, Home, postgres, redis};
use crate::tools::{self, rust};

/// The stores that the site uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deployment {
    /// Postgres and Redis
    Usual,
    /// Postgres alone
    Smallest,
}

impl Deployment {
    /// Variables that win over `.env`, which keeps those of the usual deployment.
    const fn variables(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Usual => &[],
            // An empty variable counts as none.
            Self::Smallest => {
                &[("LIVE_SESSIONS", "postgres"), ("VISITOR_SESSIONS", ""), ("REDIS_URL", "")]
            }
        }
    }
}

/// Runs until it is interrupted or the server's watcher ends.
pub(crate) fn run(deployment: Deployment) -> Result<()> {
    rust::ensure_wasm_target()?;
    tools::cargo::LEPTOS.ensure()?;
    tools::cargo::WASM_BINDGEN.ensure()?;
    let mut settings = Settings::load()?;
    let _stores = step("Starting the stores", || start_stores(&mut settings, deployment))?;
    step("Compiling the server (minutes the first time, seconds later)", site::build_server)?;
    step("Keys, migrations, demo member", || prepare_data(&mut settings))?;
    serve(&settings, deployment)
}

fn start_stores(settings: &mut Settings, deployment: Deployment) -> Result<[Option<Group>; 2]> {
    let postgres = start_unless_given(settings, &settings::POSTGRES, postgres::start)?;
    let redis = match deployment {
        Deployment::Usual => start_unless_given(settings, &settings::REDIS, redis::start)?,
        Deployment::Smallest => None,
    };
    settings.save()?;
    Ok([postgres, redis])
}

fn start_unless_given(
    settings: &mut Settings,
    url: &PrivateUrl,
    start: fn(&Home, &Path, u16, Durability) -> Result<Group>,
) -> Result<Option<Group>> {
    let PrivateUrl { variable, .. } = url;
    let Some(preferred_port) = settings.port_of_private(url) else {
        note(&format!("{variable} names the one to use"));
        return Ok(None);
    };
    let home = Home::open()?;
    let folder = home.folder.join("dev");
    let port = ports::free_from(preferred_port)?;
    let server = start(&home, &folder, port, Durability::Kept)?;
    settings.set(variable, &url.with(port));
    note(&format!("{variable} is {}, with its data in {}", url.with(port), folder.display()));
    Ok(Some(server))
}

fn prepare_data(settings: &mut Settings) -> Result<()> {
    if settings.get("SECRET_KEYS").is_none() && settings.get("SECRET_KEYS_FILE").is_none() {
        settings.set("SECRET_KEYS", &site::new_key()?);
        settings.save()?;
        note("made a key and wrote it to .env");
    }
    site::migrate(&mut site::server_in_development())?;
    site::seed_demo(&mut site::server_in_development())
}

fn serve(settings: &Settings, deployment: Deployment) -> Result<()> {
    note("now compiling the browser's half and serving: cargo leptos watch");
    let mut command = process::cargo();
    if settings.get("LAME_DUCK").is_none() {
        // No balancer has to notice the end.
        command.env("LAME_DUCK", "0");
    }
    command.envs(deployment.variables().iter().copied());
    let mut watcher = Group::spawn(command.args(["leptos", "watch"]), Signal::SIGTERM)?;
    let mut is_announced = false;
    loop {
        if !is_announced && ports::accepts(settings.port) {
            announce(settings);
            is_announced = true;
        }
        let status = watcher.status()?;
        interrupt::pause(Duration::from_millis(300))?;
        if let Some(status) = status {
            bail!("cargo leptos watch ended ({status})");
        }
    }
}

fn announce(settings: &Settings) {
    let url = settings.get("PUBLIC_URL").unwrap_or_default();
    println!("\n    Genkan    {url}");
    println!("    log in    {DEMO_EMAIL} with: {DEMO_PASSWORD}");
    if settings.get("DEV_MAILBOX").as_deref() == Some("on") {
        println!("    mailbox   {url}/dev/mailbox");
    }
    if url.starts_with("http://localhost") {
        println!("    browser   not Safari, which keeps no Secure cookies of http://localhost");
    }
    println!("    stop      Ctrl-C\n");
}

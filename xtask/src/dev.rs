//! `cargo xtask dev`: from a fresh clone to the site in a browser, with live reload. Everything that it starts
//! ends with it.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::dev_settings::{DevSettings, Store};
use crate::genkan::{self, DEMO};
use crate::http;
use crate::interrupt;
use crate::ports;
use crate::postgres::{Durability, Postgres};
use crate::process::{self, Group};
use crate::programs;
use crate::progress::{Heartbeat, Step, note};
use crate::redis::{Persistence, Redis};
use crate::store_home::StoreHome;
use crate::tools;
use crate::workspace::{self, DevLock};

/// Runs until it is interrupted or the server's watcher ends.
///
/// # Errors
/// A step failed; what had been started by then is ended.
pub(crate) fn run() -> Result<()> {
    let _lock = DevLock::take()?;
    tools::ensure_wasm_target()?;
    tools::ensure(&[&tools::CARGO_LEPTOS, &tools::WASM_BINDGEN])?;

    let mut settings = DevSettings::load()?;
    let _stores = start_stores(&mut settings)?;
    settings.save()?;

    let step = Step::begin("Compiling the server (minutes the first time, seconds later)");
    genkan::build()?;
    step.done();

    prepare_data(&mut settings)?;
    serve(&settings)
}

/// Running stores; dropping them ends them.
#[derive(Default)]
struct Stores {
    _postgres: Option<Postgres>,
    _redis: Option<Redis>,
}

fn start_stores(settings: &mut DevSettings) -> Result<Stores> {
    let step = Step::begin("Starting the stores");
    let mut stores = Stores::default();

    match settings.postgres() {
        Store::Given => note("Postgres: the one that DATABASE_URL names"),
        Store::Private { preferred_port } => {
            let home = StoreHome::open()?;
            let port = ports::free_from(preferred_port)?;
            let postgres =
                Postgres::start(&home, &home.folder.join("dev"), port, Durability::Kept)?;
            settings.set("DATABASE_URL", &postgres.url("genkan"));
            note(&format!(
                "Postgres: private, on port {port}, data in {}",
                home.folder.join("dev").display()
            ));
            stores._postgres = Some(postgres);
        }
    }
    match settings.redis() {
        Store::Given => note("Redis: the one that REDIS_URL names"),
        Store::Private { preferred_port } => {
            let home = StoreHome::open()?;
            let port = ports::free_from(preferred_port)?;
            let redis = Redis::start(&home, &home.folder.join("dev"), port, Persistence::Saved)?;
            settings.set("REDIS_URL", &redis.url());
            note(&format!("Redis: private, on port {port}"));
            stores._redis = Some(redis);
        }
    }

    step.done();
    Ok(stores)
}

fn prepare_data(settings: &mut DevSettings) -> Result<()> {
    let step = Step::begin("Keys, migrations, demo member");
    if settings.get("SECRET_KEYS").is_none() {
        settings.set("SECRET_KEYS", &genkan::new_key()?);
        settings.save()?;
        note("made a key and wrote it to .env");
    }
    process::run("genkan migrate", genkan_with(settings).arg("migrate"))?;
    let mut seed = genkan_with(settings);
    seed.args(["admin", "seed", DEMO.email, DEMO.name]);
    process::run_reading("genkan admin seed", &mut seed, DEMO.password)?;
    step.done();
    Ok(())
}

fn genkan_with(settings: &DevSettings) -> Command {
    let mut command = Command::new(genkan::binary());
    command.current_dir(workspace::root());
    settings.apply(&mut command);
    command
}

fn serve(settings: &DevSettings) -> Result<()> {
    let step = Step::begin("Compiling the browser's part and serving: cargo leptos watch");
    let mut command = process::cargo();
    command.args(["leptos", "watch"]).current_dir(workspace::root());
    command.env("PATH", programs::path_with(&[tools::bin()])?);
    settings.apply(&mut command);
    let mut watcher = Group::spawn("cargo leptos watch", &mut command, Signal::SIGTERM)?;

    let mut heartbeat = Heartbeat::new("waiting for the site");
    while !http::answers_200(settings.port(), "/health/live") {
        fail_if_ended(&mut watcher)?;
        heartbeat.beat();
        interrupt::pause(Duration::from_millis(300))?;
    }
    step.done();
    announce(settings);

    loop {
        fail_if_ended(&mut watcher)?;
        interrupt::pause(Duration::from_millis(300))?;
    }
}

fn fail_if_ended(watcher: &mut Group) -> Result<()> {
    let status = watcher.status().context("cargo leptos watch is lost")?;
    if let Some(status) = status {
        interrupt::check()?;
        bail!("cargo leptos watch ended ({status})");
    }
    Ok(())
}

fn announce(settings: &DevSettings) {
    let url = settings.public_url();
    println!();
    println!("    Genkan    {url}");
    println!("    log in    {} with: {}", DEMO.email, DEMO.password);
    if settings.get("DEV_MAILBOX").as_deref() == Some("on") {
        println!("    mailbox   {url}/dev/mailbox");
    }
    if url.starts_with("http://localhost") {
        println!("    browser   not Safari, which keeps no Secure cookies of http://localhost");
    }
    println!("    stop      Ctrl-C");
    println!();
}

//! `cargo xtask cluster`: serves the site as in production until it is interrupted, and has parts of it fail when told to
//! on standard input.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cluster::{Cluster, FAULTS, Fault, Options, Store};
use crate::os::interrupt;
use crate::os::progress::note;
use crate::site::{self, Build, DEMO_EMAIL, DEMO_PASSWORD};

const POLL: Duration = Duration::from_millis(200);

/// Runs until it is interrupted or a part fails.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let mut cluster = Cluster::start(&parse(arguments)?)?;
    site::seed_demo(&mut cluster.genkan())?;
    announce(&cluster);
    let lines = lines_of_standard_input();
    let mut fault = None;
    loop {
        match lines.recv_timeout(POLL) {
            Ok(line) => fault = obey(line.trim(), fault, &mut cluster),
            Err(RecvTimeoutError::Timeout) => {}
            // Nobody can type.
            Err(RecvTimeoutError::Disconnected) => thread::sleep(POLL),
        }
        interrupt::check()?;
        cluster.check()?;
    }
}

/// Heals the present fault, and begins the one of that name, if any. What fails is reported, and the cluster goes on:
/// somebody may have stopped a part of it.
fn obey(
    name: &str,
    present: Option<&'static Fault>,
    cluster: &mut Cluster,
) -> Option<&'static Fault> {
    if let Some(present) = present {
        match present.heal(cluster) {
            Ok(()) => note(&format!("{} is healed", present.name)),
            Err(error) => note(&format!("{error:#}")),
        }
    }
    if name.is_empty() {
        return None;
    }
    let Some(fault) = Fault::named(name).filter(|fault| fault.applies_to(cluster)) else {
        note(&format!("there is no fault `{name}` here"));
        return None;
    };
    match fault.begin(cluster) {
        Ok(()) => note(&format!("{}; an empty line heals it", fault.what)),
        // It may have begun in part.
        Err(error) => note(&format!("{error:#}; an empty line heals what has begun")),
    }
    Some(fault)
}

fn parse(arguments: &[&str]) -> Result<Options> {
    let mut options = Options {
        store: Store::Sentinel,
        build: Build::Release,
        other: None,
        settings: Vec::new(),
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value"));
        match *word {
            "--debug" => options.build = Build::Debug,
            "--other" => options.other = Some(PathBuf::from(value()?)),
            "--store" => options.store = Store::named(value()?)?,
            _ => bail!("cluster takes --debug, --store NAME and --other PROGRAM, not {word}"),
        }
    }
    Ok(options)
}

fn lines_of_standard_input() -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        io::stdin().lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    lines
}

fn announce(cluster: &Cluster) {
    let Cluster { address, plain, certificate, logs, .. } = cluster;
    let faults = FAULTS.iter().filter(|fault| fault.applies_to(cluster));
    let faults: Vec<_> = faults.map(|fault| fault.name).collect();
    println!("\n    Genkan       {address}");
    println!("    plain HTTP   {plain} is redirected");
    println!("    certificate  {}", certificate.display());
    println!("    log in       {DEMO_EMAIL} with: {DEMO_PASSWORD}");
    println!("    mailbox      {address}/dev/mailbox");
    println!("    Prometheus   {}", cluster.prometheus());
    println!("    logs         {}", logs.display());
    println!("    faults       type a name to begin one, an empty line to heal it:");
    for some in faults.chunks(5) {
        println!("                 {}", some.join(" "));
    }
    println!("    stop         Ctrl-C\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_choose_store_build_and_the_other_version() -> Result<()> {
        let options = parse(&["--store", "postgres", "--debug", "--other", "/old/genkan"])?;
        assert_eq!((options.store, options.build), (Store::Postgres, Build::Debug));
        assert_eq!(options.other, Some(PathBuf::from("/old/genkan")));
        for wrong in [&["--store"][..], &["--store", "mysql"], &["postgres"]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
        Ok(())
    }
}

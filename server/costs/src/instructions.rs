//! The instructions that the server executes for a request, counted by Valgrind's Callgrind. Unlike time, they are
//! nearly the same on a busy machine and on another one.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use measuring::{client::Connection, instance::Instance};
use serde::Deserialize;

use crate::{
    FIVE,
    cost::Bench,
    population::Sample,
    requests::{self, Kind},
};

/// The requests of a kind before those that are counted: statements are prepared, and pages and tokens remembered.
const BEFORE: usize = 10;
/// How many of a kind are counted. What the server does besides is divided by their number.
const COUNTED: usize = 50;
/// The same for log-ins, which take a hundred times as long.
const COUNTED_LOG_INS: usize = 3;
/// The share by which a request may exceed its budget.
const TOLERANCE: f64 = 0.1;
/// Callgrind's name for a file, before a dot and a number
const COUNTS: &str = "counts";

/// The part of `budget.toml` about instructions.
#[derive(Deserialize)]
struct Budget {
    instructions: BTreeMap<Kind, u64>,
}

/// Prints the instructions of each of the five requests beside its budget.
///
/// # Errors
/// One exceeds its budget by more than a tenth.
pub async fn check(bench: &Bench, sample: &Sample, budget: &Path, folder: &Path) -> Result<()> {
    let budget: Budget = toml::from_str(&fs::read_to_string(budget)?)?;
    let server = Counted::start(bench, folder)?;
    let mut over = Vec::new();
    for kind in FIVE {
        let limit = *budget.instructions.get(&kind).with_context(|| {
            format!("the budget does not have the instructions of {}", kind.name())
        })?;
        let counted = server.instructions(bench, kind, sample).await?;
        println!("{counted:>13}  of {limit} for {}", kind.name());
        if exceeds(counted, limit) {
            over.push(kind.name());
        }
    }
    ensure!(
        over.is_empty(),
        "more than a tenth over budget: {}; make it cheaper, or raise it and say why",
        over.join(", ")
    );
    Ok(())
}

fn exceeds(counted: u64, limit: u64) -> bool {
    counted as f64 > limit as f64 * (1.0 + TOLERANCE)
}

/// An instance under Callgrind, and the folder of its counts.
struct Counted {
    instance: Instance,
    folder: PathBuf,
}

impl Counted {
    fn start(bench: &Bench, folder: &Path) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        let counts = folder.join(COUNTS);
        let arguments = [
            "--tool=callgrind".to_owned(),
            "--quiet".to_owned(),
            format!("--callgrind-out-file={}", counts.display()),
        ];
        let instance = bench.program.start_under_valgrind(&arguments)?;
        Ok(Self { instance, folder: folder.to_owned() })
    }

    /// The instructions of one request of this kind.
    async fn instructions(&self, bench: &Bench, kind: Kind, sample: &Sample) -> Result<u64> {
        let count = if kind == Kind::LogIn { COUNTED_LOG_INS } else { COUNTED };
        let subjects = match kind {
            // Each once, because the next one would not rotate.
            Kind::Refresh => &sample.refreshing[0][..BEFORE + COUNTED],
            _ => &sample.repeating(kind)[..BEFORE],
        };
        let requests = subjects.iter().map(|subject| requests::bytes(kind, subject, &bench.tokens));
        let requests: Vec<_> = requests.collect();
        let mut requests = requests.iter().cycle();

        let mut connection = Connection::open(self.instance.address).await?;
        for request in requests.by_ref().take(BEFORE.min(count)) {
            ask(&mut connection, kind, request).await?;
        }
        self.tell("zero")?;
        for request in requests.take(count) {
            ask(&mut connection, kind, request).await?;
        }
        self.tell("dump")?;
        Ok(self.total(kind)? / count as u64)
    }

    /// Sends Callgrind a command, and waits until it is carried out.
    fn tell(&self, command: &str) -> Result<()> {
        let mut vgdb = Command::new("vgdb");
        let output = vgdb.arg(format!("--pid={}", self.instance.process())).arg(command).output();
        let output = output.context("cannot start vgdb, which is part of Valgrind")?;
        if !output.status.success() {
            bail!("vgdb {command}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// The instructions of the last dump, which is named after the kind of request.
    fn total(&self, kind: Kind) -> Result<u64> {
        // The file without a number is for the program's end.
        let is_dump = |file: &PathBuf| {
            file.extension().is_some() && file.file_stem().is_some_and(|name| name == COUNTS)
        };
        let mut files = fs::read_dir(&self.folder)?.flatten().map(|file| file.path());
        let dump = files.find(is_dump).context("Callgrind has written nothing")?;
        let named = self.folder.join(format!("{kind:?}.callgrind"));
        fs::rename(dump, &named)?;
        total_of(&fs::read_to_string(named)?).context("Callgrind has counted nothing")
    }
}

async fn ask(connection: &mut Connection, kind: Kind, request: &[u8]) -> Result<()> {
    let status = connection.ask(request).await?;
    ensure!(status == kind.status(), "{} returned {status}", kind.name());
    Ok(())
}

/// The sum in a file of Callgrind, of its only event: instructions.
fn total_of(dump: &str) -> Option<u64> {
    dump.lines().find_map(|line| line.strip_prefix("totals: "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_more_is_within_the_budget() {
        assert_eq!([1000, 1100, 1101].map(|counted| exceeds(counted, 1000)), [false, false, true]);
    }

    #[test]
    fn the_budget_names_all_five_requests() -> Result<()> {
        let budget: Budget = toml::from_str(include_str!("../../../budget.toml"))?;
        let mut named: Vec<_> = budget.instructions.into_keys().collect();
        let mut five = FIVE.to_vec();
        named.sort();
        five.sort();
        assert_eq!(named, five);
        Ok(())
    }

    #[test]
    fn the_total_of_a_dump_is_read() {
        let dump = "# callgrind format\nevents: Ir\nsummary: 7\n\nfn=(1) main\n0 7\n\ntotals: 7\n";
        assert_eq!(total_of(dump), Some(7));
        assert_eq!(total_of("events: Ir\n"), None);
    }
}

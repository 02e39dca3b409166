//! `cargo xtask test`: runs and times the parts in order; a failed part does not stop the others. The drill mostly waits,
//! so some parts run during it.

mod browser;
mod budget;
mod checks;
mod image;
mod infra;
pub(crate) mod rules;
mod stores;

use std::env;
use std::fs::{self, File};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use super::{drill, lab, sqlx};
use crate::os::progress::{in_minutes, step};
use crate::os::{interrupt, process};
use crate::workspace;

/// One part: its name, its description, and a function that takes the arguments for its runner.
struct Part(&'static str, &'static str, fn(&[&str]) -> Result<()>);

/// In the order of running, fast failures first.
const PARTS: [Part; 14] = [
    Part("fmt", "formatting", |_| checks::format()),
    Part("lint", "clippy, and tsc for the browser tests", |_| checks::lint()),
    Part("deny", "licences, sources and unused dependencies", |_| checks::dependencies()),
    Part("infra", "Terraform's own checks, offline", |_| infra::check()),
    Part("rules", "the alerts of Prometheus, and the dashboard", |_| rules::check()),
    Part("sqlx", "the queries against a migrated Postgres", |_| sqlx::check()),
    Part("unit", "Rust tests on private stores", checks::unit),
    Part("stores", "other versions of Redis and Valkey, and PgBouncer", |_| stores::test()),
    Part("wasm", "the browser's timing rules, in WASM under Node", |_| checks::wasm()),
    Part("e2e", "Playwright against the built site", browser::test),
    Part("budget", "the first load's size, and requests' instructions", |_| budget::check()),
    Part("drill", "members at work while parts of a cluster fail", |_| drill::short()),
    Part("lab", "what must be so of every way to keep sessions", |_| lab::quick()),
    Part("image", "the image, built and run without Docker", |_| image::check()),
];
/// The parts whose runner takes arguments.
const WITH_RUNNER: [&str; 2] = ["unit", "e2e"];

const DRILL: &str = "drill";
/// The parts that run during the drill, one after the other.
const DURING_DRILL: [&str; 3] = ["infra", "lab", "image"];

/// What became of a part.
struct Outcome {
    name: &'static str,
    took: Duration,
    result: Result<()>,
}

/// Runs the named parts, or all, and prints a summary.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let (parts, runner_arguments) = parse(arguments)?;
    let has_drill = parts.iter().any(|part| part.0 == DRILL);
    let (during_drill, parts): (Vec<_>, Vec<_>) =
        parts.into_iter().partition(|part| has_drill && DURING_DRILL.contains(&part.0));
    let began = Instant::now();
    let mut outcomes = Vec::new();
    for part in parts {
        let others = if part.0 == DRILL { &during_drill[..] } else { &[] };
        thread::scope(|scope| {
            let others = scope.spawn(|| others.iter().map(|it| it.run_apart()).collect::<Vec<_>>());
            outcomes.push(part.run(runner_arguments));
            outcomes.extend(others.join().expect("it does not panic"));
        });
        interrupt::check()?;
    }

    println!("\n==> Summary");
    for Outcome { name, took, result } in &outcomes {
        let verdict = if result.is_ok() { "passed" } else { "FAILED" };
        println!("    {name:<8}{verdict} {:>12}", in_minutes(*took));
    }
    println!("    {:<14} {:>12}", "together", in_minutes(began.elapsed()));
    let failed = outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
    println!("\n{} passed, {failed} failed", outcomes.len() - failed);
    if failed > 0 {
        bail!("{failed} of {} parts failed", outcomes.len());
    }
    Ok(())
}

impl Part {
    fn run(&self, runner_arguments: &[&str]) -> Outcome {
        let Self(name, checks, run) = self;
        self.timed(|| step(&format!("{name}: {checks}"), || run(runner_arguments)))
    }

    /// Runs the part in a process of its own, and prints its output at the end.
    fn run_apart(&self) -> Outcome {
        self.timed(|| {
            let path = workspace::target().join(format!("test-{}.log", self.0));
            let log =
                File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
            let mut command = process::leashed(env::current_exe()?, Signal::SIGTERM);
            command.args(["test", self.0]).stdout(log.try_clone()?).stderr(log);
            let result = process::run(self.0, &mut command);
            print!("{}", fs::read_to_string(path)?);
            result
        })
    }

    fn timed(&self, work: impl FnOnce() -> Result<()>) -> Outcome {
        let began = Instant::now();
        let result = work();
        if let Err(error) = &result {
            println!("    FAILED: {error:#}");
        }
        Outcome { name: self.0, took: began.elapsed(), result }
    }
}

/// Parses the parts, and the arguments after `--`.
fn parse<'a>(arguments: &'a [&'a str]) -> Result<(Vec<&'static Part>, &'a [&'a str])> {
    let end = arguments.iter().position(|word| *word == "--").unwrap_or(arguments.len());
    let (names, rest) = (&arguments[..end], arguments.get(end + 1..).unwrap_or_default());
    let find = |name: &&str| {
        PARTS.iter().find(|part| part.0 == *name).with_context(|| {
            format!("there is no part `{name}`: {}", PARTS.map(|part| part.0).join(", "))
        })
    };
    let parts = names.iter().map(find).collect::<Result<Vec<_>>>()?;
    if !rest.is_empty() && !matches!(names, [name] if WITH_RUNNER.contains(name)) {
        bail!("arguments after `--` go to one runner: name `unit` or `e2e`, and no other part");
    }
    Ok((if parts.is_empty() { PARTS.iter().collect() } else { parts }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_run_during_the_drill_exist_and_take_no_arguments() {
        for name in DURING_DRILL.iter().chain([&DRILL]) {
            assert!(PARTS.iter().any(|part| part.0 == *name), "{name}");
            assert!(!WITH_RUNNER.contains(name), "{name}");
        }
    }

    #[test]
    fn only_one_part_with_a_runner_takes_arguments_after_two_dashes() -> Result<()> {
        assert_eq!(parse(&[])?.0.len(), PARTS.len());
        let (parts, rest) = parse(&["e2e", "--", "--grep", "login"])?;
        assert_eq!((parts.len(), parts[0].0, rest), (1, "e2e", &["--grep", "login"][..]));
        for wrong in [&["unit", "e2e", "--", "x"][..], &["--", "x"], &["fmt", "--", "x"], &["all"]]
        {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
        Ok(())
    }
}

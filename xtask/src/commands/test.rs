//! `cargo xtask test`: runs and times the parts in order; a failed part does not stop the others.

mod browser;
mod budget;
mod checks;
mod image;
mod infra;
pub(crate) mod rules;
mod stores;

use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::{drill, lab, sqlx};
use crate::os::interrupt;
use crate::os::progress::{in_minutes, step};

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

/// Runs the named parts, or all, and prints a summary.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let (parts, runner_arguments) = parse(arguments)?;
    let began = Instant::now();
    let mut summary = String::new();
    let mut failed = 0;
    for Part(name, checks, run) in &parts {
        let part_began = Instant::now();
        let outcome = step(&format!("{name}: {checks}"), || run(runner_arguments));
        interrupt::check()?;
        let verdict = if outcome.is_ok() { "passed" } else { "FAILED" };
        if let Err(error) = outcome {
            println!("    FAILED: {error:#}");
            failed += 1;
        }
        let took = in_minutes(part_began.elapsed());
        summary += &format!("    {name:<8}{verdict} {took:>12}\n");
    }

    println!("\n==> Summary\n{summary}    {:<14} {:>12}", "together", in_minutes(began.elapsed()));
    println!("\n{} passed, {failed} failed", parts.len() - failed);
    if failed > 0 {
        bail!("{failed} of {} parts failed", parts.len());
    }
    Ok(())
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

//! `cargo xtask drill`: members at work through the balancer of a cluster, and one fault at a time. Each answer is
//! checked by the program in `xtask/members`; the results become a table, and `docs/drills.md`.

mod alerts;
mod members;
mod table;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use self::alerts::Raised;
use self::members::Members;
use self::table::{Outcome, table};
use crate::cluster::{Cluster, FAULTS, Fault, Options, Store};
use crate::os::interrupt;
use crate::os::progress::{note, step};
use crate::site::Build;
use crate::workspace;

/// The herd is no fault of the cluster: the members make it.
const HERD: Herd = Herd { name: "herd", what: "1,000 refreshes at once", refreshes: 1000 };
/// Access tokens live so short that members refresh during a fault, and the grace period is the default: the times that
/// a browser waits are derived from it.
const LIFETIMES: [(&str, &str); 2] = [("ACCESS_TTL", "40"), ("REFRESH_GRACE", "10")];
/// The time from one look at the cluster to the next while a fault lasts.
const POLL: Duration = Duration::from_millis(100);
/// A site that has not recovered by then has not.
const RECOVERED_WITHIN: Duration = Duration::from_secs(30);

const OPTIONS: &str = "--debug, --short, --store NAME, --other PROGRAM, --seed NUMBER";

/// The refreshes of all members at once.
struct Herd {
    name: &'static str,
    what: &'static str,
    refreshes: u32,
}

/// What the results are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// `docs/drills.md`
    Page,
    /// Somebody who looks at them
    Look,
    /// A test, which judges no times: they depend on what else the machine does
    Test,
}

/// How thorough a drill is.
struct Plan {
    store: Store,
    build: Build,
    /// The program of another version, without which there is no fault of two versions
    other: Option<PathBuf>,
    members: usize,
    /// Decides what the members do; by default it differs from run to run
    seed: Option<u64>,
    /// The time that each fault lasts
    lasts: Duration,
    names: Vec<&'static str>,
    purpose: Purpose,
}

/// `cargo xtask drill`: every fault on the release build, or the named ones.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    drill(&parse(arguments)?)
}

/// The part of `cargo xtask test`: a few faults for a few seconds, on the debug build.
pub(crate) fn short() -> Result<()> {
    drill(&Plan::short())
}

impl Plan {
    fn full() -> Self {
        Self {
            store: Store::Sentinel,
            build: Build::Release,
            other: None,
            members: 200,
            seed: None,
            lasts: Duration::from_secs(15),
            names: every_name().collect(),
            purpose: Purpose::Page,
        }
    }

    fn short() -> Self {
        Self {
            build: Build::Debug,
            members: 60,
            // Longer than an answer may take, so that a request that hangs with a frozen part is seen.
            lasts: Duration::from_secs(6),
            names: vec![
                HERD.name,
                "instance-killed",
                "instance-terminated",
                "instance-frozen",
                "store-killed",
                "store-stopped",
                "store-half-open",
                "store-failover",
                "store-wiped",
                "postgres-stopped",
                "postgres-frozen",
            ],
            purpose: Purpose::Test,
            ..Self::full()
        }
    }
}

fn every_name() -> impl Iterator<Item = &'static str> {
    FAULTS.iter().map(|fault| fault.name).chain([HERD.name])
}

fn parse(arguments: &[&str]) -> Result<Plan> {
    let mut plan = if arguments.contains(&"--short") { Plan::short() } else { Plan::full() };
    let mut names = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value"));
        match *word {
            "--short" => {}
            "--debug" => plan.build = Build::Debug,
            "--store" => plan.store = Store::named(value()?)?,
            "--other" => plan.other = Some(PathBuf::from(value()?)),
            "--seed" => plan.seed = Some(value()?.parse().context("--seed needs a number")?),
            option if option.starts_with('-') => {
                bail!("drill takes {OPTIONS} and names of faults, not {option}")
            }
            name => {
                let known = every_name().find(|known| *known == name);
                names.push(known.with_context(|| {
                    let known: Vec<_> = every_name().collect();
                    format!("there is no fault `{name}`: {}", known.join(", "))
                })?);
            }
        }
    }
    let needs_other = |name: &&str| Fault::named(name).is_some_and(Fault::needs_other_version);
    if plan.other.is_none()
        && let Some(name) = names.iter().copied().find(needs_other)
    {
        bail!("{name} needs --other PROGRAM, the server of another version");
    }
    if !names.is_empty() {
        plan.names = names;
        plan.purpose = Purpose::Look;
    } else if plan.purpose == Purpose::Page && plan.store != Store::Sentinel {
        plan.purpose = Purpose::Look;
    }
    Ok(plan)
}

fn drill(plan: &Plan) -> Result<()> {
    let settings = LIFETIMES.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut cluster = Cluster::start(&Options {
        store: plan.store,
        build: plan.build,
        other: plan.other.clone(),
        settings: settings.to_vec(),
    })?;
    let mut members = step(&format!("Having {} members log in", plan.members), || {
        Members::start(&cluster, plan.members, plan.seed)
    })?;
    let mut outcomes = Vec::new();
    let mut raised = Raised::default();
    let applies = |name: &&&str| Fault::named(name).is_none_or(|it| it.applies_to(&cluster));
    let names: Vec<_> = plan.names.iter().filter(applies).collect();
    for name in names {
        let outcome = step(&format!("Fault: {name}"), || {
            go_through(name, &mut cluster, &mut members, plan.lasts)
        })?;
        note(&outcome.summary());
        raised.note(outcome.what, cluster.alerts()?);
        outcomes.push(outcome);
    }

    println!("\n{}\n{}", table(&outcomes), raised.table());
    if plan.purpose == Purpose::Page {
        let page = workspace::root().join("docs/drills.md");
        fs::write(page, table::page(&outcomes, &raised, plan)).context("cannot write drills.md")?;
    }
    let is_good = |outcome: &Outcome| {
        outcome.keeps_promises() && (plan.purpose == Purpose::Test || outcome.is_in_time())
    };
    let failed: Vec<_> = outcomes.iter().filter(|it| !is_good(it)).map(|it| it.name).collect();
    if !failed.is_empty() {
        bail!("the goals were missed in: {}", failed.join(", "));
    }
    if plan.purpose == Purpose::Page {
        raised.check()?;
    }
    Ok(())
}

fn go_through(
    name: &'static str,
    cluster: &mut Cluster,
    members: &mut Members,
    lasts: Duration,
) -> Result<Outcome> {
    members.tell(&format!("fault {name}"))?;
    let what = match Fault::named(name) {
        Some(fault) => {
            fault.begin(cluster)?;
            last(lasts)?;
            fault.heal(cluster)?;
            fault.what
        }
        None => {
            members.tell(&format!("herd {}", HERD.refreshes))?;
            members.wait_for("answered", RECOVERED_WITHIN)?.context("the herd has no answer")?;
            HERD.what
        }
    };
    members.tell("healed")?;
    members.wait_for("recovered", RECOVERED_WITHIN)?;
    members.tell("report")?;
    let report = members.wait_for("report", RECOVERED_WITHIN)?.context("no report")?;
    cluster.check()?;
    cluster.settle()?;
    Outcome::read(name, what, &report)
}

/// Lets the fault last.
fn last(duration: Duration) -> Result<()> {
    let polls = duration.as_millis() / POLL.as_millis();
    (0..polls).try_for_each(|_| interrupt::pause(POLL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_drill_knows_its_faults() {
        for name in Plan::short().names {
            assert!(every_name().any(|known| known == name), "{name}");
        }
    }

    #[test]
    fn named_faults_are_drilled_alone_and_not_published() -> Result<()> {
        let plan = parse(&["--debug", "store-wiped", "herd"])?;
        assert_eq!((plan.names, plan.purpose), (vec!["store-wiped", "herd"], Purpose::Look));
        assert_eq!(plan.build, Build::Debug);
        assert_eq!(parse(&[])?.purpose, Purpose::Page);
        assert_eq!(parse(&["--short"])?.purpose, Purpose::Test);
        assert_eq!(parse(&["--store", "postgres"])?.purpose, Purpose::Look);
        for wrong in [&["--store", "mysql"][..], &["store-painted"], &["--seed", "x"], &["--fast"]]
        {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
        Ok(())
    }

    #[test]
    fn two_versions_are_drilled_only_with_the_program_of_another_one() -> Result<()> {
        assert!(parse(&["two-versions"]).is_err());
        let plan = parse(&["--other", "/old/genkan", "--seed", "7", "two-versions"])?;
        assert_eq!((plan.other, plan.seed), (Some(PathBuf::from("/old/genkan")), Some(7)));
        assert_eq!(plan.names, ["two-versions"]);
        Ok(())
    }

    #[test]
    fn the_order_of_options_does_not_matter() -> Result<()> {
        for arguments in [["--short", "--store", "postgres"], ["--store", "postgres", "--short"]] {
            let plan = parse(&arguments)?;
            assert_eq!((plan.store, plan.purpose), (Store::Postgres, Purpose::Test));
        }
        Ok(())
    }
}

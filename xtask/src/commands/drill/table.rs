//! What the members saw during each fault, as a table, and whether it meets the goals.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Context, Result};

use super::{Plan, Raised};
use crate::site::Build;

/// The promises whose breaches are counted: the name in a report, and the column's heading. The goal is none.
const PROMISES: [(&str, &str); 9] = [
    ("lost", "lost"),
    ("revived", "revived"),
    ("false_theft", "false theft"),
    ("wrong_member", "wrong member"),
    ("cookies_cleared", "cookies cleared"),
    ("lost_write", "lost writes"),
    ("hung", "hung"),
    ("internal", "500"),
    ("odd", "other"),
];
/// The goals, in milliseconds.
const FIRST_503_WITHIN: u64 = 1000;
const RECOVERED_WITHIN: u64 = 5000;

/// What the members saw during a fault.
pub(super) struct Outcome {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    /// By name; `None` if there was no such event
    values: BTreeMap<String, Option<u64>>,
}

impl Outcome {
    /// Reads a report, `lost=0 … first_503=none`.
    pub(super) fn read(name: &'static str, what: &'static str, report: &str) -> Result<Self> {
        let pairs = report.split_whitespace().filter_map(|word| word.split_once('='));
        let values: BTreeMap<_, _> =
            pairs.map(|(name, value)| (name.to_owned(), value.parse().ok())).collect();
        for (needed, _) in PROMISES {
            values.get(needed).with_context(|| format!("the report has no {needed}: {report}"))?;
        }
        Ok(Self { name, what, values })
    }

    /// Returns whether every promise was kept.
    pub(super) fn keeps_promises(&self) -> bool {
        PROMISES.iter().all(|(name, _)| self.value(name) == Some(0))
    }

    /// Returns whether the site answered and recovered in time.
    pub(super) fn is_in_time(&self) -> bool {
        self.value("first_503").is_none_or(|took| took <= FIRST_503_WITHIN)
            && self.value("recovery").is_some_and(|took| took <= RECOVERED_WITHIN)
    }

    fn is_good(&self) -> bool {
        self.keeps_promises() && self.is_in_time()
    }

    /// One line.
    pub(super) fn summary(&self) -> String {
        let verdict = if self.is_good() { "good" } else { "MISSED" };
        let kept: Vec<_> = PROMISES
            .iter()
            .filter(|(name, _)| self.value(name) != Some(0))
            .map(|(name, heading)| format!("{heading} {}", shown(self.value(name))))
            .collect();
        let broken = if kept.is_empty() { "nothing broken".to_owned() } else { kept.join(", ") };
        format!(
            "{verdict}: {broken}; first 503 after {} ms, recovered after {} ms",
            shown(self.value("first_503")),
            shown(self.value("recovery")),
        )
    }

    fn value(&self, name: &str) -> Option<u64> {
        self.values.get(name).copied().flatten()
    }
}

/// The results as a Markdown table.
pub(super) fn table(outcomes: &[Outcome]) -> String {
    let headings: Vec<_> = PROMISES.iter().map(|(_, heading)| *heading).collect();
    let mut table = format!(
        "| fault | requests | failed | of these not answered by the site | {} | first 503 | recovery |\n|---|{}\n",
        headings.join(" | "),
        "---|".repeat(PROMISES.len() + 5),
    );
    for outcome in outcomes {
        let cut_off = [outcome.value("of_balancer"), outcome.value("without_answer")];
        let counts = [
            outcome.value("requests"),
            outcome.value("failed"),
            Some(cut_off.into_iter().flatten().sum()),
        ];
        let promises = PROMISES.iter().map(|(name, _)| outcome.value(name));
        let counts: Vec<_> = counts.into_iter().chain(promises).map(shown).collect();
        let [first, recovery] = ["first_503", "recovery"].map(|name| {
            outcome.value(name).map_or_else(|| "none".to_owned(), |took| format!("{took} ms"))
        });
        // A String takes everything.
        let _ =
            writeln!(table, "| {} | {} | {first} | {recovery} |", outcome.what, counts.join(" | "));
    }
    table
}

/// `docs/drills.md`.
pub(super) fn page(outcomes: &[Outcome], raised: &Raised, plan: &Plan) -> String {
    let build = if plan.build == Build::Release { "release" } else { "debug" };
    let good = outcomes.iter().filter(|outcome| outcome.is_good()).count();
    format!(
        "# Drills

Written by [`cargo xtask drill`](tooling.md#drills). It starts a cluster: HAProxy, three instances of the {} build, \
Redis with a replica and three sentinels, Postgres with a synchronous standby. {} members work through the \
balancer, about one request a second each: they load pages, refresh, save forms, log out and in, end other sessions of \
theirs, and try the cookies of ended ones. A quarter of them have two tabs that refresh at the same moment. Meanwhile \
one part after the other fails. The members' requests come from [xtask/members](../xtask/members/src/main.rs), which \
checks each response by [these rules](../xtask/members/src/rules.rs).

A request may fail during a fault. What must not happen is counted in these columns:

| column | counts |
|---|---|
| lost | sessions that are gone although their member did not end them |
| revived | uses of a session after its end was answered that succeeded |
| false theft | honest refreshes that were taken for a thief's (`reuse`) |
| wrong member | responses with another member's data |
| cookies cleared | failures (5xx) that removed the cookies of a session |
| lost writes | forms that were answered as saved, and whose values are gone |
| hung | requests without a response within five seconds, or within a refresh's timeout |
| 500 | responses with status 500 |
| other | any other response that the site should not give, such as 429 |

`first 503` is the time from the beginning of the fault until the site says that it is unavailable; the balancer's own \
does not count. `recovery` is the time from its repair until the last failure, after which every member was served. \
The goal: zeros, a first 503 within one second, and a recovery within five. It was met in {} of {} faults.

{}
## Alerts

Prometheus watches the cluster with [the rules](../deploy/prometheus/genkan.rules.yml) as they are, and was asked after \
each fault. Most rules look back over five minutes and demand that a condition holds for some minutes, while a fault \
lasts {} seconds. So an alert fires some faults after the one that it is about, and does not if its condition ends with \
the fault. What each means is in [operations.md](operations.md#alerts).

{}
`cargo xtask test drill` runs a short form: some of the faults, for a few seconds each, on the debug build.
",
        build,
        plan.members,
        good,
        outcomes.len(),
        table(outcomes),
        plan.lasts.as_secs(),
        raised.table(),
    )
}

fn shown(value: Option<u64>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "name=x lost=0 revived=0 false_theft=0 wrong_member=0 cookies_cleared=0 hung=0 internal=0 \
        lost_write=0 odd=0 requests=9 failed=2 of_balancer=1 without_answer=1 first_503=12 recovery=340";

    fn read(report: &str) -> Result<Outcome> {
        Outcome::read("x", "something fails", report)
    }

    #[test]
    fn the_goals_are_zeros_a_quick_503_and_a_quick_recovery() -> Result<()> {
        assert!(read(GOOD)?.is_good());
        assert!(read(&GOOD.replace("first_503=12", "first_503=none"))?.is_good());
        for (name, _) in PROMISES {
            assert!(
                !read(&GOOD.replace(&format!("{name}=0"), &format!("{name}=1")))?.is_good(),
                "{name}"
            );
        }
        for missed in ["first_503=1001", "recovery=5001", "recovery=none"] {
            let (name, _) = missed.split_once('=').context("a pair")?;
            let met = GOOD.split_whitespace().find(|pair| pair.starts_with(name)).context(name)?;
            assert!(!read(&GOOD.replace(met, missed))?.is_good(), "{missed}");
        }
        Ok(())
    }

    #[test]
    fn a_report_without_a_promise_is_refused() {
        assert!(read(&GOOD.replace("revived=0", "")).is_err());
    }

    #[test]
    fn the_table_has_as_many_cells_in_each_row() -> Result<()> {
        let table = table(&[read(GOOD)?]);
        let cells: Vec<_> = table.lines().map(|line| line.matches('|').count()).collect();
        assert_eq!(cells, [cells[0]; 3], "{table}");
        assert!(table.contains("| something fails | 9 | 2 | 2 | 0 |"), "{table}");
        Ok(())
    }
}

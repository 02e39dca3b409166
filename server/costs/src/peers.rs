//! The figures of other sites, from a result file of the script that compares them with Genkan.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{
    FIVE,
    cost::{AT_ONCE, Cost},
    requests::Kind,
    tables::{grouped, table},
};

/// Each site's processor time per request.
#[derive(Deserialize, Default)]
pub struct Peers {
    targets: BTreeMap<String, Peer>,
}

#[derive(Deserialize)]
struct Peer {
    label: String,
    #[serde(rename = "sc")]
    scenarios: BTreeMap<String, Scenario>,
}

#[derive(Deserialize)]
struct Scenario {
    /// The server's processor time per request in microseconds, of each round
    #[serde(rename = "cpu")]
    microseconds: Vec<f64>,
}

/// Reads a result file.
///
/// # Errors
/// It cannot be read, or has another form.
pub fn read(file: &Path) -> Result<Peers> {
    let unreadable = || format!("cannot read the peers' results in {}", file.display());
    let results = fs::read_to_string(file).with_context(unreadable)?;
    serde_json::from_str(&results).with_context(unreadable)
}

/// A table of what the five requests cost, with a column for each peer.
pub fn beside(costs: &[Cost], peers: &Peers) -> String {
    let head = ["request", "p50, p99, ms", "Postgres, µs", "Redis, µs", "server, µs: Genkan"];
    let labels = peers.targets.values().map(|peer| peer.label.clone());
    let head = head.into_iter().map(str::to_owned).chain(labels).collect();
    let rows = FIVE.into_iter().filter_map(|kind| {
        let of_kind = |cost: &&Cost| cost.kind == kind && cost.connections == AT_ONCE;
        let cost = costs.iter().find(of_kind)?;
        let own = [
            kind.name().to_owned(),
            format!("{:.1}, {:.1}", cost.median_ms, cost.p99_ms),
            grouped(cost.postgres_us),
            grouped(cost.redis_us),
            grouped(cost.server_us),
        ];
        let theirs = peers.targets.values().map(|peer| peer.microseconds(kind));
        let theirs = theirs.map(|median| median.map_or_else(|| "–".to_owned(), grouped));
        Some(own.into_iter().chain(theirs).collect())
    });
    table(head, rows)
}

impl Peer {
    /// The median of the rounds.
    fn microseconds(&self, kind: Kind) -> Option<f64> {
        let mut rounds = self.scenarios.get(scenario(kind)?)?.microseconds.clone();
        rounds.sort_by(f64::total_cmp);
        rounds.get(rounds.len() / 2).copied()
    }
}

/// The name of a request in the result file.
fn scenario(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Home => Some("home"),
        Kind::Profile => Some("profile"),
        Kind::AuthSession => Some("me"),
        Kind::Refresh => Some("refresh"),
        Kind::LogIn => Some("login"),
        Kind::Check | Kind::SessionList => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::tests::some_cost;

    #[test]
    fn each_peer_has_a_column_with_the_median_of_its_rounds() -> Result<()> {
        let peers = serde_json::from_str(
            r#"{
                "when": "2026-11-30",
                "targets": {
                    "express": {"label": "Express", "sc": {"me": {"cpu": [9.0, 1.0, 5.0], "bad": 0}}},
                    "floor": {"label": "least work", "sc": {"home": {"cpu": []}}}
                }
            }"#,
        )?;
        let costs = [some_cost(Kind::AuthSession, AT_ONCE), some_cost(Kind::AuthSession, 1)];
        let table = beside(&costs, &peers);
        let expected = "\
            | request | p50, p99, ms | Postgres, µs | Redis, µs | server, µs: Genkan | Express | least work |\n\
            |---|---|---|---|---|---|---|\n\
            | `/auth/session` | 1.0, 1.0 | 1,000 | 200 | 2,000 | 5 | – |";
        assert_eq!(table, expected);
        Ok(())
    }
}

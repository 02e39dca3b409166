//! The results as Markdown tables, for `docs/performance.md`.

use super::{
    KINDS,
    results::{Results, Step},
};
use crate::{
    cost::{AT_ONCE, Cost},
    population::Row,
    tables::{grouped, table},
};

type Cell = fn(&Step) -> String;

pub fn markdown(results: &Results) -> String {
    let costs = |title, connections, cell: fn(&Cost) -> String| {
        let of =
            |kind| move |step: &Step| step.cost(kind, connections).map_or_else(String::new, cell);
        by_members(results, title, KINDS.map(|kind| (kind.name(), of(kind))))
    };
    let latencies = |cost: &Cost| format!("{:.1}, {:.1}", cost.median_ms, cost.p99_ms);
    [
        costs("server, µs", AT_ONCE, |cost| grouped(cost.server_us)),
        costs("Postgres, µs", AT_ONCE, |cost| grouped(cost.postgres_us)),
        costs("Redis, µs", AT_ONCE, |cost| grouped(cost.redis_us)),
        costs("write-ahead log, bytes", AT_ONCE, |cost| grouped(cost.log_bytes)),
        costs("p50 and p99 of 16 at once, ms", AT_ONCE, latencies),
        costs("p50 and p99 alone, ms", 1, latencies),
        space(results),
        instances(results),
    ]
    .join("\n\n")
}

fn space(results: &Results) -> String {
    let rows: [(&str, Cell); 3] = [
        ("a member's row + indexes", |step| row_and_indexes(&step.space.member)),
        ("a session's row + indexes", |step| row_and_indexes(&step.space.session)),
        ("a live session in Redis", |step| grouped(step.space.live_session_bytes)),
    ];
    by_members(results, "bytes", rows)
}

fn row_and_indexes(row: &Row) -> String {
    format!("{:.0} + {:.0}", row.table_bytes, row.index_bytes)
}

fn instances(results: &Results) -> String {
    let rows = results.instances.iter().map(|shared| {
        let cost = &shared.cost;
        vec![
            format!("{}, {}", cost.kind.name(), shared.instances),
            grouped(cost.requests_per_second),
            grouped(cost.server_us),
            grouped(cost.postgres_us),
            grouped(cost.redis_us),
            format!("{:.2}", shared.statements),
            format!("{:.2}", shared.commands),
        ]
    });
    let head = [
        "request, instances",
        "requests/s",
        "server, µs",
        "Postgres, µs",
        "Redis, µs",
        "statements",
        "commands",
    ];
    table(head.map(str::to_owned).to_vec(), rows)
}

/// A table with a column for each number of members.
fn by_members<'a>(
    results: &Results,
    title: &str,
    rows: impl IntoIterator<Item = (&'a str, impl Fn(&Step) -> String)>,
) -> String {
    let steps = &results.steps;
    let mut head = vec![title.to_owned()];
    head.extend(steps.iter().map(|step| grouped(f64::from(step.members))));
    let rows = rows.into_iter().map(|(name, cell)| {
        let mut row = vec![name.to_owned()];
        row.extend(steps.iter().map(cell));
        row
    });
    table(head, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth::results::tests::some_results;

    #[test]
    fn a_table_has_a_column_for_each_number_of_members() {
        let tables = markdown(&some_results());
        assert!(tables.contains("| server, µs | 1,000 | 10,000 |\n|---|---|---|\n"), "{tables}");
        assert!(tables.contains("| refresh | 2,000 | 2,000 |\n"), "{tables}");
    }
}

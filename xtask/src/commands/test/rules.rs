//! The alerts of Prometheus and the dashboard: their syntax, and that each alert is quiet on a healthy site and fires on
//! a failing one.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::os::{process, programs};
use crate::workspace;

/// What Grafana fills in.
const INTERVAL: &str = "$__rate_interval";

/// Checks the configuration with its rules and the dashboard's expressions, and runs the tests of the rules.
pub(crate) fn check() -> Result<()> {
    let promtool = programs::ensure("prometheus", find)?;
    let dashboard = workspace::target().join("dashboard.rules.yml");
    fs::write(&dashboard, dashboard_as_rules()?).context("cannot write the dashboard's rules")?;
    for arguments in [
        &["check", "config", "--lint=all", "--lint-fatal", "prometheus.yml"][..],
        &["check", "rules", &dashboard.to_string_lossy()],
        &["test", "rules", "genkan.rules.test.yml"],
    ] {
        let mut command = Command::new(&promtool);
        command.current_dir(workspace::root().join("deploy/prometheus")).args(arguments);
        process::run(&format!("promtool {}", arguments[..2].join(" ")), &mut command)?;
    }
    Ok(())
}

/// Prometheus' tool for rules, if installed.
pub(crate) fn find() -> Option<PathBuf> {
    programs::on_path("promtool")
}

/// The dashboard's expressions as a file of rules. Each is on a line of its own, and a string of JSON is one of YAML.
fn dashboard_as_rules() -> Result<String> {
    let dashboard = fs::read_to_string(workspace::root().join("deploy/grafana/genkan.json"))
        .context("cannot read the dashboard")?;
    let mut rules = String::from("groups: [{ name: dashboard, rules: [\n");
    let expressions = dashboard.lines().filter_map(|line| line.trim().strip_prefix("\"expr\": "));
    for (number, expression) in expressions.enumerate() {
        let expression = expression.trim_end_matches(',').replace(INTERVAL, "1m");
        rules += &format!("  {{ record: panel_{number}, expr: {expression} }},\n");
    }
    ensure!(rules.contains("panel_0"), "the dashboard has no expressions");
    Ok(rules + "] }]\n")
}

//! The alerts of Prometheus and Grafana's dashboard: their syntax, and that each alert is quiet on a healthy site and
//! fires on a failing one.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::os::{process, programs};
use crate::tools::node;
use crate::workspace;

/// What Grafana fills in.
const INTERVAL: &str = "$__rate_interval";

/// Grafana's type of a dashboard, as JSON writes its enums: the text before a dashboard that TypeScript checks.
const AS_TYPESCRIPT: &str = "\
import type { Dashboard } from '@grafana/schema';
type Json<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
export const dashboard: Json<Dashboard> = ";

/// Checks the configuration with its rules and the dashboard, and runs the tests of the rules.
pub(crate) fn check() -> Result<()> {
    check_types()?;
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

/// Has TypeScript compare the dashboard with Grafana's types, which allow no unknown field.
fn check_types() -> Result<()> {
    let end2end = workspace::end2end();
    node::install_packages(&end2end)?;
    // Where the types are found; a folder that `npm ci` removes.
    let folder = end2end.join("node_modules/.genkan");
    let file = folder.join("dashboard.ts");
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&file, AS_TYPESCRIPT.to_owned() + &dashboard()?))
        .with_context(|| format!("cannot write {}", file.display()))?;
    let mut tsc = Command::new(end2end.join("node_modules/.bin/tsc"));
    tsc.args(["--ignoreConfig", "--noEmit", "--strict", "--skipLibCheck"]);
    tsc.args(["--module", "nodenext", "--target", "es2023"]).arg(file);
    process::run("tsc (dashboard)", &mut tsc)
}

fn dashboard() -> io::Result<String> {
    fs::read_to_string(workspace::root().join("deploy/grafana/genkan.json"))
}

/// Prometheus' tool for rules, if installed.
pub(crate) fn find() -> Option<PathBuf> {
    programs::on_path("promtool")
}

/// The dashboard's expressions as a file of rules. Each is on a line of its own, and a string of JSON is one of YAML.
fn dashboard_as_rules() -> Result<String> {
    let dashboard = dashboard().context("cannot read the dashboard")?;
    let mut rules = String::from("groups: [{ name: dashboard, rules: [\n");
    let expressions = dashboard.lines().filter_map(|line| line.trim().strip_prefix("\"expr\": "));
    for (number, expression) in expressions.enumerate() {
        let expression = expression.trim_end_matches(',').replace(INTERVAL, "1m");
        rules += &format!("  {{ record: panel_{number}, expr: {expression} }},\n");
    }
    ensure!(rules.contains("panel_0"), "the dashboard has no expressions");
    Ok(rules + "] }]\n")
}

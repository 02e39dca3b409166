//! The alerts of Prometheus: their syntax, and that each is quiet on a healthy site and fires on a failing one.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::os::{process, programs};
use crate::workspace;

/// Checks the configuration with its rules, and runs the tests of the rules.
pub(crate) fn check() -> Result<()> {
    let promtool = programs::ensure("prometheus", find)?;
    for arguments in [
        &["check", "config", "--lint=all", "--lint-fatal", "prometheus.yml"][..],
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

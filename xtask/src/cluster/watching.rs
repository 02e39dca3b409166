//! Prometheus, which asks every instance and the balancer, with the rules of `deploy/prometheus`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use super::{balancer::Balancer, instances::Addresses};
use crate::os::process::{self, Group};
use crate::os::{ports, ports::Block, programs};
use crate::workspace;

/// The states of alerts, one sample for each.
const STATES: &str = "group by (alertname, alertstate) (ALERTS)";

/// An alert that is not inactive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alert {
    pub(crate) name: String,
    pub(crate) state: AlertState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AlertState {
    /// Its condition holds, not yet for as long as the rule demands.
    Pending,
    Firing,
}

/// The running Prometheus.
pub(super) struct Watching {
    pub(super) address: String,
    _process: Group,
}

impl Watching {
    pub(super) fn start(
        instances: &Addresses,
        balancer: &Balancer,
        ports: &mut Block,
        folder: &Path,
        logs: &Path,
    ) -> Result<Self> {
        let folder = folder.join("prometheus");
        fs::create_dir_all(&folder).context("cannot create the folder of Prometheus")?;
        let file = folder.join("prometheus.yml");
        fs::write(&file, configuration(instances, balancer))
            .context("cannot write its settings")?;
        let port = ports.take()?;
        let address = format!("127.0.0.1:{port}");
        let mut command = process::leashed(ensure_installed()?, Signal::SIGTERM);
        command.arg(format!("--config.file={}", file.display()));
        command.arg(format!("--storage.tsdb.path={}", folder.join("data").display()));
        command.arg(format!("--web.listen-address={address}")).arg("--log.level=warn");
        let log = logs.join("prometheus.log");
        let process = Group::serve("Prometheus", &mut command, Signal::SIGTERM, &log, || {
            ports::accepts(port)
        })?;
        Ok(Self { address: format!("http://{address}"), _process: process })
    }

    /// The alerts that are pending or firing.
    pub(super) fn alerts(&self) -> Result<Vec<Alert>> {
        let promtool = programs::ensure("prometheus", || programs::on_path("promtool"))?;
        let mut question = Command::new(promtool);
        question.args(["query", "instant", &self.address, STATES]);
        let samples = process::output_of(&mut question).context("Prometheus does not answer")?;
        samples.lines().map(read_alert).collect()
    }
}

/// Finds or installs Prometheus.
pub(super) fn ensure_installed() -> Result<PathBuf> {
    programs::ensure("prometheus", || programs::on_path("prometheus"))
}

/// Reads a sample of [`STATES`], as `{alertname="SiteGone", alertstate="pending"} => 1 @[1732968000]`.
fn read_alert(sample: &str) -> Result<Alert> {
    let label = |name: &str| {
        let (_, rest) = sample.split_once(&format!("{name}=\""))?;
        Some(rest.split_once('"')?.0)
    };
    let name = label("alertname").with_context(|| format!("no alert: {sample}"))?.to_owned();
    let state = match label("alertstate") {
        Some("pending") => AlertState::Pending,
        Some("firing") => AlertState::Firing,
        _ => bail!("an alert without a state: {sample}"),
    };
    Ok(Alert { name, state })
}

fn configuration(instances: &Addresses, balancer: &Balancer) -> String {
    let rules = workspace::root().join("deploy/prometheus/*.rules.yml");
    let targets = instances.metrics.map(|port| format!("\"127.0.0.1:{port}\"")).join(", ");
    format!(
        "\
global: {{ scrape_interval: 5s, evaluation_interval: 5s }}
rule_files: [{rules:?}]
scrape_configs:
  - job_name: genkan
    static_configs: [{{ targets: [{targets}] }}]
  - job_name: haproxy
    static_configs: [{{ targets: [{:?}] }}]
",
        balancer.metrics
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_alerts_are_read() -> Result<()> {
        let sample = r#"{alertname="SiteGone", alertstate="firing"} => 1 @[1732968000.123]"#;
        let firing = Alert { name: "SiteGone".to_owned(), state: AlertState::Firing };
        assert_eq!(read_alert(sample)?, firing);
        assert_eq!(read_alert(&sample.replace("firing", "pending"))?.state, AlertState::Pending);
        for wrong in ["{} => 1 @[1732968000]", r#"{alertname="SiteGone"} => 1 @[1732968000]"#] {
            assert!(read_alert(wrong).is_err(), "{wrong}");
        }
        Ok(())
    }
}

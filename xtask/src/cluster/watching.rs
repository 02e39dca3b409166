//! Prometheus, which asks every instance and the balancer, with the rules of `deploy/prometheus`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use super::{balancer::Balancer, instances::Addresses};
use crate::os::process::{self, Group};
use crate::os::{ports, ports::Block, programs};
use crate::workspace;

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
}

/// Finds or installs Prometheus.
pub(super) fn ensure_installed() -> Result<PathBuf> {
    programs::ensure("prometheus", || programs::on_path("prometheus"))
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

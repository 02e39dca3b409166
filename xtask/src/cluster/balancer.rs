//! HAProxy with the configuration of `deploy/haproxy`: TLS in front of the instances, and the way to whichever Postgres
//! is the primary.

use std::path::{Path, PathBuf};

use anyhow::Result;
use nix::sys::signal::Signal;

use super::{certificate::Certificate, database::Database, instances::Addresses};
use crate::os::process::{self, Group};
use crate::os::{ports, ports::Block, programs};
use crate::workspace;

const CONFIGURATION: [&str; 2] = ["site.cfg", "postgres.cfg"];

/// The running balancer.
pub(super) struct Balancer {
    /// The site's origin
    pub(super) origin: String,
    /// The address that is redirected there
    pub(super) plain: String,
    /// The address that Prometheus asks
    pub(super) metrics: String,
    _process: Group,
}

impl Balancer {
    pub(super) fn start(
        public_port: u16,
        certificate: &Certificate,
        instances: &Addresses,
        database: &Database,
        ports: &mut Block,
        logs: &Path,
    ) -> Result<Self> {
        let origin = format!("https://localhost:{public_port}");
        let (metrics, plain_port) = (format!("127.0.0.1:{}", ports.take()?), ports.take()?);
        let mut command = process::leashed(ensure_installed()?, Signal::SIGTERM);
        // Without SO_REUSEPORT: two clusters that chose the same port would share its connections.
        command.args(["-W", "-db", "-dR"]);
        for file in CONFIGURATION {
            command.arg("-f").arg(workspace::root().join("deploy/haproxy").join(file));
        }
        command.env("SITE", format!("127.0.0.1:{public_port}")).env("ORIGIN", &origin);
        command.env("PLAIN", format!("127.0.0.1:{plain_port}"));
        command.env("CERTIFICATE", &certificate.site).env("BALANCER_METRICS", &metrics);
        command.env("POSTGRES", format!("127.0.0.1:{}", database.balanced_port()));
        for (letter, port) in ["A", "B", "C"].iter().zip(instances.serving) {
            command.env(format!("INSTANCE_{letter}"), format!("127.0.0.1:{port}"));
        }
        for (letter, port) in ["A", "B"].iter().zip(database.ports()) {
            command.env(format!("POSTGRES_{letter}"), format!("127.0.0.1:{port}"));
        }
        let log = logs.join("haproxy.log");
        let process = Group::serve("HAProxy", &mut command, Signal::SIGTERM, &log, || {
            ports::accepts(public_port) && database.is_reachable()
        })?;
        let plain = format!("http://localhost:{plain_port}");
        Ok(Self { origin, plain, metrics, _process: process })
    }
}

/// Finds or installs HAProxy.
pub(crate) fn ensure_installed() -> Result<PathBuf> {
    programs::ensure("haproxy", || programs::on_path("haproxy"))
}

//! HAProxy with `lab/haproxy.cfg`.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use nix::sys::signal::Signal;

use crate::cluster::{Certificate, ensure_balancer};
use crate::os::ports::{self, Block};
use crate::os::process::{self, Group};
use crate::workspace;

/// The frontends, as in the configuration.
const FRONTENDS: [&str; 3] = ["ROUND_ROBIN", "STICKY_BALANCER", "STICKY_APPLICATION"];
/// The instances; the last one is added to the others.
const INSTANCES: [&str; 4] = ["INSTANCE_A", "INSTANCE_B", "INSTANCE_C", "INSTANCE_D"];

/// The running balancer, in front of instances that the lab's program starts.
pub(super) struct Balancer {
    certificate: Certificate,
    addresses: Vec<(&'static str, String)>,
    process: Group,
}

impl Balancer {
    pub(super) fn start(folder: &Path, ports: &mut Block, logs: &Path) -> Result<Self> {
        let certificate = Certificate::make(folder)?;
        let mut addresses = Vec::new();
        for name in FRONTENDS.into_iter().chain(INSTANCES) {
            addresses.push((name, ports.take()?));
        }
        let frontends: Vec<u16> = addresses[..FRONTENDS.len()].iter().map(|it| it.1).collect();
        let addresses: Vec<_> =
            addresses.into_iter().map(|(name, port)| (name, format!("127.0.0.1:{port}"))).collect();
        let mut command = process::leashed(ensure_balancer()?, Signal::SIGTERM);
        command.args(["-W", "-db", "-f"]).arg(workspace::root().join("lab/haproxy.cfg"));
        command.envs(addresses.iter().map(|(name, address)| (name, address)));
        command.env("CERTIFICATE", &certificate.site);
        let log = logs.join("haproxy.log");
        let process = Group::serve("HAProxy", &mut command, Signal::SIGTERM, &log, || {
            frontends.iter().all(|port| ports::accepts(*port))
        })?;
        Ok(Self { certificate, addresses, process })
    }

    /// Tells the lab's program where the balancer listens, where it expects the instances, whom to trust, and which process
    /// it is.
    pub(super) fn configure(&self, command: &mut Command) {
        command.envs(self.addresses.iter().map(|(name, address)| (name, address)));
        command.env("AUTHORITY", &self.certificate.authority);
        command.env("BALANCER", self.process.process().to_string());
    }
}

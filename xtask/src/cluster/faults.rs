//! The faults that can be begun and healed while the cluster serves.

mod restarts;

use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use super::Cluster;
use super::instances::Readiness;
use super::link::Answers;
use super::session_store::Store;

const FROZEN: usize = 0;
const EVERY: Duration = Duration::from_secs(5);
/// The time that a store takes to load, unless the fault is healed before.
const LOADING: Duration = Duration::from_secs(20);

/// Something that goes wrong.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// A description for a table
    pub(crate) what: &'static str,
    needs: Needs,
    begin: Action,
    heal: Action,
}

type Action = fn(&mut Cluster) -> Result<()>;

/// The cluster that a fault needs.
#[derive(PartialEq)]
enum Needs {
    Any,
    /// Live sessions in Redis or Valkey, single or a cluster
    Redis,
    /// A single master, whose role a command changes
    Sentinel,
    /// The program of another version
    OtherVersion,
}
use Needs::{Any, OtherVersion, Redis, Sentinel};

impl Fault {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        FAULTS.iter().find(|fault| fault.name == name)
    }

    /// Returns whether the cluster has what the fault needs.
    pub(crate) fn applies_to(&self, cluster: &Cluster) -> bool {
        match self.needs {
            Any => true,
            Redis => cluster.sessions.kind() != Store::Postgres,
            Sentinel => cluster.sessions.kind() == Store::Sentinel,
            OtherVersion => cluster.other.is_some(),
        }
    }

    pub(crate) fn needs_other_version(&self) -> bool {
        self.needs == OtherVersion
    }

    pub(crate) fn begin(&self, cluster: &mut Cluster) -> Result<()> {
        (self.begin)(cluster).with_context(|| format!("{} cannot begin", self.name))
    }

    /// Repairs what [`Fault::begin`] broke. The site may need a moment to notice.
    pub(crate) fn heal(&self, cluster: &mut Cluster) -> Result<()> {
        (self.heal)(cluster).with_context(|| format!("{} cannot be healed", self.name))
    }
}

/// Every fault.
pub(crate) const FAULTS: &[Fault] = &[
    fault(
        "instance-killed",
        "an instance is killed every 5 s",
        Any,
        |cluster| {
            cluster.instances.strike(Signal::SIGKILL, EVERY);
            Ok(())
        },
        Cluster::stop_striking,
    ),
    fault(
        "instance-terminated",
        "an instance gets SIGTERM every 5 s",
        Any,
        |cluster| {
            cluster.instances.strike(Signal::SIGTERM, EVERY);
            Ok(())
        },
        Cluster::stop_striking,
    ),
    fault(
        "instance-frozen",
        "an instance is frozen (SIGSTOP), and later continues",
        Any,
        |cluster| cluster.signal_instance(Signal::SIGSTOP),
        |cluster| cluster.signal_instance(Signal::SIGCONT),
    ),
    fault(
        "store-killed",
        "every server of the live-session store is killed, and comes back empty",
        Redis,
        |cluster| cluster.sessions.kill_all(),
        |cluster| cluster.sessions.start_killed(),
    ),
    fault(
        "store-stopped",
        "the live-session store's master is frozen (SIGSTOP), and later continues",
        Redis,
        |cluster| cluster.sessions.freeze_master(),
        |cluster| cluster.sessions.thaw(),
    ),
    fault(
        "store-slow",
        "the live-session store answers 300 ms later",
        Redis,
        |cluster| cluster.sessions.set_answers(Answers::Late),
        |cluster| cluster.sessions.set_answers(Answers::Pass),
    ),
    fault(
        "store-half-open",
        "the live-session store executes everything, and no answer arrives",
        Redis,
        |cluster| cluster.sessions.set_answers(Answers::Lost),
        |cluster| cluster.sessions.set_answers(Answers::Pass),
    ),
    fault(
        "store-failover",
        "the live-session store's master is killed, and its replica takes over",
        Redis,
        |cluster| cluster.sessions.kill_master(),
        |cluster| cluster.sessions.start_killed(),
    ),
    fault(
        "store-readonly",
        "the live-session store's master is demoted and refuses writes (READONLY)",
        Sentinel,
        |cluster| cluster.sessions.demote_master(),
        |cluster| cluster.sessions.promote_demoted(),
    ),
    fault(
        "store-loading",
        "the live-session store restarts and loads its data for long (LOADING)",
        Redis,
        |cluster| cluster.sessions.load_slowly(LOADING),
        |cluster| cluster.sessions.load_fast(),
    ),
    fault(
        "store-full",
        "the live-session store's memory is full",
        Redis,
        |cluster| cluster.sessions.fill(),
        |cluster| cluster.sessions.restore_memory(),
    ),
    fault(
        "store-noauth",
        "the live-session store demands a password (NOAUTH)",
        Redis,
        |cluster| cluster.sessions.demand_password(),
        |cluster| cluster.sessions.demand_no_password(),
    ),
    fault(
        "store-evicting",
        "the live-session store evicts records at random",
        Redis,
        |cluster| cluster.sessions.evict(),
        |cluster| cluster.sessions.restore_memory(),
    ),
    fault(
        "store-wiped",
        "the live-session store loses every record",
        Redis,
        |cluster| cluster.sessions.wipe(),
        |_| Ok(()),
    ),
    fault(
        "postgres-stopped",
        "Postgres' primary shuts down, and later starts again",
        Any,
        |cluster| cluster.database.stop(),
        |cluster| cluster.database.start_again(),
    ),
    fault(
        "postgres-frozen",
        "every process of Postgres' primary is frozen (SIGSTOP), and later continues",
        Any,
        |cluster| cluster.database.signal(Signal::SIGSTOP),
        |cluster| cluster.database.signal(Signal::SIGCONT),
    ),
    fault(
        "postgres-failover",
        "Postgres' primary is killed, and the standby promoted",
        Any,
        |cluster| cluster.database.fail_over(),
        |cluster| cluster.database.join_standby(),
    ),
    fault(
        "postgres-full",
        "Postgres closes the site's connections and accepts no others",
        Any,
        |cluster| cluster.database.refuse_connections(),
        |cluster| cluster.database.allow_connections(),
    ),
    fault(
        "postgres-slow",
        "Postgres answers 300 ms later",
        Any,
        |cluster| cluster.database.set_answers(Answers::Late),
        |cluster| cluster.database.set_answers(Answers::Pass),
    ),
    fault(
        "clock-4s-ahead",
        "an instance's clock is 4 s ahead, which tokens allow",
        Any,
        |cluster| cluster.shift_clock("+4s", Readiness::Ready),
        Cluster::restore_clock,
    ),
    fault(
        "clock-60s-ahead",
        "an instance's clock is 60 s ahead: it is not ready",
        Any,
        |cluster| cluster.shift_clock("+60s", Readiness::ClockIsWrong),
        Cluster::restore_clock,
    ),
    fault(
        "clock-5min-ahead",
        "an instance's clock is 5 min ahead: it is not ready",
        Any,
        |cluster| cluster.shift_clock("+300s", Readiness::ClockIsWrong),
        Cluster::restore_clock,
    ),
    fault(
        "clock-5min-behind",
        "an instance's clock is 5 min behind: it is not ready",
        Any,
        |cluster| cluster.shift_clock("-300s", Readiness::ClockIsWrong),
        Cluster::restore_clock,
    ),
    fault(
        "keys-rotated",
        "a new key is published, signs, and replaces the old one, by rolling restarts",
        Any,
        Cluster::sign_with_new_key,
        Cluster::retire_old_key,
    ),
    fault(
        "two-versions",
        "an instance runs another version",
        OtherVersion,
        Cluster::start_other_version,
        Cluster::end_other_version,
    ),
];

const fn fault(
    name: &'static str,
    what: &'static str,
    needs: Needs,
    begin: Action,
    heal: Action,
) -> Fault {
    Fault { name, what, needs, begin, heal }
}

impl Cluster {
    fn stop_striking(&mut self) -> Result<()> {
        self.instances.stop_striking();
        Ok(())
    }

    fn signal_instance(&self, signal: Signal) -> Result<()> {
        self.instances.signal(FROZEN, signal);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_different_names() {
        for fault in FAULTS {
            let same = FAULTS.iter().filter(|other| other.name == fault.name);
            assert_eq!(same.count(), 1, "{}", fault.name);
        }
    }
}

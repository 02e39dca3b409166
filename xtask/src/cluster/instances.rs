//! The instances, and the supervisor that restarts one that has ended, as an orchestrator would.
//!
//! Only the supervisor's thread starts instances: the system ends a leashed process with the thread that started it.

mod readiness;
mod setup;

use std::array;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

pub(super) use self::readiness::Readiness;
pub(super) use self::setup::Setup;
use crate::os::process::Group;
use crate::os::{interrupt, ports::Block};

pub(super) const COUNT: usize = 3;
const POLL: Duration = Duration::from_millis(50);
/// The time until an instance that has ended is started again.
const PAUSE: Duration = Duration::from_millis(250);
const READY_WITHIN: Duration = Duration::from_secs(60);

/// The ports of the instances.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    pub(super) serving: [u16; COUNT],
    pub(super) metrics: [u16; COUNT],
}

impl Addresses {
    pub(super) fn take(ports: &mut Block) -> Result<Self> {
        let mut three = || -> Result<_> { Ok([ports.take()?, ports.take()?, ports.take()?]) };
        Ok(Self { serving: three()?, metrics: three()? })
    }
}

/// The running instances.
pub(super) struct Instances {
    addresses: Addresses,
    shared: Arc<Mutex<Shared>>,
    supervisor: Option<JoinHandle<()>>,
}

struct Shared {
    wanted: [Setup; COUNT],
    /// The setup that each instance was started with, while it runs
    running: [Option<Setup>; COUNT],
    strikes: Option<Strikes>,
    /// A signal for one instance
    signal: Option<(usize, Signal)>,
    is_over: bool,
    failure: Option<anyhow::Error>,
}

/// A signal that one instance after another gets.
struct Strikes {
    signal: Signal,
    every: Duration,
    next: Instant,
    turn: usize,
}

impl Instances {
    /// Starts them, and waits until every one is ready.
    pub(super) fn start(setup: &Setup, addresses: &Addresses, logs: &Path) -> Result<Self> {
        let wanted = array::from_fn(|number| {
            let mut setup = setup.clone();
            setup.set("PORT", addresses.serving[number].to_string());
            setup.set("METRICS_ADDR", format!("127.0.0.1:{}", addresses.metrics[number]));
            setup
        });
        let shared = Arc::new(Mutex::new(Shared {
            wanted,
            running: [const { None }; COUNT],
            strikes: None,
            signal: None,
            is_over: false,
            failure: None,
        }));
        let logs = [0, 1, 2].map(|number| logs.join(format!("instance-{}.log", letter(number))));
        for log in &logs {
            File::create(log).with_context(|| format!("cannot create {}", log.display()))?;
        }
        let supervised = Arc::clone(&shared);
        let supervisor = thread::spawn(move || Supervisor::new(supervised, logs).run());
        let this = Self { addresses: addresses.clone(), shared, supervisor: Some(supervisor) };
        for number in 0..COUNT {
            this.wait_until(number, Readiness::Ready)?;
        }
        Ok(this)
    }

    /// Restarts these instances, one after the other, with a changed setup. Each is ready before the next one ends.
    pub(super) fn change(&self, numbers: &[usize], change: impl Fn(&mut Setup)) -> Result<()> {
        numbers.iter().try_for_each(|number| self.change_one(*number, &change, Readiness::Ready))
    }

    /// Restarts an instance with a changed setup, and waits until it says this of itself.
    pub(super) fn change_one(
        &self,
        number: usize,
        change: impl Fn(&mut Setup),
        readiness: Readiness,
    ) -> Result<()> {
        change(&mut self.lock().wanted[number]);
        self.wait_until(number, readiness)
    }

    /// Sends a signal to one instance after another, the first one at once.
    pub(super) fn strike(&self, signal: Signal, every: Duration) {
        self.lock().strikes = Some(Strikes { signal, every, next: Instant::now(), turn: 0 });
    }

    pub(super) fn stop_striking(&self) {
        self.lock().strikes = None;
    }

    /// Sends a signal to one instance.
    pub(super) fn signal(&self, number: usize, signal: Signal) {
        self.lock().signal = Some((number, signal));
    }

    /// Fails if an instance cannot be started.
    pub(super) fn check(&self) -> Result<()> {
        self.lock().failure.take().map_or(Ok(()), Err)
    }

    fn wait_until(&self, number: usize, readiness: Readiness) -> Result<()> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            self.check()?;
            let is_changed = {
                let shared = self.lock();
                shared.running[number].as_ref() == Some(&shared.wanted[number])
            };
            if is_changed && Readiness::of(self.addresses.serving[number]).ok() == Some(readiness) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("instance {} does not become {readiness:?}: see its log", letter(number));
            }
            interrupt::pause(POLL)?;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        locked(&self.shared)
    }
}

impl Drop for Instances {
    fn drop(&mut self) {
        self.lock().is_over = true;
        if let Some(supervisor) = self.supervisor.take() {
            // A panic in it has been reported.
            drop(supervisor.join());
        }
    }
}

/// Keeps the instances running, on a thread of its own.
struct Supervisor {
    shared: Arc<Mutex<Shared>>,
    logs: [PathBuf; COUNT],
    instances: [Option<Instance>; COUNT],
    /// Earliest time of the next start of each
    starts: [Instant; COUNT],
}

struct Instance {
    process: Group,
    setup: Setup,
    /// It has been told to end.
    is_ending: bool,
}

impl Supervisor {
    fn new(shared: Arc<Mutex<Shared>>, logs: [PathBuf; COUNT]) -> Self {
        Self { shared, logs, instances: [const { None }; COUNT], starts: [Instant::now(); COUNT] }
    }

    fn run(mut self) {
        while !locked(&self.shared).is_over && !interrupt::has_come() {
            if let Err(error) = self.tend() {
                locked(&self.shared).failure = Some(error);
                return;
            }
            thread::sleep(POLL);
        }
    }

    fn tend(&mut self) -> Result<()> {
        let mut shared = locked(&self.shared);
        for (number, slot) in self.instances.iter_mut().enumerate() {
            let wanted = &shared.wanted[number];
            if let Some(instance) = slot
                && instance.process.status()?.is_some()
            {
                *slot = None;
                self.starts[number] = Instant::now() + PAUSE;
            }
            match slot {
                Some(instance) if instance.setup != *wanted && !instance.is_ending => {
                    instance.process.signal(Signal::SIGTERM)?;
                    instance.is_ending = true;
                }
                None if Instant::now() >= self.starts[number] => {
                    *slot = Some(Instance::start(wanted, &self.logs[number])?);
                }
                _ => {}
            }
            shared.running[number] = slot.as_ref().map(|instance| instance.setup.clone());
        }
        if let Some((number, signal)) = shared.signal.take()
            && let Some(instance) = &self.instances[number]
        {
            instance.process.signal(signal)?;
        }
        if let Some(strikes) = &mut shared.strikes
            && Instant::now() >= strikes.next
        {
            if let Some(instance) = &self.instances[strikes.turn % COUNT] {
                instance.process.signal(strikes.signal)?;
            }
            strikes.turn += 1;
            strikes.next += strikes.every;
        }
        Ok(())
    }
}

impl Instance {
    fn start(setup: &Setup, log: &Path) -> Result<Self> {
        let log = OpenOptions::new().append(true).open(log).context("cannot open a log")?;
        let mut command = setup.command();
        command.stdout(log.try_clone()?).stderr(log);
        // At the end of the cluster nobody waits for the balancer to notice.
        let process = Group::spawn(&mut command, Signal::SIGINT)?;
        Ok(Self { process, setup: setup.clone(), is_ending: false })
    }
}

fn letter(number: usize) -> char {
    ['a', 'b', 'c'][number]
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Bounds of each configuration. A single state space with everything in it could only be explored superficially.

use std::time::Duration;

use domain::session::Lifetimes;

/// The grace period, in ticks.
pub const GRACE: u8 = 2;
/// The longest time, half of the grace period, that a browser waits for a response or a request is on its way to an
/// instance.
pub const PATIENCE: u8 = 1;
/// The lifetime of an access token, in ticks.
pub const ACCESS: u8 = 3;
/// Ticks until the ordinary idle timeout, where a configuration has one.
pub const IDLE: u8 = 3;
/// Ticks until the absolute end, where a configuration has one.
pub const ABSOLUTE: u8 = 12;
/// The lifetime of a tombstone: twice that of an access token.
pub const TOMBSTONE: u8 = 2 * ACCESS;
/// The longest time between two sweeps.
pub const SWEEP_EVERY: u8 = 1;
/// The generation that the row has at first: far enough from 0 to look back.
pub const FIRST: u8 = 40;

/// The greatest age that matters.
pub const OLD: u8 = IDLE + ACCESS + GRACE + 1;

/// The bounds of a configuration.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub name: &'static str,
    /// Maximum of new generations
    pub generations: u8,
    /// Maximum of refreshes in flight, abandoned ones included
    pub requests: usize,
    /// Maximum of waiting tabs
    pub tabs: usize,
    /// Generations since the last late replay, in the initial states
    pub late_replays: &'static [Option<u8>],
    /// Generations that the row is behind the jar in the initial states, lost by a failover
    pub behind: &'static [u8],
    /// Versions of the row that a failover may bring back
    pub versions: usize,
    /// True if the losses of an honest browser are counted
    pub losses: bool,
    /// True if there is a thief
    pub thief: bool,
    /// Wipes of Redis; [`Bounds::ANY`] for any number
    pub wipes: u8,
    /// True if stores may fail
    pub failures: bool,
    /// True if tabs may give up at any moment
    pub impatience: bool,
    /// True if the network may repeat a request
    pub repeats: bool,
    /// True if the session may be ended
    pub ends: bool,
    /// True if access tokens and tombstones expire
    pub access: bool,
    /// True if there is an idle timeout
    pub idle: bool,
    /// True if there is an absolute end
    pub absolute: bool,
}

impl Bounds {
    pub const ANY: u8 = u8::MAX;

    /// One tab, one refresh at a time, no faults.
    pub const QUIET: Self = Self {
        name: "quiet",
        generations: 3,
        requests: 1,
        tabs: 1,
        late_replays: &[None],
        behind: &[0],
        versions: 0,
        losses: false,
        thief: false,
        wipes: 0,
        failures: false,
        impatience: false,
        repeats: false,
        ends: false,
        access: false,
        idle: false,
        absolute: false,
    };

    /// Generations that a failover may take from the row.
    pub fn generations_lost(&self) -> u8 {
        if self.versions > 0 { self.generations } else { 0 }
    }

    /// Without wipes, tombstones have to expire; a wipe has the same effect.
    pub fn tombstones_expire(&self) -> bool {
        self.ends && self.wipes == 0
    }

    pub fn lifetimes(&self) -> Lifetimes {
        let idle = if self.idle { ticks(IDLE) } else { NEVER };
        let absolute = if self.absolute { ticks(ABSOLUTE) } else { NEVER };
        Lifetimes {
            access: ticks(ACCESS),
            grace: ticks(GRACE),
            idle,
            absolute,
            remembered_idle: idle,
            remembered_absolute: absolute,
        }
    }
}

const NEVER: Duration = Duration::from_secs(1_000_000);

/// A tick is a second for the domain.
pub fn ticks(count: u8) -> Duration {
    Duration::from_secs(count.into())
}

//! How far each configuration looks. One giant state space would look at nothing deeply.

use std::time::Duration;

use domain::session::Lifetimes;

/// Ticks of grace.
pub const GRACE: u8 = 2;
/// A browser waits for an answer, and a request is under way to an instance, for at most half of grace.
pub const PATIENCE: u8 = 1;
/// Ticks that an access token lives.
pub const ACCESS: u8 = 3;
/// Ticks until the ordinary idle timeout, where a configuration has one.
pub const IDLE: u8 = 3;
/// Ticks until the absolute end, where a configuration has one.
pub const ABSOLUTE: u8 = 12;
/// A tombstone stands for twice the access lifetime.
pub const TOMBSTONE: u8 = 2 * ACCESS;
/// The sweeper comes at least this often.
pub const SWEEP_EVERY: u8 = 1;
/// The generation that the row has at first: far enough from 0 to look back.
pub const FIRST: u8 = 40;

/// No age counts beyond this.
pub const OLD: u8 = IDLE + ACCESS + GRACE + 1;

/// What a configuration contains, and how much of it.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub name: &'static str,
    /// Generations that may be made
    pub generations: u8,
    /// Refreshes under way at once, the given-up ones among them
    pub flights: usize,
    /// Tabs that may wait at once
    pub tabs: usize,
    /// How many generations ago the last late replay was, at first
    pub late_replays: &'static [Option<u8>],
    /// How many generations the row is behind the jar at first: what a failover lost
    pub behind: &'static [u8],
    /// Versions of the row that a failover may bring back
    pub versions: usize,
    /// What an honest browser loses is counted
    pub losses: bool,
    /// There is a thief
    pub thief: bool,
    /// Wipes of Redis; [`Bounds::ANY`] for any number
    pub wipes: u8,
    /// Stores may fail
    pub failures: bool,
    /// Tabs may give up at any moment
    pub impatience: bool,
    /// The network may repeat a request
    pub repeats: bool,
    /// The session may be ended
    pub ends: bool,
    /// Access tokens expire, tombstones as well
    pub access: bool,
    /// There is an idle timeout
    pub idle: bool,
    /// There is an absolute end
    pub absolute: bool,
}

impl Bounds {
    pub const ANY: u8 = u8::MAX;

    /// One tab, one refresh at a time, no faults.
    pub const QUIET: Self = Self {
        name: "quiet",
        generations: 3,
        flights: 1,
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

    /// What a failover may take from the row's generation.
    pub fn generations_lost(&self) -> u8 {
        if self.versions > 0 { self.generations } else { 0 }
    }

    /// A wipe takes a tombstone away as well as time does.
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

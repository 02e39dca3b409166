//! The configurations that are checked.

use domain::session::rotation::{AHEAD_MAX, LATE_REPLAY_PAUSE};

use crate::bounds::Bounds;

const PAUSE: u8 = LATE_REPLAY_PAUSE as u8;
const FAR: u8 = AHEAD_MAX as u8;

/// An honest browser with two tabs. Everything may fail, be repeated or be late, and Redis may be wiped at any time.
pub const HONEST: Bounds = Bounds {
    name: "honest",
    generations: 2,
    requests: 2,
    tabs: 2,
    losses: true,
    wipes: Bounds::ANY,
    failures: true,
    impatience: true,
    repeats: true,
    ..Bounds::QUIET
};

/// An honest browser that lost an answer some generations ago: just within the window, and just outside.
pub const HONEST_BEFORE: Bounds = Bounds {
    name: "honest, after a loss",
    late_replays: &[Some(PAUSE - 1), Some(PAUSE), Some(PAUSE + 1)],
    repeats: false,
    ..HONEST
};

/// Three requests at once.
pub const HONEST_CROWD: Bounds = Bounds {
    name: "honest, three at once",
    requests: 3,
    wipes: 0,
    repeats: false,
    impatience: false,
    ..HONEST
};

/// Postgres loses its last rotations.
pub const HONEST_FAILOVER: Bounds = Bounds {
    name: "honest, failover",
    versions: 2,
    wipes: 0,
    repeats: false,
    impatience: false,
    ..HONEST
};

/// Postgres has lost many rotations.
pub const HONEST_FAR: Bounds = Bounds {
    name: "honest, far behind",
    behind: &[1, 2, FAR - 1, FAR, FAR + 1],
    wipes: 0,
    repeats: false,
    impatience: false,
    ..HONEST
};

/// A thief with one refresh token, stolen at any moment.
pub const THIEF: Bounds = Bounds {
    name: "thief",
    generations: 3,
    requests: 2,
    thief: true,
    failures: true,
    ..Bounds::QUIET
};

/// The browser lost an answer some generations ago: just within the window, and just outside.
pub const THIEF_BEFORE: Bounds = Bounds {
    name: "thief, after a loss",
    generations: 2,
    late_replays: &[Some(PAUSE - 1), Some(PAUSE)],
    ..THIEF
};

/// The live-session store loses its record, by a wipe or because the session was idle.
pub const THIEF_WIPE: Bounds = Bounds { name: "thief, a wipe", generations: 2, wipes: 1, ..THIEF };

pub const THIEF_WIPES: Bounds =
    Bounds { name: "thief, two wipes", requests: 1, wipes: 2, ..THIEF_WIPE };

pub const THIEF_FAILOVER: Bounds =
    Bounds { name: "thief, failover", generations: 2, versions: 1, ..THIEF };

/// A session that is ended while refreshes are under way.
pub const ENDS: Bounds = Bounds {
    name: "ends",
    generations: 1,
    requests: 2,
    tabs: 1,
    failures: true,
    ends: true,
    access: true,
    ..Bounds::QUIET
};

pub const ENDS_WIPES: Bounds = Bounds { name: "ends, wipes", wipes: Bounds::ANY, ..ENDS };

pub const ENDS_FAILOVER: Bounds =
    Bounds { name: "ends, wipes, failover", requests: 1, versions: 1, ..ENDS_WIPES };

/// A browser that comes back after an absence.
pub const AGES_WIPES: Bounds = Bounds {
    name: "ages, wipes",
    generations: 1,
    requests: 2,
    tabs: 2,
    wipes: Bounds::ANY,
    failures: true,
    access: true,
    idle: true,
    ..Bounds::QUIET
};

pub const AGES_FAILOVER: Bounds = Bounds {
    name: "ages, failover",
    generations: 2,
    wipes: 0,
    versions: 1,
    requests: 1,
    tabs: 1,
    ..AGES_WIPES
};

pub const AGES_ABSOLUTE: Bounds = Bounds {
    name: "ages, absolute end",
    generations: 3,
    requests: 1,
    tabs: 1,
    wipes: 0,
    idle: false,
    absolute: true,
    ..AGES_WIPES
};

//! Counts the events that were reached, so that "never" is not concluded from a model in which nothing happens. (The
//! checker's own `sometimes` would make every event a part of the state.)

use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Rotated,
    Renewed,
    Replayed,
    LateReplayed,
    LateReplayRepeated,
    LateReplayAfterPause,
    Ahead,
    TooFarAhead,
    Retried,
    MovedOn,
    CheckedLiveSession,
    EndOvertaken,
    EndedByReuse,
    EndedByIdle,
    EndedByAge,
    RefusedAsEnded,
    OpenRefused,
    Overwritten,
    AnswerLost,
    StoreFailed,
    Repeated,
    Wiped,
    FailedOver,
    Ended,
    CloseFailed,
    ClosedLate,
    Swept,
    Revived,
    BroughtBack,
    ThiefFollowed,
    ThiefFollowedThreeTimes,
    ThiefFollowedFourTimes,
    ThiefUsed,
}

const EVENTS: usize = Event::ThiefUsed as usize + 1;

#[derive(Debug)]
pub struct Coverage([AtomicUsize; EVENTS]);

impl Default for Coverage {
    fn default() -> Self {
        Self([const { AtomicUsize::new(0) }; EVENTS])
    }
}

impl Coverage {
    pub fn note(&self, event: Event) {
        self.0[event as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub fn count(&self, event: Event) -> usize {
        self.0[event as usize].load(Ordering::Relaxed)
    }
}

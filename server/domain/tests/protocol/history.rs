//! The part of a state's history that the properties need. No step reads it.

use domain::session::rotation::LATE_REPLAY_PAUSE;

use crate::state::{Sender, State};

/// The violations. The model has a property for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wrong {
    HonestReuse,
    AuthenticatedAfterEnd,
    AuthenticatedAfterSweep,
    AuthenticatedTooLate,
    RefreshedAfterEnd,
    EndReportedWithoutEnd,
    IdleThoughHere,
    RefreshedThoughAway,
    RefreshedPastAbsoluteEnd,
    AuthenticatedPastAbsoluteEnd,
    TurnedAway,
    JumpedTooFar,
    LateReplayOfWhatWasSeen,
}

/// The loss of an answer by an honest browser: no `Set-Cookie` of it is stored although the jar holds an older
/// generation (the tab no longer waits, the network drops it, or the instance stops before it answers), or it is
/// stored, and an older one after it.
///
/// Two losses are different unless they are of the same generation and in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Loss {
    pub generation: u8,
    pub overwritten: bool,
}

/// The author of the row's last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mover {
    Honest,
    Thief,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct History {
    pub wrong: Option<Wrong>,
    /// The browser's last loss
    pub loss: Option<Loss>,
    /// True after a second loss within the window, for which nothing is promised
    pub lost_twice: bool,
    /// The generation that was last replayed late, even if a failover lost that
    pub late_replay: Option<u8>,
    pub last_mover: Mover,
    /// An end has been reported
    pub end_answered: bool,
    /// Redis was wiped after the last tombstone
    pub wiped: bool,
    /// Time since which the protocol allows the live-session store to be wrong about the end
    pub excused: Option<u8>,
    /// Time since the browser's last successful request
    pub quiet: u8,
    /// Time since anybody's last successful request
    pub untouched: u8,
}

impl History {
    pub fn new() -> Self {
        Self {
            wrong: None,
            loss: None,
            lost_twice: false,
            late_replay: None,
            last_mover: Mover::Honest,
            end_answered: false,
            wiped: false,
            excused: None,
            quiet: 0,
            untouched: 0,
        }
    }

    pub fn went_wrong(&mut self, wrong: Wrong) {
        self.wrong.get_or_insert(wrong);
    }

    fn lose(&mut self, loss: Loss) {
        match self.loss {
            Some(before) if before == loss => {}
            Some(before)
                if u32::from(loss.generation.abs_diff(before.generation)) <= LATE_REPLAY_PAUSE =>
            {
                self.lost_twice = true;
            }
            _ => self.loss = Some(loss),
        }
    }
}

impl State {
    /// Records that a response with this generation is lost.
    pub fn note_missed(&mut self, generation: u8) {
        if self.jar < generation {
            self.history.lose(Loss { generation, overwritten: false });
        }
    }

    /// Records that a response with this generation is about to be stored in the jar.
    pub fn note_overwritten(&mut self, by: u8) {
        for generation in by + 1..=self.jar {
            self.history.lose(Loss { generation, overwritten: true });
        }
    }

    /// Records that the row has changed.
    pub fn note_moved(&mut self, mover: Option<Sender>) {
        if let Some(mover) = mover {
            let thief = mover == Sender::Thief;
            self.history.last_mover = if thief { Mover::Thief } else { Mover::Honest };
        }
        for request in &mut self.requests {
            request.moved = true;
        }
    }

    /// Records that the end was reported.
    pub fn note_end_reported(&mut self) {
        if self.row.ended.is_none() {
            self.history.went_wrong(Wrong::EndReportedWithoutEnd);
        }
        self.history.end_answered = true;
    }
}

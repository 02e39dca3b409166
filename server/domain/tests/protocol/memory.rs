//! What the properties remember of the way to a state; no step looks at it.

use domain::session::rotation::LATE_REPLAY_PAUSE;

use crate::state::{Sender, State};

/// What must never happen. Each is a property of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wrong {
    HonestReuse,
    AuthenticatedAfterEnd,
    AuthenticatedAfterSweep,
    AuthenticatedTooLate,
    RefreshedAfterEnd,
    ToldWithoutEnd,
    IdleThoughHere,
    RefreshedThoughAway,
    RefreshedPastAbsoluteEnd,
    AuthenticatedPastAbsoluteEnd,
    TurnedAway,
    JumpedTooFar,
    LateReplayOfWhatWasSeen,
}

/// What it means that an honest browser **loses** an answer: no `Set-Cookie` of it lands, though the jar holds an
/// older generation then (the tab waits no longer, the network drops it, or the instance does not get to answer
/// what it has done), or it does land, and an older one lands after it.
///
/// Two losses are different unless they are of the same generation and in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Loss {
    pub generation: u8,
    pub overwritten: bool,
}

/// Who made the row's last move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mover {
    Honest,
    Thief,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Memory {
    pub wrong: Option<Wrong>,
    /// The browser's last loss
    pub loss: Option<Loss>,
    /// It lost a second one within the window: nothing is promised any more
    pub lost_twice: bool,
    /// The generation that was last answered late, whatever became of the row
    pub late_replay: Option<u8>,
    pub last_mover: Mover,
    /// An end has been answered
    pub end_answered: bool,
    /// Redis was wiped after the last tombstone
    pub wiped: bool,
    /// Since when the front desk may be wrong about the end, as far as the protocol admits it
    pub excused: Option<u8>,
    /// Since the browser was last answered with success
    pub quiet: u8,
    /// Since the session was last looked after by anybody
    pub untouched: u8,
}

impl Memory {
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
    /// An answer of this generation reaches nobody.
    pub fn note_missed(&mut self, generation: u8) {
        if self.jar < generation {
            self.memory.lose(Loss { generation, overwritten: false });
        }
    }

    /// An answer of this generation is about to land in the jar.
    pub fn note_overwritten(&mut self, by: u8) {
        for generation in by + 1..=self.jar {
            self.memory.lose(Loss { generation, overwritten: true });
        }
    }

    /// The row has another version now.
    pub fn note_moved(&mut self, mover: Option<Sender>) {
        if let Some(mover) = mover {
            let thief = mover == Sender::Thief;
            self.memory.last_mover = if thief { Mover::Thief } else { Mover::Honest };
        }
        for flight in &mut self.flights {
            flight.moved = true;
        }
    }

    /// Somebody is told that the session is over.
    pub fn note_told(&mut self) {
        if self.row.ended.is_none() {
            self.memory.went_wrong(Wrong::ToldWithoutEnd);
        }
        self.memory.end_answered = true;
    }
}

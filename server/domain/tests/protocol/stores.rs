//! What the stores do: each function is one statement or one script, and so one step.

use domain::session::{
    EndReason,
    rotation::{AHEAD_MAX, Move},
};

use crate::{
    bounds::{ABSOLUTE, ACCESS, Bounds, IDLE, SWEEP_EVERY, TOMBSTONE},
    coverage::Event,
    memory::Wrong,
    model::Protocol,
    rules::Broken,
    state::{Desk, Flight, Row, State},
};

impl Protocol {
    /// Postgres: `update … where generation = at and ended_at is null`; for a late replay, `last_seen_at` has to be
    /// as it was read, too. Renewing changes nothing.
    pub fn advance(&self, state: &mut State, flight: Flight, by: Move, at: u8) -> bool {
        let before = state.row;
        let as_read = before.generation == at;
        let open = before.ended.is_none() || self.breaks(Broken::UpdateIgnoresEnd);
        let careless = by != Move::LateReplay || self.breaks(Broken::LateReplayIsNotAsRead);
        let as_read = as_read && (!flight.moved || careless);
        let as_read = as_read || self.breaks(Broken::UpdateWithoutGeneration);
        if !as_read || !open {
            return false;
        }
        let row = &mut state.row;
        match by {
            Move::Renew => return true,
            Move::Replay => {
                if !self.breaks(Broken::ReplayLeavesNoTrace) && row.seen_ago > 0 {
                    row.seen_ago = 0;
                    self.commit(state, before, !self.breaks(Broken::ReplayCommitsLate));
                    if !self.breaks(Broken::ReplayIsNoChange) {
                        state.note_moved(None);
                    }
                }
                return true;
            }
            Move::Rotate | Move::Ahead => {
                row.generation = answered(by, at, flight.presented);
                row.rotated_ago = 0;
                row.seen_ago = 0;
            }
            Move::LateReplay => {
                if !self.breaks(Broken::LateReplayUnmarked) {
                    row.late_replay = Some(row.generation);
                }
                if !self.breaks(Broken::LateReplayKeepsGrace) {
                    row.rotated_ago = 0;
                    row.seen_ago = 0;
                }
                if self.bounds.thief && self.bounds.versions > 0 {
                    state.memory.late_replay = Some(at);
                }
            }
        }
        let at_once = by == Move::LateReplay && !self.breaks(Broken::LateReplayCommitsLate);
        self.commit(state, before, at_once);
        if state.row.generation.abs_diff(at) > AHEAD_MAX as u8 {
            state.memory.went_wrong(Wrong::JumpedTooFar);
        }
        state.note_moved(Some(flight.sender));
        true
    }

    /// Postgres: marks the row, synchronously. The first reason stands.
    pub fn mark(&self, state: &mut State, reason: EndReason) {
        if state.row.ended.is_some() {
            return;
        }
        let before = state.row;
        state.row.ended = Some(reason);
        state.row.ended_ago = 0;
        state.row.closed = self.breaks(Broken::EndCountsAsClosed);
        self.commit(state, before, !self.breaks(Broken::EndCommitsLate));
        if reason == EndReason::Idle && state.memory.quiet < IDLE {
            state.memory.went_wrong(Wrong::IdleThoughHere);
        }
        if reason == EndReason::Reuse && self.bounds.losses {
            state.memory.went_wrong(Wrong::HonestReuse);
        }
    }

    /// What is written at once makes everything before it durable too: it is one log.
    fn commit(&self, state: &mut State, before: Row, at_once: bool) {
        if at_once {
            state.versions.clear();
        } else if self.bounds.versions > 0 {
            if state.versions.len() == self.bounds.versions {
                state.versions.remove(0);
            }
            state.versions.push(before);
        }
    }

    /// Postgres: a failover that forgets the newest versions of the row.
    pub fn fail_over(state: &mut State, to: usize) {
        state.row = state.versions[to];
        state.versions.truncate(to);
        state.note_moved(None);
    }

    /// Redis: *open*. `Err`: a tombstone.
    pub fn open(&self, state: &mut State, flight: Flight) -> Result<(), EndReason> {
        let seen = match state.desk {
            Desk::Tombstone { reason, .. } if !self.breaks(Broken::OpenOverTombstone) => {
                return Err(reason);
            }
            Desk::Live { seen, .. } if !self.breaks(Broken::OpenForgetsWhatWasSeen) => seen,
            _ => 0,
        };
        if state.desk == Desk::Absent {
            self.coverage.note(Event::BroughtBack);
        }
        state.desk = Desk::Live { seen, left: self.idle() };
        state.memory.untouched = 0;
        // All that the protocol admits: this was under way when the store was wiped.
        let in_flight = state.memory.wiped && !flight.late;
        if state.row.ended.is_some() && in_flight {
            self.coverage.note(Event::Revived);
            state.memory.excused.get_or_insert(0);
        }
        Ok(())
    }

    /// Redis: *close*.
    pub fn close(&self, state: &mut State, reason: EndReason) {
        let short = self.breaks(Broken::TombstoneTooShort);
        let left = if short { 1 } else { TOMBSTONE };
        let left = if self.bounds.tombstones_expire() { left } else { 0 };
        state.desk = if self.breaks(Broken::CloseDeletes) {
            Desk::Absent
        } else {
            Desk::Tombstone { reason, left }
        };
        state.row.closed = state.row.ended.is_some();
        state.memory.excused = None;
        state.memory.wiped = false;
    }

    /// Redis forgets everything. The sweeper's witness goes as well, so its next round closes what ended lately once
    /// more.
    pub fn wipe(&self, state: &mut State) {
        self.coverage.note(Event::Wiped);
        state.desk = Desk::Absent;
        if !self.breaks(Broken::WipeGoesUnnoticed) {
            state.row.closed = false;
        }
        state.memory.wiped |= state.row.ended.is_some();
        if state.wipes_left != Bounds::ANY {
            state.wipes_left -= 1;
        }
    }

    /// Redis: *check* for a request whose access token is of this generation, and has not expired.
    pub fn check(&self, state: &mut State, generation: u8) -> bool {
        if state.desk == Desk::Absent && self.breaks(Broken::CheckCreates) {
            state.desk = Desk::Live { seen: 0, left: self.idle() };
        }
        match &mut state.desk {
            Desk::Absent => false,
            Desk::Tombstone { .. } => {
                state.note_told();
                false
            }
            Desk::Live { seen, left } => {
                if !self.breaks(Broken::CheckNotesNothing) {
                    *seen = generation.max(*seen);
                }
                // A little of the idle timeout may be used up before it is extended.
                if *left + 1 < self.idle() {
                    *left = self.idle();
                }
                self.note_authenticated(state);
                true
            }
        }
    }

    fn note_authenticated(&self, state: &mut State) {
        let memory = &mut state.memory;
        memory.quiet = 0;
        memory.untouched = 0;
        if self.bounds.absolute && state.age >= ABSOLUTE {
            memory.went_wrong(Wrong::AuthenticatedPastAbsoluteEnd);
        }
        if !memory.end_answered || !self.bounds.ends {
            return;
        }
        if state.row.ended_ago > ACCESS {
            memory.went_wrong(Wrong::AuthenticatedTooLate);
        }
        match memory.excused {
            None => memory.went_wrong(Wrong::AuthenticatedAfterEnd),
            Some(since) if since > SWEEP_EVERY => {
                memory.went_wrong(Wrong::AuthenticatedAfterSweep);
            }
            Some(_) => {}
        }
    }

    pub fn idle(&self) -> u8 {
        if self.bounds.idle { IDLE } else { 0 }
    }
}

/// The generation that a move answers, by the domain.
pub fn answered(by: Move, at: u8, presented: u8) -> u8 {
    let generation = by.answered(at.into(), presented.into());
    u8::try_from(generation).expect("generations are small here")
}

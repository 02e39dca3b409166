//! The stores: each function is one statement or one script, and so one step.

use std::time::Duration;

use domain::session::{
    EndReason,
    rotation::{AHEAD_MAX, RefreshKind, apply},
};

use crate::{
    bounds::{ABSOLUTE, ACCESS, Bounds, IDLE, SWEEP_EVERY, TOMBSTONE},
    coverage::Event,
    history::Wrong,
    model::Protocol,
    rules::Broken,
    state::{LiveRecord, Request, Row, State},
};

impl Protocol {
    /// Postgres: `update … where generation = at and ended_at is null`; for a late replay, `last_seen_at` has to be
    /// as it was read, too. What it writes is [`apply`].
    pub fn advance(&self, state: &mut State, request: Request, kind: RefreshKind, at: u8) -> bool {
        let before = state.row;
        let as_read = before.generation == at;
        let open = before.ended.is_none() || self.breaks(Broken::UpdateIgnoresEnd);
        let careless =
            kind != RefreshKind::LateReplay || self.breaks(Broken::LateReplayIsNotAsRead);
        let as_read = as_read && (!request.moved || careless);
        let as_read = as_read || self.breaks(Broken::UpdateWithoutGeneration);
        if !as_read || !open {
            return false;
        }
        let Some(after) = self.applied(before, request, kind, at, state.age) else { return false };
        if after == before && matches!(kind, RefreshKind::Renew | RefreshKind::Replay) {
            return true;
        }
        state.row = after;
        let is_durable = match kind {
            RefreshKind::Replay => !self.breaks(Broken::ReplayCommitsLate),
            RefreshKind::LateReplay => !self.breaks(Broken::LateReplayCommitsLate),
            RefreshKind::Rotate | RefreshKind::Ahead | RefreshKind::Renew => false,
        };
        self.commit(state, before, is_durable);
        if kind == RefreshKind::Replay {
            if !self.breaks(Broken::ReplayIsNoChange) {
                state.note_moved(None);
            }
            return true;
        }
        if kind == RefreshKind::LateReplay && self.bounds.thief && self.bounds.versions > 0 {
            state.history.late_replay = Some(at);
        }
        if state.row.generation.abs_diff(at) > AHEAD_MAX as u8 {
            state.history.went_wrong(Wrong::JumpedTooFar);
        }
        state.note_moved(Some(request.sender));
        true
    }

    /// The row after a refresh, by the domain's [`apply`] except for the rule that is broken.
    fn applied(
        &self,
        row: Row,
        request: Request,
        kind: RefreshKind,
        at: u8,
        age: u8,
    ) -> Option<Row> {
        // If the condition on the generation is broken, the row may have another one than was read.
        let read = match kind {
            RefreshKind::Rotate | RefreshKind::Ahead => Row { generation: at, ..row },
            RefreshKind::Renew | RefreshKind::Replay | RefreshKind::LateReplay => row,
        };
        let after = apply(self.as_read(read, age), kind, request.presented.into())?;
        let mut applied = Row {
            generation: small(after.generation),
            rotated_ago: ticks_of(after.rotated_ago),
            seen_ago: ticks_of(after.seen_ago),
            late_replay: after.late_replay.map(small),
            ..row
        };
        match kind {
            RefreshKind::Replay if self.breaks(Broken::ReplayLeavesNoTrace) => return Some(row),
            RefreshKind::LateReplay if self.breaks(Broken::LateReplayUnmarked) => {
                applied.late_replay = row.late_replay;
            }
            RefreshKind::LateReplay if self.breaks(Broken::LateReplayKeepsGrace) => {
                (applied.rotated_ago, applied.seen_ago) = (row.rotated_ago, row.seen_ago);
            }
            _ => {}
        }
        Some(applied)
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
        if reason == EndReason::Idle && state.history.quiet < IDLE {
            state.history.went_wrong(Wrong::IdleThoughHere);
        }
        if reason == EndReason::Reuse && self.bounds.losses {
            state.history.went_wrong(Wrong::HonestReuse);
        }
    }

    /// Commits a change. A synchronous commit also makes all earlier ones durable, because the log is sequential.
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

    /// Postgres: a failover that loses the newest versions of the row.
    pub fn fail_over(state: &mut State, to: usize) {
        state.row = state.versions[to];
        state.versions.truncate(to);
        state.note_moved(None);
    }

    /// Redis: *open*. `Err`: a tombstone.
    pub fn open(&self, state: &mut State, request: Request) -> Result<(), EndReason> {
        let seen = match state.live {
            LiveRecord::Tombstone { reason, .. } if !self.breaks(Broken::OpenOverTombstone) => {
                return Err(reason);
            }
            LiveRecord::Live { seen, .. } if !self.breaks(Broken::OpenForgetsWhatWasSeen) => seen,
            _ => 0,
        };
        if state.live == LiveRecord::Absent {
            self.coverage.note(Event::BroughtBack);
        }
        state.live = LiveRecord::Live { seen, left: self.idle() };
        state.history.untouched = 0;
        // The one exception that the protocol admits: this was in flight when the store was wiped.
        let in_flight = state.history.wiped && !request.late;
        if state.row.ended.is_some() && in_flight {
            self.coverage.note(Event::Revived);
            state.history.excused.get_or_insert(0);
        }
        Ok(())
    }

    /// Redis: *close*.
    pub fn close(&self, state: &mut State, reason: EndReason) {
        let short = self.breaks(Broken::TombstoneTooShort);
        let left = if short { 1 } else { TOMBSTONE };
        let left = if self.bounds.tombstones_expire() { left } else { 0 };
        state.live = if self.breaks(Broken::CloseDeletes) {
            LiveRecord::Absent
        } else {
            LiveRecord::Tombstone { reason, left }
        };
        state.row.closed = state.row.ended.is_some();
        state.history.excused = None;
        state.history.wiped = false;
    }

    /// Redis loses everything, including the sweeper's witness, so its next round closes recently ended sessions again.
    pub fn wipe(&self, state: &mut State) {
        self.coverage.note(Event::Wiped);
        state.live = LiveRecord::Absent;
        if !self.breaks(Broken::WipeGoesUnnoticed) {
            state.row.closed = false;
        }
        state.history.wiped |= state.row.ended.is_some();
        if state.wipes_left != Bounds::ANY {
            state.wipes_left -= 1;
        }
    }

    /// Redis: *check* for a request whose access token is of this generation, and has not expired.
    pub fn check(&self, state: &mut State, generation: u8) -> bool {
        if state.live == LiveRecord::Absent && self.breaks(Broken::CheckCreates) {
            state.live = LiveRecord::Live { seen: 0, left: self.idle() };
        }
        match &mut state.live {
            LiveRecord::Absent => false,
            LiveRecord::Tombstone { .. } => {
                state.note_end_reported();
                false
            }
            LiveRecord::Live { seen, left } => {
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
        let history = &mut state.history;
        history.quiet = 0;
        history.untouched = 0;
        if self.bounds.absolute && state.age >= ABSOLUTE {
            history.went_wrong(Wrong::AuthenticatedPastAbsoluteEnd);
        }
        if !history.end_answered || !self.bounds.ends {
            return;
        }
        if state.row.ended_ago > ACCESS {
            history.went_wrong(Wrong::AuthenticatedTooLate);
        }
        match history.excused {
            None => history.went_wrong(Wrong::AuthenticatedAfterEnd),
            Some(since) if since > SWEEP_EVERY => {
                history.went_wrong(Wrong::AuthenticatedAfterSweep);
            }
            Some(_) => {}
        }
    }

    pub fn idle(&self) -> u8 {
        if self.bounds.idle { IDLE } else { 0 }
    }
}

/// The generation that a refresh returns, by the domain's rules.
pub fn answered(kind: RefreshKind, at: u8, presented: u8) -> u8 {
    small(kind.answered(at.into(), presented.into()))
}

fn small(generation: u32) -> u8 {
    u8::try_from(generation).expect("generations are small here")
}

/// A tick is a second for the domain.
fn ticks_of(time: Duration) -> u8 {
    u8::try_from(time.as_secs()).expect("ages are small here")
}

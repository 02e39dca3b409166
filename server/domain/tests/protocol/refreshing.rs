//! The steps of a refresh, as `domain::session::refresh` takes them: read and decide, ask the front desk if that decides,
//! open, one conditional statement, answer.

use std::time::Duration;

use domain::session::{
    EndReason, RowState,
    rotation::{AHEAD_MAX, Decision, LiveState, Reading, RefreshKind},
};

use crate::{
    bounds::{ABSOLUTE, ACCESS, GRACE, IDLE, ticks},
    coverage::Event,
    memory::{Mover, Wrong},
    model::Protocol,
    rules::{Broken, Question, ask_the_domain},
    state::{Desk, Flight, Row, Sender, State, Step},
    stores::answered,
};

/// The refresh is over, and leaves nothing behind.
type Next = Option<Flight>;

/// This history is not one that the property speaks of.
#[derive(Debug)]
pub struct OutOfScope;

impl Protocol {
    /// Takes the next step of a refresh.
    pub fn step(&self, state: &mut State, mut flight: Flight) -> Result<Next, OutOfScope> {
        match flight.step {
            Step::Read => {
                let row = state.row;
                flight.moved = false;
                flight.late = row.ended.is_some();
                if !flight.again {
                    flight.card_age = 0;
                }
                self.decide(state, flight, row, LiveState::Unchecked)
            }
            Step::Ask(row) => {
                self.coverage.note(Event::AskedFrontDesk);
                let desk = state.desk.glance();
                self.decide(state, flight, row, desk)
            }
            Step::Open { kind, at } => Ok(self.open_and_go_on(state, flight, kind, at)),
            Step::Confirm { kind, at } => {
                if self.advance(state, flight, kind, at) {
                    let opens_later = self.breaks(Broken::ConsumeBeforeOpen);
                    let next = Flight { step: Step::Open { kind, at }, ..flight };
                    return Ok(if opens_later {
                        Some(next)
                    } else {
                        self.succeed(state, flight, kind, at)
                    });
                }
                self.coverage.note(Event::MovedOn);
                Ok(Some(Flight { step: Step::Read, again: true, ..flight }))
            }
            Step::Answer(generation) => {
                self.land(state, generation);
                Ok(None)
            }
            Step::Mark(reason) => {
                if flight.moved && !self.breaks(Broken::EndIsNotAsRead) {
                    self.coverage.note(Event::EndOvertaken);
                    return Ok(Some(Flight { step: Step::Read, again: true, ..flight }));
                }
                self.coverage.note(match reason {
                    EndReason::Reuse => Event::EndedByReuse,
                    EndReason::Idle => Event::EndedByIdle,
                    _ => Event::EndedByAge,
                });
                self.mark(state, reason);
                Ok(Some(Flight { step: Step::Close(state.row.ended.unwrap_or(reason)), ..flight }))
            }
            Step::Close(reason) => {
                self.close(state, reason);
                state.note_told();
                Ok(None)
            }
        }
    }

    /// Decides about a row as it was read. What has ended is not decided about.
    fn decide(
        &self,
        state: &mut State,
        mut flight: Flight,
        row: Row,
        live: LiveState,
    ) -> Result<Next, OutOfScope> {
        if let Some(reason) = row.ended
            && !self.breaks(Broken::EndIsNotRead)
        {
            self.coverage.note(Event::RefusedAsEnded);
            if self.breaks(Broken::NoCloseAgain) {
                state.memory.excused = None;
                state.note_told();
                return Ok(None);
            }
            flight.step = Step::Close(reason);
            return Ok(Some(flight));
        }
        let question = Question {
            row: self.as_read(row, state.age),
            presented: flight.presented.into(),
            live,
            reading: if flight.again { Reading::Again } else { Reading::First },
        };
        flight.step = match ask_the_domain(question, &self.lifetimes, self.broken) {
            Decision::CheckLiveSession => Step::Ask(row),
            Decision::Answer(kind) => {
                self.check_scope(state, flight, kind)?;
                self.note_answering(state, flight, kind, row);
                let first_confirm = self.breaks(Broken::ConsumeBeforeOpen);
                let at = row.generation;
                if first_confirm { Step::Confirm { kind, at } } else { Step::Open { kind, at } }
            }
            Decision::End(reason) => Step::Mark(reason),
            Decision::AlreadyEnded(_) => {
                state.note_told();
                return Ok(None);
            }
            Decision::TooFarAhead => {
                self.coverage.note(Event::TooFarAhead);
                let lost = flight.presented.saturating_sub(row.generation);
                if flight.sender != Sender::Thief && u32::from(lost) <= AHEAD_MAX {
                    state.memory.went_wrong(Wrong::TurnedAway);
                }
                return Ok(None);
            }
            Decision::Retry => {
                self.coverage.note(Event::ComeAgain);
                return Ok(None);
            }
        };
        Ok(Some(flight))
    }

    /// What the domain gets to see of a row that is `row` in a session of this age.
    pub fn as_read(&self, row: Row, age: u8) -> RowState {
        let remaining =
            if self.bounds.absolute { ticks(ABSOLUTE.saturating_sub(age)) } else { Duration::MAX };
        RowState {
            remaining,
            idle_timeout: self.lifetimes.idle,
            seen_ago: ticks(row.seen_ago),
            generation: row.generation.into(),
            rotated_ago: ticks(row.rotated_ago),
            late_replay: row.late_replay.map(u32::from),
        }
    }

    /// **Outside grace** means that neither the thief nor the browser is answered within grace of a move that the
    /// other one made, and that the thief does not ask twice within a grace. Who guesses that moment is not caught
    /// in that step: a known limit.
    fn check_scope(
        &self,
        state: &State,
        flight: Flight,
        kind: RefreshKind,
    ) -> Result<(), OutOfScope> {
        let within_grace = matches!(kind, RefreshKind::Renew | RefreshKind::Replay);
        let met = flight.sender == Sender::Thief || state.memory.last_mover == Mover::Thief;
        if self.bounds.thief && within_grace && met { Err(OutOfScope) } else { Ok(()) }
    }

    fn note_answering(&self, state: &mut State, flight: Flight, kind: RefreshKind, row: Row) {
        if kind == RefreshKind::LateReplay && row.late_replay == Some(row.generation) {
            self.coverage.note(Event::LateReplayRepeated);
        }
        if kind == RefreshKind::LateReplay
            && row.late_replay.is_some_and(|last| last < row.generation)
        {
            self.coverage.note(Event::LateReplayAfterPause);
        }
        let seen = matches!(state.desk, Desk::Live { seen, .. } if seen >= row.generation);
        if kind == RefreshKind::LateReplay
            && seen
            && state.memory.late_replay == Some(row.generation)
        {
            state.memory.went_wrong(Wrong::LateReplayOfWhatWasSeen);
        }
        if flight.again || flight.moved || !matches!(flight.step, Step::Read) {
            return;
        }
        if self.bounds.absolute && state.age >= ABSOLUTE {
            state.memory.went_wrong(Wrong::RefreshedPastAbsoluteEnd);
        }
        if self.bounds.idle && state.memory.untouched > IDLE + ACCESS + GRACE {
            state.memory.went_wrong(Wrong::RefreshedThoughAway);
        }
    }

    fn open_and_go_on(&self, state: &mut State, flight: Flight, kind: RefreshKind, at: u8) -> Next {
        if self.open(state, flight).is_err() {
            self.coverage.note(Event::OpenRefused);
            state.note_told();
            return None;
        }
        let unconfirmed = match kind {
            RefreshKind::Renew => self.breaks(Broken::RenewWithoutConfirm),
            RefreshKind::Replay => self.breaks(Broken::ReplayWithoutConfirm),
            RefreshKind::Rotate | RefreshKind::LateReplay | RefreshKind::Ahead => false,
        };
        if unconfirmed || self.breaks(Broken::ConsumeBeforeOpen) {
            return self.succeed(state, flight, kind, at);
        }
        Some(Flight { step: Step::Confirm { kind, at }, ..flight })
    }

    /// The moment in which a refresh succeeds; the answer is only on its way from here.
    fn succeed(&self, state: &mut State, flight: Flight, kind: RefreshKind, at: u8) -> Next {
        self.coverage.note(match kind {
            RefreshKind::Rotate => Event::Rotated,
            RefreshKind::Renew => Event::Renewed,
            RefreshKind::Replay => Event::Replayed,
            RefreshKind::LateReplay => Event::LateReplayed,
            RefreshKind::Ahead => Event::Ahead,
        });
        if state.memory.end_answered {
            state.memory.went_wrong(Wrong::RefreshedAfterEnd);
        }
        state.memory.untouched = 0;
        state.card_age = state.card_age.min(flight.card_age);
        let generation = answered(kind, at, flight.presented);
        if flight.sender == Sender::Thief {
            if let Some(thief) = &mut state.thief {
                thief.tokens |= 1 << generation;
                thief.card = generation;
                thief.unused = true;
            }
            return None;
        }
        if flight.sender == Sender::Nobody {
            state.note_missed(generation);
            return None;
        }
        if let Some(thief) = &mut state.thief {
            thief.followed += std::mem::take(&mut thief.used);
            match thief.followed {
                0 => {}
                1 | 2 => self.coverage.note(Event::ThiefFollowed),
                3 => self.coverage.note(Event::ThiefFollowedThreeTimes),
                _ => self.coverage.note(Event::ThiefFollowedFourTimes),
            }
        }
        state.memory.quiet = 0;
        Some(Flight { step: Step::Answer(generation), ..flight })
    }

    /// Both cookies land in the jar. The one that lands last stays, be it the older one.
    fn land(&self, state: &mut State, generation: u8) {
        if generation < state.jar {
            self.coverage.note(Event::Overwritten);
            state.note_overwritten(generation);
        }
        state.jar = generation;
    }
}

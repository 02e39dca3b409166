//! The steps of a refresh, as `domain::session::refresh` takes them: read and decide, check the live session if that
//! decides, open, one conditional statement, answer.

use std::time::Duration;

use domain::session::{
    EndReason, RowState,
    rotation::{AHEAD_MAX, Decision, LiveState, Reading, RefreshKind},
};

use crate::{
    bounds::{ABSOLUTE, ACCESS, GRACE, IDLE, ticks},
    coverage::Event,
    history::{Mover, Wrong},
    model::Protocol,
    rules::{Broken, Question, ask_the_domain},
    state::{LiveRecord, Request, Row, Sender, State, Step},
    stores::answered,
};

/// The refresh in flight after the step; `None` once it is over.
type Next = Option<Request>;

/// The history is out of the property's scope.
#[derive(Debug)]
pub struct OutOfScope;

impl Protocol {
    /// Takes the next step of a refresh.
    pub fn step(&self, state: &mut State, mut request: Request) -> Result<Next, OutOfScope> {
        match request.step {
            Step::Read => {
                let row = state.row;
                request.moved = false;
                request.late = row.ended.is_some();
                if !request.again {
                    request.access_age = 0;
                }
                self.decide(state, request, row, LiveState::Unchecked)
            }
            Step::Check(row) => {
                self.coverage.note(Event::CheckedLiveSession);
                let live = state.live.peek();
                self.decide(state, request, row, live)
            }
            Step::Open { kind, at } => Ok(self.open_and_go_on(state, request, kind, at)),
            Step::Confirm { kind, at } => {
                if self.advance(state, request, kind, at) {
                    let opens_later = self.breaks(Broken::ConsumeBeforeOpen);
                    let next = Request { step: Step::Open { kind, at }, ..request };
                    return Ok(if opens_later {
                        Some(next)
                    } else {
                        self.succeed(state, request, kind, at)
                    });
                }
                self.coverage.note(Event::MovedOn);
                Ok(Some(Request { step: Step::Read, again: true, ..request }))
            }
            Step::Answer(generation) => {
                self.land(state, generation);
                Ok(None)
            }
            Step::Mark(reason) => {
                if request.moved && !self.breaks(Broken::EndIsNotAsRead) {
                    self.coverage.note(Event::EndOvertaken);
                    return Ok(Some(Request { step: Step::Read, again: true, ..request }));
                }
                self.coverage.note(match reason {
                    EndReason::Reuse => Event::EndedByReuse,
                    EndReason::Idle => Event::EndedByIdle,
                    _ => Event::EndedByAge,
                });
                self.mark(state, reason);
                Ok(Some(Request {
                    step: Step::Close(state.row.ended.unwrap_or(reason)),
                    ..request
                }))
            }
            Step::Close(reason) => {
                self.close(state, reason);
                state.note_end_reported();
                Ok(None)
            }
        }
    }

    /// Decides about a row as read, unless it has ended.
    fn decide(
        &self,
        state: &mut State,
        mut request: Request,
        row: Row,
        live: LiveState,
    ) -> Result<Next, OutOfScope> {
        if let Some(reason) = row.ended
            && !self.breaks(Broken::EndIsNotRead)
        {
            self.coverage.note(Event::RefusedAsEnded);
            if self.breaks(Broken::NoCloseAgain) {
                state.history.excused = None;
                state.note_end_reported();
                return Ok(None);
            }
            request.step = Step::Close(reason);
            return Ok(Some(request));
        }
        let question = Question {
            row: self.as_read(row, state.age),
            presented: request.presented.into(),
            live,
            reading: if request.again { Reading::Again } else { Reading::First },
        };
        request.step = match ask_the_domain(question, &self.lifetimes, self.broken) {
            Decision::CheckLiveSession => Step::Check(row),
            Decision::Answer(kind) => {
                self.check_scope(state, request, kind)?;
                self.note_answering(state, request, kind, row);
                let first_confirm = self.breaks(Broken::ConsumeBeforeOpen);
                let at = row.generation;
                if first_confirm { Step::Confirm { kind, at } } else { Step::Open { kind, at } }
            }
            Decision::End(reason) => Step::Mark(reason),
            Decision::AlreadyEnded(_) => {
                state.note_end_reported();
                return Ok(None);
            }
            Decision::TooFarAhead => {
                self.coverage.note(Event::TooFarAhead);
                let lost = request.presented.saturating_sub(row.generation);
                if request.sender != Sender::Thief && u32::from(lost) <= AHEAD_MAX {
                    state.history.went_wrong(Wrong::TurnedAway);
                }
                return Ok(None);
            }
            Decision::Retry => {
                self.coverage.note(Event::Retried);
                return Ok(None);
            }
        };
        Ok(Some(request))
    }

    /// Returns the domain's view of `row` in a session of this age.
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

    /// **Outside grace** means that neither the thief nor the browser is answered within grace of a change that the
    /// other one made, and that the thief does not refresh twice within a grace. A thief who hits that time is not
    /// detected in that step: a known limit.
    fn check_scope(
        &self,
        state: &State,
        request: Request,
        kind: RefreshKind,
    ) -> Result<(), OutOfScope> {
        let within_grace = matches!(kind, RefreshKind::Renew | RefreshKind::Replay);
        let met = request.sender == Sender::Thief || state.history.last_mover == Mover::Thief;
        if self.bounds.thief && within_grace && met { Err(OutOfScope) } else { Ok(()) }
    }

    fn note_answering(&self, state: &mut State, request: Request, kind: RefreshKind, row: Row) {
        if kind == RefreshKind::LateReplay && row.late_replay == Some(row.generation) {
            self.coverage.note(Event::LateReplayRepeated);
        }
        if kind == RefreshKind::LateReplay
            && row.late_replay.is_some_and(|last| last < row.generation)
        {
            self.coverage.note(Event::LateReplayAfterPause);
        }
        let seen = matches!(state.live, LiveRecord::Live { seen, .. } if seen >= row.generation);
        if kind == RefreshKind::LateReplay
            && seen
            && state.history.late_replay == Some(row.generation)
        {
            state.history.went_wrong(Wrong::LateReplayOfWhatWasSeen);
        }
        if request.again || request.moved || !matches!(request.step, Step::Read) {
            return;
        }
        if self.bounds.absolute && state.age >= ABSOLUTE {
            state.history.went_wrong(Wrong::RefreshedPastAbsoluteEnd);
        }
        if self.bounds.idle && state.history.untouched > IDLE + ACCESS + GRACE {
            state.history.went_wrong(Wrong::RefreshedThoughAway);
        }
    }

    fn open_and_go_on(
        &self,
        state: &mut State,
        request: Request,
        kind: RefreshKind,
        at: u8,
    ) -> Next {
        if self.open(state, request).is_err() {
            self.coverage.note(Event::OpenRefused);
            state.note_end_reported();
            return None;
        }
        let unconfirmed = match kind {
            RefreshKind::Renew => self.breaks(Broken::RenewWithoutConfirm),
            RefreshKind::Replay => self.breaks(Broken::ReplayWithoutConfirm),
            RefreshKind::Rotate | RefreshKind::LateReplay | RefreshKind::Ahead => false,
        };
        if unconfirmed || self.breaks(Broken::ConsumeBeforeOpen) {
            return self.succeed(state, request, kind, at);
        }
        Some(Request { step: Step::Confirm { kind, at }, ..request })
    }

    /// Lets a refresh succeed, and sends its response.
    fn succeed(&self, state: &mut State, request: Request, kind: RefreshKind, at: u8) -> Next {
        self.coverage.note(match kind {
            RefreshKind::Rotate => Event::Rotated,
            RefreshKind::Renew => Event::Renewed,
            RefreshKind::Replay => Event::Replayed,
            RefreshKind::LateReplay => Event::LateReplayed,
            RefreshKind::Ahead => Event::Ahead,
        });
        if state.history.end_answered {
            state.history.went_wrong(Wrong::RefreshedAfterEnd);
        }
        state.history.untouched = 0;
        state.access_age = state.access_age.min(request.access_age);
        let generation = answered(kind, at, request.presented);
        if request.sender == Sender::Thief {
            if let Some(thief) = &mut state.thief {
                thief.tokens |= 1 << generation;
                thief.access = generation;
                thief.unused = true;
            }
            return None;
        }
        if request.sender == Sender::Nobody {
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
        state.history.quiet = 0;
        Some(Request { step: Step::Answer(generation), ..request })
    }

    /// Stores both cookies in the jar. The last response wins, even if it is older.
    fn land(&self, state: &mut State, generation: u8) {
        if generation < state.jar {
            self.coverage.note(Event::Overwritten);
            state.note_overwritten(generation);
        }
        state.jar = generation;
    }
}

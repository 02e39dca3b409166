//! Possible actions in a state, and their results.

use domain::session::EndReason;

use crate::{
    bounds::{FIRST, GRACE, SWEEP_EVERY},
    coverage::Event,
    history::{History, Loss, Mover},
    model::{Action, Protocol},
    refreshing::OutOfScope,
    rules::Broken,
    state::{Ender, LiveRecord, Request, Row, Sender, State, Step, Thief},
    time::give_up,
};

impl Protocol {
    pub fn at_first(&self, late_replay: Option<u8>, behind: u8) -> State {
        let late_replay = late_replay.map(|ago| FIRST - ago);
        let mut history = History::new();
        history.loss = late_replay.map(|generation| Loss { generation, overwritten: false });
        State {
            row: Row {
                generation: FIRST - behind,
                rotated_ago: GRACE + 1,
                seen_ago: GRACE + 1,
                late_replay,
                ended: None,
                ended_ago: 0,
                closed: false,
            },
            versions: Vec::new(),
            live: LiveRecord::Live { seen: FIRST, left: self.idle() },
            requests: Vec::new(),
            jar: FIRST,
            access_age: 0,
            age: 0,
            thief: None,
            ender: Ender::Waiting,
            late_close: None,
            wipes_left: self.bounds.wipes,
            history,
        }
    }

    pub fn store_actions(&self, state: &State, actions: &mut Vec<Action>) {
        let sweep_is_due = state.history.excused == Some(SWEEP_EVERY) && self.may_sweep(state);
        if !sweep_is_due {
            actions.push(Action::Tick);
        }
        if self.access_token_is_valid(state) {
            actions.push(Action::Use);
        }
        if state.wipes_left > 0 && state.live != LiveRecord::Absent {
            actions.push(Action::Wipe);
        }
        actions.extend((0..state.versions.len()).map(Action::FailOver));
    }

    pub fn refresh_actions(&self, state: &State, actions: &mut Vec<Action>) {
        let room = state.requests.len() < self.bounds.requests;
        let waiting = state.requests.iter().filter(|it| it.sender == Sender::Tab).count();
        if room && waiting < self.bounds.tabs {
            actions.push(Action::Refresh);
        }
        for (place, request) in state.requests.iter().enumerate() {
            actions.push(Action::Step(place));
            let tab = request.sender == Sender::Tab;
            let answer = matches!(request.step, Step::Answer(_));
            if tab && (answer || self.bounds.impatience) {
                actions.push(Action::GiveUp(place));
            }
            if self.bounds.failures && !answer {
                actions.push(Action::Fail(place));
            }
            if self.bounds.repeats && room && tab && request.is_on_its_way() {
                actions.push(Action::Repeat(place));
            }
        }
    }

    pub fn end_actions(&self, state: &State, actions: &mut Vec<Action>) {
        if !self.bounds.ends {
            return;
        }
        match state.ender {
            Ender::Waiting => actions.push(Action::End),
            Ender::Closing => {
                actions.push(Action::Close);
                if self.bounds.failures {
                    actions.push(Action::CloseFails);
                }
            }
            Ender::Marking => actions.push(Action::Close),
            Ender::Done => {}
        }
        if state.late_close.is_some() {
            actions.push(Action::CloseLands);
        }
        if self.may_sweep(state) {
            actions.push(Action::Sweep);
        }
    }

    pub fn thief_actions(&self, state: &State, actions: &mut Vec<Action>) {
        if !self.bounds.thief {
            return;
        }
        let Some(thief) = state.thief else {
            actions.push(Action::Steal);
            return;
        };
        if thief.unused {
            actions.push(Action::ThiefUse);
        }
        let room = state.requests.len() < self.bounds.requests;
        if room && !state.requests.iter().any(|it| it.sender == Sender::Thief) {
            let has = |generation: &u8| thief.tokens & 1 << generation != 0;
            actions.extend((0..64).filter(has).map(Action::ThiefRefresh));
        }
    }

    fn may_sweep(&self, state: &State) -> bool {
        let lately =
            state.row.ended.is_some() && state.row.ended_ago <= crate::bounds::ACCESS + GRACE;
        self.bounds.ends && lately && !state.row.closed && !self.breaks(Broken::NoSweeper)
    }

    /// Returns `None` if the action has no effect, or the history is out of every property's scope.
    pub fn act(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::Refresh => state.requests.push(Request::sent(Sender::Tab, state.jar)),
            Action::Use => {
                let jar = state.jar;
                self.check(state, jar);
            }
            Action::Step(place) => {
                let request = state.requests.remove(place);
                match self.step(state, request) {
                    Ok(next) => state.requests.extend(next),
                    Err(OutOfScope) => return None,
                }
            }
            Action::Fail(place) => self.fail(state, place),
            Action::GiveUp(place) => {
                let request = state.requests.remove(place);
                if matches!(request.step, Step::Answer(_)) {
                    self.coverage.note(Event::AnswerLost);
                }
                let left = give_up(state, request);
                state.requests.extend(left);
            }
            Action::Repeat(place) => {
                self.coverage.note(Event::Repeated);
                state.requests.push(state.requests[place]);
            }
            Action::Tick => self.tick(state),
            Action::Wipe => self.wipe(state),
            Action::FailOver(to) => {
                self.coverage.note(Event::FailedOver);
                Self::fail_over(state, to);
            }
            Action::Steal => state.thief = Some(Thief::having(state.jar)),
            Action::ThiefRefresh(token) => {
                if let Some(thief) = &mut state.thief {
                    thief.unused = false;
                }
                state.requests.push(Request::sent(Sender::Thief, token));
            }
            Action::ThiefUse => self.use_stolen(state),
            Action::End
            | Action::Close
            | Action::CloseFails
            | Action::CloseLands
            | Action::Sweep => {
                self.end_somehow(state, action);
            }
        }
        Some(())
    }

    fn fail(&self, state: &mut State, place: usize) {
        self.coverage.note(Event::StoreFailed);
        let request = state.requests.remove(place);
        if let Step::Close(_) = request.step {
            self.answer_unclosed(state);
        }
        if request.sender == Sender::Tab && self.breaks(Broken::StoreErrorIsLoggedOut) {
            state.note_end_reported();
        }
    }

    /// Reports an end although the live-session store did not take the tombstone.
    fn answer_unclosed(&self, state: &mut State) {
        self.coverage.note(Event::CloseFailed);
        if !matches!(state.live, LiveRecord::Tombstone { .. }) {
            state.history.excused.get_or_insert(0);
        }
        state.note_end_reported();
    }

    fn use_stolen(&self, state: &mut State) {
        let Some(Thief { access, .. }) = state.thief else { return };
        if !self.check(state, access) {
            return;
        }
        self.coverage.note(Event::ThiefUsed);
        if let Some(thief) = &mut state.thief {
            thief.unused = false;
            thief.used += 1;
        }
    }

    fn end_somehow(&self, state: &mut State, action: Action) {
        const LOGOUT: EndReason = EndReason::Logout;
        let standing = state.row.ended.unwrap_or(LOGOUT);
        match action {
            Action::End if self.breaks(Broken::CloseBeforeRow) => {
                self.close(state, LOGOUT);
                state.ender = Ender::Marking;
            }
            Action::End => {
                self.coverage.note(Event::Ended);
                self.mark(state, LOGOUT);
                state.ender = Ender::Closing;
            }
            Action::Close => {
                if state.ender == Ender::Marking {
                    self.mark(state, LOGOUT)
                } else {
                    self.close(state, standing)
                }
                state.note_end_reported();
                state.ender = Ender::Done;
            }
            Action::CloseFails => {
                self.answer_unclosed(state);
                state.late_close = Some(standing);
                state.ender = Ender::Done;
            }
            Action::CloseLands => {
                if let Some(reason) = state.late_close.take() {
                    self.coverage.note(Event::ClosedLate);
                    self.close(state, reason);
                }
            }
            _ => {
                self.coverage.note(Event::Swept);
                self.close(state, standing);
            }
        }
    }

    /// Clears what no longer matters, so that equal states are equal.
    pub fn tidy(&self, state: &mut State) {
        if state.row.ended.is_some() {
            (state.row.rotated_ago, state.row.seen_ago) = (0, 0);
        }
        if let Some(thief) = &mut state.thief {
            // Any older token ends the session.
            let oldest = state.row.generation.saturating_sub(2 + self.bounds.generations_lost());
            thief.tokens &= !0 << oldest;
            if self.bounds.versions > 0 {
                (thief.used, thief.followed) = (0, 0);
            }
        }
        if !self.bounds.losses {
            state.history.loss = None;
            state.history.lost_twice = false;
        }
        if !self.bounds.thief {
            state.history.last_mover = Mover::Honest;
        }
        for request in &mut state.requests {
            request.moved &= request.is_as_read();
        }
        state.requests.sort_unstable_by_key(Request::key);
    }
}

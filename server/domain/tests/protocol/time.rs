//! Time passes: ages grow, records expire, and tabs give up.

use crate::{
    bounds::{ABSOLUTE, ACCESS, GRACE, IDLE, OLD, SWEEP_EVERY},
    model::Protocol,
    state::{LiveRecord, Request, Sender, State, Step},
};

impl Protocol {
    pub fn tick(&self, state: &mut State) {
        let older = |age: &mut u8, most: u8| *age = (*age + 1).min(most);
        let seen_most = if self.bounds.idle { OLD } else { GRACE + 1 };
        let access_most = if self.bounds.access { ACCESS + 1 } else { 0 };
        for row in state.versions.iter_mut().chain([&mut state.row]) {
            older(&mut row.rotated_ago, GRACE + 1);
            older(&mut row.seen_ago, seen_most);
            if row.ended.is_some() {
                older(&mut row.ended_ago, if self.bounds.ends { ACCESS + GRACE + 1 } else { 0 });
            }
        }
        older(&mut state.access_age, access_most);
        older(&mut state.age, if self.bounds.absolute { ABSOLUTE + 1 } else { 0 });
        older(&mut state.history.quiet, if self.bounds.idle { IDLE + 1 } else { 0 });
        older(&mut state.history.untouched, if self.bounds.idle { OLD } else { 0 });
        if let Some(since) = &mut state.history.excused {
            older(since, SWEEP_EVERY + 1);
        }
        match &mut state.live {
            LiveRecord::Live { left, .. } if self.bounds.idle => {
                if *left == 0 {
                    state.live = LiveRecord::Absent
                } else {
                    *left -= 1
                }
            }
            LiveRecord::Tombstone { left, .. } if self.bounds.tombstones_expire() => {
                if *left == 0 {
                    state.live = LiveRecord::Absent
                } else {
                    *left -= 1
                }
            }
            _ => {}
        }
        let requests = std::mem::take(&mut state.requests);
        for mut request in requests {
            older(&mut request.access_age, access_most);
            let on_its_way = request.is_on_its_way();
            if !on_its_way && request.sender != Sender::Tab {
                state.requests.push(request);
                continue;
            }
            request.age += 1;
            if request.age <= self.patience() {
                state.requests.push(request);
            } else if !on_its_way {
                let left = give_up(state, request);
                state.requests.extend(left);
            }
        }
    }
}

/// Lets the tab give up. The instance may still take its remaining steps.
pub fn give_up(state: &mut State, request: Request) -> Option<Request> {
    if let Step::Answer(generation) = request.step {
        state.note_missed(generation);
        return None;
    }
    let age = if request.is_on_its_way() { request.age } else { 0 };
    Some(Request { sender: Sender::Nobody, age, ..request })
}

//! Time passes: everything grows older, what is too old goes, and nobody waits for ever.

use crate::{
    bounds::{ABSOLUTE, ACCESS, GRACE, IDLE, OLD, SWEEP_EVERY},
    model::Protocol,
    state::{Desk, Flight, Sender, State, Step},
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
        older(&mut state.card_age, access_most);
        older(&mut state.age, if self.bounds.absolute { ABSOLUTE + 1 } else { 0 });
        older(&mut state.memory.quiet, if self.bounds.idle { IDLE + 1 } else { 0 });
        older(&mut state.memory.untouched, if self.bounds.idle { OLD } else { 0 });
        if let Some(since) = &mut state.memory.excused {
            older(since, SWEEP_EVERY + 1);
        }
        match &mut state.desk {
            Desk::Live { left, .. } if self.bounds.idle => {
                if *left == 0 {
                    state.desk = Desk::Absent
                } else {
                    *left -= 1
                }
            }
            Desk::Tombstone { left, .. } if self.bounds.tombstones_expire() => {
                if *left == 0 {
                    state.desk = Desk::Absent
                } else {
                    *left -= 1
                }
            }
            _ => {}
        }
        let flights = std::mem::take(&mut state.flights);
        for mut flight in flights {
            older(&mut flight.card_age, access_most);
            let on_its_way = flight.is_on_its_way();
            if !on_its_way && flight.sender != Sender::Tab {
                state.flights.push(flight);
                continue;
            }
            flight.age += 1;
            if flight.age <= self.patience() {
                state.flights.push(flight);
            } else if !on_its_way {
                let left = give_up(state, flight);
                state.flights.extend(left);
            }
        }
    }
}

/// Nobody waits for it any more. What it has not done yet it may still do.
pub fn give_up(state: &mut State, flight: Flight) -> Option<Flight> {
    if let Step::Answer(generation) = flight.step {
        state.note_missed(generation);
        return None;
    }
    let age = if flight.is_on_its_way() { flight.age } else { 0 };
    Some(Flight { sender: Sender::Nobody, age, ..flight })
}

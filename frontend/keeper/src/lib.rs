//! Keeps a page's tokens fresh without ever seeing one: they are `HttpOnly` cookies, and only the remaining seconds
//! that the server reports are known here. A pure state machine: [`Keeper::on`] takes an event in the browser and
//! returns the effects to carry out. `docs/client.md` describes it state by state, and the tests follow its table.
//!
//! **Architecture Invariant:** the only refresh logic in the browser, without access to the browser: time, network,
//! visibility and randomness come with each event. The keeper signs nobody out: only a response from the server leads
//! to the log-in page.

#![warn(missing_docs)]

mod address;
mod announcement;
mod effect;
mod event;
mod live_forms;
mod plain_forms;
mod post;
mod refreshing;
mod refusal;
mod schedule;
mod state;
#[cfg(test)]
mod tests;
mod time_left;
mod who;

pub use self::{
    address::{is_function, with_query},
    announcement::Announcement,
    effect::{Connection, Destination, Effect},
    event::{Event, FormId, FormKind, LockHolder, Now, Submission},
    refusal::Refusal,
    schedule::{Clocks, Fresh, Lifetimes, Page, Schedule, answer_within, lock_within},
    state::Keeper,
    time_left::TimeLeft,
    who::{Viewer, Who},
};

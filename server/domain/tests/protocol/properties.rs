//! Properties of every state.
//!
//! Assumptions: the browser waits for a response for at most half of the grace period, and a request reaches the row
//! while a tab waits for it, or never (see [`PATIENCE`](crate::bounds::PATIENCE)); its later steps may come at any
//! time. A failover loses only asynchronous commits. The sweeper runs in time, notices a wipe, and finds the store
//! available.

use stateright::Property;

use crate::{bounds::Bounds, history::Wrong, model::Protocol, state::State};

pub fn properties() -> Vec<Property<Protocol>> {
    vec![
        Property::always("(a) an honest browser is never ended with reuse", |_, state| {
            not(state, Wrong::HonestReuse)
        }),
        Property::always("(a) nor turned away", |_, state| not(state, Wrong::TurnedAway)),
        Property::always(
            "(b) a thief walks in step once, or three times with a wipe",
            walks_in_step,
        ),
        Property::always("(b) nor gets late what he was seen to have", |_, state| {
            not(state, Wrong::LateReplayOfWhatWasSeen)
        }),
        Property::always("(c) after an end was answered nothing authenticates", |_, state| {
            not(state, Wrong::AuthenticatedAfterEnd)
        }),
        Property::always("(c) where close failed, not after the sweep", |_, state| {
            not(state, Wrong::AuthenticatedAfterSweep)
        }),
        Property::always("(c) nor after the access lifetime", |_, state| {
            not(state, Wrong::AuthenticatedTooLate)
        }),
        Property::always("(c) after an end was answered no refresh succeeds", |_, state| {
            not(state, Wrong::RefreshedAfterEnd)
        }),
        Property::always("(d) nobody is told of an end that did not happen", |_, state| {
            not(state, Wrong::EndReportedWithoutEnd)
        }),
        Property::always("(d) nobody who is here is ended as idle", |_, state| {
            not(state, Wrong::IdleThoughHere)
        }),
        Property::always("nobody who was away too long is let in", |_, state| {
            not(state, Wrong::RefreshedThoughAway)
        }),
        Property::always("no refresh past the absolute end is answered", |_, state| {
            not(state, Wrong::RefreshedPastAbsoluteEnd)
        }),
        Property::always("nothing authenticates past the absolute end", |_, state| {
            not(state, Wrong::AuthenticatedPastAbsoluteEnd)
        }),
        Property::always("no row jumps further than a failover explains", |_, state| {
            not(state, Wrong::JumpedTooFar)
        }),
    ]
}

fn not(state: &State, wrong: Wrong) -> bool {
    state.history.wrong != Some(wrong)
}

/// Bounds the thief's turns: refreshes whose tokens were used before the next one, and that a successful refresh of the
/// browser followed. After the live-session store has lost its record, a further late replay is forgiven.
fn walks_in_step(protocol: &Protocol, state: &State) -> bool {
    let Some(thief) = state.thief else { return true };
    let wiped = match protocol.bounds.wipes {
        Bounds::ANY => 0,
        wipes => wipes - state.wipes_left,
    };
    let forgotten = protocol.bounds.versions > 0;
    let steps = if wiped == 0 { 1 } else { 2 + wiped };
    forgotten || thief.followed <= steps
}

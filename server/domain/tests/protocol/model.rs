//! The protocol as a model: the possible actions in each state, and the properties that hold in all of them.

use std::sync::Arc;

use domain::session::Lifetimes;
use stateright::{Model, Property};

use crate::{
    bounds::{ABSOLUTE, ACCESS, Bounds, FIRST, GRACE, PATIENCE},
    coverage::Coverage,
    properties::properties,
    rules::Broken,
    state::State,
};

/// The protocol within bounds, optionally with a broken rule.
pub struct Protocol {
    pub bounds: Bounds,
    pub broken: Option<Broken>,
    pub lifetimes: Lifetimes,
    pub coverage: Arc<Coverage>,
}

/// A possible action. Numbers are positions in the state's list of refreshes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A tab sends the jar's refresh token.
    Refresh,
    /// A request with the jar's access token is checked.
    Use,
    /// The next step of a refresh.
    Step(usize),
    /// The store of that step fails: 503, and nothing is consumed.
    Fail(usize),
    /// The tab stops waiting, or the response is lost.
    GiveUp(usize),
    /// The network repeats a request.
    Repeat(usize),
    Tick,
    Wipe,
    /// Postgres fails over to this version of the row.
    FailOver(usize),
    /// Somebody ends the session: the row is marked.
    End,
    /// The tombstone is written, and the end is reported.
    Close,
    /// The tombstone cannot be written, but the end is reported.
    CloseFails,
    /// A tombstone whose write had timed out is written.
    CloseLands,
    Sweep,
    /// The jar's refresh token is copied.
    Steal,
    /// The thief sends the token of this generation.
    ThiefRefresh(u8),
    ThiefUse,
}

impl Protocol {
    pub fn new(bounds: Bounds, broken: Option<Broken>) -> Self {
        let coverage = Arc::default();
        Self { bounds, broken, lifetimes: bounds.lifetimes(), coverage }
    }

    pub fn breaks(&self, rule: Broken) -> bool {
        self.broken == Some(rule)
    }

    pub fn patience(&self) -> u8 {
        if self.breaks(Broken::PatienceAsLongAsGrace) { GRACE } else { PATIENCE }
    }

    pub fn access_token_is_valid(&self, state: &State) -> bool {
        let capped = self.bounds.absolute && !self.breaks(Broken::AccessOutlivesSession);
        let within_session = !capped || state.age < ABSOLUTE;
        state.access_age <= ACCESS && within_session
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let late_replays = self.bounds.late_replays.iter();
        late_replays
            .flat_map(|late| self.bounds.behind.iter().map(|behind| self.at_first(*late, *behind)))
            .collect()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        // Only the configurations with ends check what follows an end.
        let over = state.row.ended.is_some() && !self.bounds.ends;
        if over || state.history.wrong.is_some() {
            return;
        }
        self.store_actions(state, actions);
        self.refresh_actions(state, actions);
        self.end_actions(state, actions);
        self.thief_actions(state, actions);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        self.act(&mut state, action)?;
        self.tidy(&mut state);
        Some(state)
    }

    fn within_boundary(&self, state: &State) -> bool {
        !state.history.lost_twice && state.row.generation <= FIRST + self.bounds.generations
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties()
    }
}

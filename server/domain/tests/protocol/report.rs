//! Runs the checker, and reports its findings.

use stateright::{Checker, HasDiscoveries, Model, Path};

use crate::{
    bounds::Bounds,
    coverage::Event,
    model::{Action, Protocol},
    state::State,
};

/// The bound of steps: a larger configuration is too slow for ordinary tests, and fails.
const MOST_STEPS: usize = 40_000_000;

/// Checks every state of a configuration, and prints its bounds and their number. Fails if a property does not hold, if
/// there are fewer states than `at_least`, or if one of `events` was never reached.
pub fn holds(bounds: Bounds, at_least: usize, events: &[Event]) {
    let protocol = Protocol::new(bounds, None);
    let coverage = protocol.coverage.clone();
    let checker = protocol
        .checker()
        .finish_when(HasDiscoveries::AnyFailures)
        .target_state_count(MOST_STEPS)
        .spawn_bfs()
        .join();
    let states = checker.unique_state_count();
    let steps = checker.state_count();
    println!("{bounds:?}: {states} states, {steps} steps, depth {}", checker.max_depth());
    let discoveries: Vec<_> = checker.discoveries().into_iter().collect();
    for (property, path) in &discoveries {
        print_path(property, path);
    }
    assert!(discoveries.is_empty(), "\"{}\": {} does not hold", bounds.name, discoveries[0].0);
    assert!(steps < MOST_STEPS, "\"{}\": not every state was looked at", bounds.name);
    assert!(states >= at_least, "\"{}\": only {states} states", bounds.name);
    for event in events {
        assert_ne!(coverage.count(*event), 0, "\"{}\": {event:?} was never reached", bounds.name);
    }
}

fn print_path(property: &str, path: &Path<State, Action>) {
    println!("{property} does not hold:");
    for (state, action) in path.clone().into_vec() {
        println!("  {}", state.brief());
        println!("-> {action:?}");
    }
}

impl State {
    fn brief(&self) -> String {
        let requests: Vec<_> = self
            .requests
            .iter()
            .map(|f| {
                format!(
                    "{:?}{}:{:?} age{} access{}{}{}",
                    f.sender,
                    f.presented,
                    f.step,
                    f.age,
                    f.access_age,
                    if f.again { " again" } else { "" },
                    if f.moved { " moved" } else { "" }
                )
            })
            .collect();
        let r = self.row;
        format!(
            "c{} ago{} seen{} late{:?} end{:?} v{} | {:?} | jar{} access{} | {} | {:?} | {:?} | {:?}",
            r.generation,
            r.rotated_ago,
            r.seen_ago,
            r.late_replay,
            r.ended,
            self.versions.len(),
            self.live,
            self.jar,
            self.access_age,
            requests.join("; "),
            self.thief.map(|t| (t.access, t.unused, t.used, t.followed)),
            self.ender,
            self.history
        )
    }
}

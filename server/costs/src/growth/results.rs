//! What was measured, as `growth.json` holds it. Every name says its unit.

use serde::Serialize;

use crate::{cost::Cost, population::Space, requests::Kind};

#[derive(Serialize)]
pub struct Results {
    pub steps: Vec<Step>,
    pub instances: Vec<Shared>,
}

/// What was measured with one number of members.
#[derive(Serialize)]
pub struct Step {
    pub members: u32,
    pub space: Space,
    pub costs: Vec<Cost>,
}

impl Step {
    /// The cost of this kind of request with so many connections.
    pub fn cost(&self, kind: Kind, connections: usize) -> Option<&Cost> {
        self.costs.iter().find(|cost| cost.kind == kind && cost.connections == connections)
    }
}

/// The cost of one request to one of several instances.
#[derive(Serialize)]
pub struct Shared {
    pub instances: usize,
    pub statements: f64,
    pub commands: f64,
    pub cost: Cost,
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::{
        cost::{AT_ONCE, tests::some_cost},
        growth::KINDS,
        population::Row,
    };

    /// Results for two numbers of members.
    pub fn some_results() -> Results {
        let row = || Row { table_bytes: 300.0, index_bytes: 90.0 };
        let step = |members| Step {
            members,
            space: Space { member: row(), session: row(), live_session_bytes: 320.0 },
            costs: KINDS.map(|kind| some_cost(kind, AT_ONCE)).into(),
        };
        let shared = |instances| Shared {
            instances,
            statements: 1.0,
            commands: 1.0,
            cost: some_cost(Kind::Profile, AT_ONCE),
        };
        Results { steps: vec![step(1000), step(10_000)], instances: vec![shared(1), shared(2)] }
    }
}

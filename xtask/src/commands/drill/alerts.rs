//! The alerts that a drill's Prometheus raised, by the rules of `deploy/prometheus` as they are.

use std::fmt::Write;

use anyhow::{Result, bail};

use crate::cluster::{Alert, AlertState};

/// The alerts that a full drill has to raise: whatever else it shows, somebody would have been told.
const EXPECTED: [&str; 3] = ["RequestsFail", "SessionStoreFailing", "LimitsNotShared"];

/// The alerts so far, in the order of their appearance.
#[derive(Debug, Default)]
pub(super) struct Raised(Vec<Course>);

/// How an alert came about. Faults are named by their descriptions.
#[derive(Debug)]
struct Course {
    name: String,
    seen_after: &'static str,
    fired_after: Option<&'static str>,
}

impl Raised {
    /// Notes the alerts at the end of a fault.
    pub(super) fn note(&mut self, fault: &'static str, alerts: Vec<Alert>) {
        for Alert { name, state } in alerts {
            let known = self.0.iter().position(|course| course.name == name);
            let index = known.unwrap_or_else(|| {
                self.0.push(Course { name, seen_after: fault, fired_after: None });
                self.0.len() - 1
            });
            if state == AlertState::Firing {
                self.0[index].fired_after.get_or_insert(fault);
            }
        }
    }

    /// Fails if an alert did not fire that a full drill raises.
    pub(super) fn check(&self) -> Result<()> {
        let has_fired = |name: &str| {
            self.0.iter().any(|course| course.name == name && course.fired_after.is_some())
        };
        let silent: Vec<_> = EXPECTED.into_iter().filter(|name| !has_fired(name)).collect();
        if !silent.is_empty() {
            bail!("these alerts did not fire: {}", silent.join(", "));
        }
        Ok(())
    }

    /// As a Markdown table.
    pub(super) fn table(&self) -> String {
        let mut table = "| alert | first seen after | firing after |\n|---|---|---|\n".to_owned();
        for Course { name, seen_after, fired_after } in &self.0 {
            let fired_after = fired_after.unwrap_or("never");
            // A String takes everything.
            let _ = writeln!(table, "| `{name}` | {seen_after} | {fired_after} |");
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(name: &str, state: AlertState) -> Alert {
        Alert { name: name.to_owned(), state }
    }

    #[test]
    fn an_alert_is_shown_with_the_faults_after_which_it_was_first_pending_and_firing() {
        let mut raised = Raised::default();
        raised.note("one", vec![alert("A", AlertState::Pending)]);
        raised.note("two", vec![alert("A", AlertState::Firing), alert("B", AlertState::Pending)]);
        raised.note("three", vec![alert("A", AlertState::Firing)]);
        let table = raised.table();
        let rows: Vec<_> = table.lines().skip(2).collect();
        assert_eq!(rows, ["| `A` | one | two |", "| `B` | two | never |"]);
    }

    #[test]
    fn a_drill_in_which_an_expected_alert_was_only_pending_fails() {
        let mut raised = Raised::default();
        for name in EXPECTED {
            raised.note("one", vec![alert(name, AlertState::Pending)]);
            assert!(raised.check().is_err());
        }
        for name in EXPECTED {
            raised.note("two", vec![alert(name, AlertState::Firing)]);
        }
        assert!(raised.check().is_ok());
    }
}

//! Counters of log-ins and limits, by the conventions of Prometheus, beside those of
//! [sessions](crate::session).

use metrics::{counter, describe_counter};
use strum::{IntoStaticStr, VariantArray};

const LOG_INS: &str = "log_ins_total";
const LIMITS_REACHED: &str = "limits_reached_total";
const LIMITS_LOCAL: &str = "limits_local_total";

/// Describes each counter of the domain once, at the start. Initialises to zero those that have no label, or an end
/// reason, a log-in's result or a limit as their label, so that `increase()` sees the first event. `limits` are the
/// names of all limits.
pub(crate) fn describe(limits: impl IntoIterator<Item = &'static str>) {
    crate::session::counters::describe();
    describe_counter!(LOG_INS, "Tries to log in, by result");
    describe_counter!(LIMITS_REACHED, "Refusals because something came too often, by limit");
    describe_counter!(
        LIMITS_LOCAL,
        "Attempts that the instance counted alone, because the shared store was unavailable"
    );
    counter!(LIMITS_LOCAL).absolute(0);
    for limit in limits {
        counter!(LIMITS_REACHED, "limit" => limit).absolute(0);
    }
    for result in LogInResult::VARIANTS {
        counter!(LOG_INS, "result" => result.as_str()).absolute(0);
    }
}

/// Result of a try to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum LogInResult {
    /// The member is in.
    Success,
    /// Address or password is wrong.
    BadCredentials,
    /// The right password of a suspended member.
    Suspended,
    /// Too many log-ins failed before it.
    Limited,
    /// All hashers are busy.
    Busy,
    /// A store or a hash failed, or the member changed in every attempt.
    Failed,
}

impl LogInResult {
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }
}

pub(crate) fn logged_in(result: LogInResult) {
    counter!(LOG_INS, "result" => result.as_str()).increment(1);
}

pub(crate) fn limit_reached(limit: &'static str) {
    counter!(LIMITS_REACHED, "limit" => limit).increment(1);
}

/// Counts an attempt that one instance counted alone, because the shared store was unavailable.
pub fn limited_locally() {
    counter!(LIMITS_LOCAL).increment(1);
}

#[cfg(test)]
pub(crate) mod tests;

//! Counters of log-ins and limits, and the lengths of queues, by the conventions of Prometheus, beside the counters of
//! [sessions](crate::session).

use metrics::{counter, describe_counter, describe_gauge, gauge};
use strum::{IntoStaticStr, VariantArray};

const LOG_INS: &str = "log_ins_total";
const LIMITS_REACHED: &str = "limits_reached_total";
const LIMITS_LOCAL: &str = "limits_local_total";
const HASHES: &str = "password_hashes";
const HASHES_MAX: &str = "password_hashes_max";
const OUTBOX_MAILS: &str = "outbox_mails";
const OUTBOX_MAILS_MAX: &str = "outbox_mails_max";

/// Describes each metric of the domain once, at the start. Initialises to zero the counters whose labels are known, so
/// that `increase()` sees the first event. `limits` are the names of all limits.
pub(crate) fn describe(limits: impl IntoIterator<Item = &'static str>) {
    crate::session::counters::describe();
    describe_counter!(LOG_INS, "Tries to log in, by result");
    describe_counter!(LIMITS_REACHED, "Refusals because something came too often, by limit");
    describe_counter!(
        LIMITS_LOCAL,
        "Attempts that the instance counted alone, because the shared store was unavailable"
    );
    describe_gauge!(HASHES, "Password hashes, by state: running or waiting");
    describe_gauge!(HASHES_MAX, "Password hashes that may run and wait together");
    describe_gauge!(OUTBOX_MAILS, "Mails that wait to be sent");
    describe_gauge!(OUTBOX_MAILS_MAX, "Mails that may wait to be sent");
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

/// Shows the number of hashes that run and wait.
pub(crate) fn hashes(running: usize, waiting: usize) {
    gauge!(HASHES, "state" => "running").set(running as f64);
    gauge!(HASHES, "state" => "waiting").set(waiting as f64);
}

/// Shows the number of hashes that may run and wait together.
pub(crate) fn hashes_max(places: usize) {
    gauge!(HASHES_MAX).set(places as f64);
}

/// Shows an empty outbox, and the number of mails that it has room for.
pub(crate) fn outbox_made(mails_max: usize) {
    gauge!(OUTBOX_MAILS).set(0.0);
    gauge!(OUTBOX_MAILS_MAX).set(mails_max as f64);
}

pub(crate) fn outbox_entered() {
    gauge!(OUTBOX_MAILS).increment(1.0);
}

pub(crate) fn outbox_left() {
    gauge!(OUTBOX_MAILS).decrement(1.0);
}

#[cfg(test)]
pub(crate) mod tests;

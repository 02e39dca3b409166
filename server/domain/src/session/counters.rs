//! Counters of sessions, by the conventions of Prometheus.

use contract::EndReason;
use metrics::{counter, describe_counter};
use strum::{IntoStaticStr, VariantArray};

use super::rotation::RefreshKind;

const CREATED: &str = "session_created_total";
const CHECKS: &str = "session_checks_total";
const EXTENSIONS: &str = "session_extensions_total";
const REFRESHES: &str = "session_refreshes_total";
const REFRESHES_REFUSED: &str = "session_refreshes_refused_total";
const REPLAYS_FROM_ELSEWHERE: &str = "session_replays_from_elsewhere_total";
const ENDS: &str = "session_ends_total";
const CLOSE_FAILURES: &str = "session_close_failures_total";
const SWEPT: &str = "session_swept_total";

/// Describes each counter. Initialises those to zero whose labels are known, so that `increase()` sees the first event.
pub(crate) fn describe() {
    describe_counter!(CREATED, "Sessions begun");
    describe_counter!(CHECKS, "Checks of the live-session store for a request, by result");
    describe_counter!(EXTENSIONS, "Checks that moved the idle timeout");
    describe_counter!(REFRESHES, "Refreshes answered with tokens, by outcome");
    describe_counter!(REFRESHES_REFUSED, "Refreshes refused, by reason");
    describe_counter!(
        REPLAYS_FROM_ELSEWHERE,
        "Replays from another address or browser than the rotation's"
    );
    describe_counter!(ENDS, "Sessions ended, by reason");
    describe_counter!(CLOSE_FAILURES, "Ends that the live-session store did not take at once");
    describe_counter!(SWEPT, "Ended sessions that the sweeper closed again");
    for unlabelled in [CREATED, EXTENSIONS, REPLAYS_FROM_ELSEWHERE, CLOSE_FAILURES, SWEPT] {
        counter!(unlabelled).absolute(0);
    }
    for reason in EndReason::ALL {
        ended(*reason, 0);
    }
    for result in CheckResult::VARIANTS {
        counter!(CHECKS, "result" => <&str>::from(result)).absolute(0);
    }
    for kind in RefreshKind::VARIANTS {
        counter!(REFRESHES, "outcome" => kind.as_str()).absolute(0);
    }
}

/// Result of a check of the live-session store.
#[derive(Debug, Clone, Copy, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum CheckResult {
    Ok,
    Missing,
    Ended,
    StoreError,
}

pub(crate) fn created() {
    counter!(CREATED).increment(1);
}

pub(crate) fn checked(result: CheckResult) {
    counter!(CHECKS, "result" => <&str>::from(result)).increment(1);
}

pub(crate) fn extended() {
    counter!(EXTENSIONS).increment(1);
}

pub(crate) fn refreshed(kind: RefreshKind) {
    counter!(REFRESHES, "outcome" => kind.as_str()).increment(1);
}

pub(crate) fn refresh_refused(reason: &'static str) {
    counter!(REFRESHES_REFUSED, "reason" => reason).increment(1);
}

pub(crate) fn replayed_from_elsewhere() {
    counter!(REPLAYS_FROM_ELSEWHERE).increment(1);
}

pub(crate) fn ended(reason: EndReason, count: u64) {
    counter!(ENDS, "reason" => reason.as_str()).increment(count);
}

pub(crate) fn close_failed() {
    counter!(CLOSE_FAILURES).increment(1);
}

pub(crate) fn swept(count: usize) {
    counter!(SWEPT).increment(count as u64);
}

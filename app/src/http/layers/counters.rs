//! Counters of refused requests, by the conventions of Prometheus.

use contract::Reason;
use metrics::{counter, describe_counter};
use strum::VariantArray;

use super::request_times;

const UNAUTHORIZED: &str = "session_unauthorized_total";
const REFUSED: &str = "requests_refused_total";

/// Describes each metric of requests, and initialises refusals to zero, so that `increase()` sees the first one.
pub fn describe() {
    request_times::describe();
    describe_counter!(UNAUTHORIZED, "Requests refused as with status 401, by reason");
    describe_counter!(REFUSED, "Requests refused, by form or not, by reason");
    // One of them never leaves the browser.
    for reason in Reason::VARIANTS.iter().filter(|reason| **reason != Reason::Offline) {
        counter!(REFUSED, "reason" => reason.as_str()).absolute(0);
    }
}

/// Counts a refusal with status 401 by its typed reason, including that of a form, whose response redirects to its
/// page.
pub(super) fn unauthorized(reason: &str) {
    counter!(UNAUTHORIZED, "reason" => reason.to_owned()).increment(1);
}

/// Counts a refused request, by its reason.
pub(super) fn refused(reason: &str) {
    counter!(REFUSED, "reason" => reason.to_owned()).increment(1);
}

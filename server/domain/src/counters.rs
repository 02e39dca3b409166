//! What is counted about sessions and limits, by the conventions of Prometheus. Named here alone.

use metrics::{counter, describe_counter, describe_gauge, gauge};

use crate::{
    limits::{HASHES_FROM_ADDRESS, Limit},
    session::{EndReason, rotation::Move},
};

const LOG_INS: &str = "log_ins_total";
const CREATED: &str = "session_created_total";
const CHECKS: &str = "session_checks_total";
const EXTENSIONS: &str = "session_extensions_total";
const REFRESHES: &str = "session_refreshes_total";
const REFRESHES_REFUSED: &str = "session_refreshes_refused_total";
const REPLAYS_FROM_ELSEWHERE: &str = "session_replays_from_elsewhere_total";
const ENDS: &str = "session_ends_total";
const CLOSE_FAILURES: &str = "session_close_failures_total";
const SWEPT: &str = "session_swept_total";
const UNAUTHORIZED: &str = "session_unauthorized_total";
const REFUSED: &str = "requests_refused_total";
const CIRCUIT_OPEN: &str = "session_store_circuit_open";
const LIMITS_REACHED: &str = "limits_reached_total";
const LIMITS_LOCAL: &str = "limits_local_total";

/// Says what each counter means, once at the start, and begins at zero what has an end reason, a log-in's result, a limit
/// or no label: the first of its kind then is an increase that an alert can see.
pub fn describe() {
    describe_counter!(LOG_INS, "Tries to log in, by result");
    describe_counter!(CREATED, "Sessions begun");
    describe_counter!(CHECKS, "Questions to the front desk for a request, by result");
    describe_counter!(EXTENSIONS, "Checks that moved the idle timeout");
    describe_counter!(REFRESHES, "Refreshes answered with tokens, by outcome");
    describe_counter!(REFRESHES_REFUSED, "Refreshes refused, by reason");
    describe_counter!(
        REPLAYS_FROM_ELSEWHERE,
        "Replays from another address or browser than the rotation's"
    );
    describe_counter!(ENDS, "Sessions ended, by reason");
    describe_counter!(CLOSE_FAILURES, "Ends that the front desk was not told of at once");
    describe_counter!(SWEPT, "Ended sessions that the sweeper closed again");
    describe_counter!(UNAUTHORIZED, "Requests refused as with status 401, by reason");
    describe_counter!(REFUSED, "Requests refused, by form or not, by reason");
    describe_gauge!(CIRCUIT_OPEN, "1 while a failing front desk is not asked");

    describe_counter!(LIMITS_REACHED, "Refusals because something came too often, by limit");
    describe_counter!(
        LIMITS_LOCAL,
        "Attempts that the instance counted alone, since the shared store could not"
    );

    let unlabelled =
        [CREATED, EXTENSIONS, REPLAYS_FROM_ELSEWHERE, CLOSE_FAILURES, SWEPT, LIMITS_LOCAL];
    for unlabelled in unlabelled {
        counter!(unlabelled).absolute(0);
    }
    for reason in EndReason::ALL.iter().copied() {
        ended(reason, 0);
    }
    for limit in Limit::ALL.map(Limit::as_str).into_iter().chain([HASHES_FROM_ADDRESS]) {
        counter!(LIMITS_REACHED, "limit" => limit).absolute(0);
    }
    for result in LogInResult::ALL {
        counter!(LOG_INS, "result" => result.as_str()).absolute(0);
    }
    gauge!(CIRCUIT_OPEN).set(0);
}

/// How a try to log in ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogInResult {
    /// The member is in.
    Success,
    /// Address or password is wrong.
    BadCredentials,
    /// The right password of a member who is shut out.
    Suspended,
    /// Too many log-ins failed before it.
    Limited,
    /// All hashers are busy.
    Busy,
    /// Something failed that is nobody's doing.
    Failed,
}

impl LogInResult {
    /// Every result there is.
    pub const ALL: [Self; 6] = [
        Self::Success,
        Self::BadCredentials,
        Self::Suspended,
        Self::Limited,
        Self::Busy,
        Self::Failed,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::BadCredentials => "bad_credentials",
            Self::Suspended => "suspended",
            Self::Limited => "limited",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }
}

pub(crate) fn logged_in(result: LogInResult) {
    counter!(LOG_INS, "result" => result.as_str()).increment(1);
}

/// How a question to the front desk ended.
#[derive(Debug, Clone, Copy)]
pub enum CheckResult {
    /// The session is live.
    Ok,
    /// Nothing is known of it.
    Missing,
    /// A tombstone.
    Ended,
    /// The store could not say.
    StoreError,
}

pub(crate) fn created() {
    counter!(CREATED).increment(1);
}

pub(crate) fn checked(result: CheckResult) {
    let result = match result {
        CheckResult::Ok => "ok",
        CheckResult::Missing => "missing",
        CheckResult::Ended => "ended",
        CheckResult::StoreError => "store_error",
    };
    counter!(CHECKS, "result" => result).increment(1);
}

pub(crate) fn extended() {
    counter!(EXTENSIONS).increment(1);
}

pub(crate) fn refreshed(by: Move) {
    counter!(REFRESHES, "outcome" => by.as_str()).increment(1);
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

/// Counts a request that was refused as with status 401, by its typed reason: also one of a form, whose answer
/// leads back to the form's page.
pub fn unauthorized(reason: &str) {
    counter!(UNAUTHORIZED, "reason" => reason.to_owned()).increment(1);
}

/// Counts a refused request, by its reason.
pub fn refused(reason: &str) {
    counter!(REFUSED, "reason" => reason.to_owned()).increment(1);
}

/// Notes whether a failing front desk is left alone for now.
pub fn circuit_is_open(is_open: bool) {
    gauge!(CIRCUIT_OPEN).set(if is_open { 1.0 } else { 0.0 });
}

pub(crate) fn limit_reached(limit: &'static str) {
    counter!(LIMITS_REACHED, "limit" => limit).increment(1);
}

/// Counts an attempt that one instance counted alone, since the shared store could not.
pub fn limited_locally() {
    counter!(LIMITS_LOCAL).increment(1);
}

#[cfg(test)]
pub(crate) mod tests;

//! Reasons why a post was not carried out.

use std::time::Duration;

use contract::Reason;

/// The part of a refusal that the keeper acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status; 0 without a response.
    pub status: u16,
    /// The problem's reason, if it is a known one.
    pub reason: Option<Reason>,
    /// The header `Retry-After`.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// No response: the network or the server is down.
    pub const NO_ANSWER: Self =
        Self { status: 0, reason: Some(Reason::Offline), retry_after: None };
    /// A response that this site did not write, such as a proxy's while the server is down.
    pub const NOT_OURS: Self =
        Self { status: 503, reason: Some(Reason::Unavailable), retry_after: None };

    /// The refusal in a response of this site: its status, the problem's reason, and the header `Retry-After` in
    /// seconds. Dates in that header are ignored.
    #[must_use]
    pub fn new(status: u16, reason: &str, retry_after: Option<&str>) -> Self {
        let retry_after = retry_after.and_then(|it| it.parse().ok()).map(Duration::from_secs);
        Self { status, reason: Reason::from_name(reason), retry_after }
    }

    /// Returns whether the session is to blame rather than the input, so that logging in helps.
    #[must_use]
    pub fn is_signed_out(&self) -> bool {
        self.status == 401 && self.reason != Some(Reason::BadCredentials)
    }

    /// Returns whether the same post may succeed later: the input is not to blame.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self.status, 0 | 429 | 500..)
    }

    /// Returns whether the page was rendered for another session than the browser has now.
    pub(crate) fn is_about_another_session(&self) -> bool {
        self.reason == Some(Reason::OtherSession)
    }

    /// Returns whether the site cannot be reached. With `busy` it can: the server did respond.
    pub(crate) fn is_outage(&self) -> bool {
        matches!(self.reason, Some(Reason::Offline | Reason::Unavailable))
    }

    /// Returns whether a refresh helps. It does not with `no_token`: there is nothing to refresh with.
    pub fn is_healed_by_refresh(&self) -> bool {
        let reasons = [Reason::AccessExpired, Reason::NotLive, Reason::Invalid];
        self.status == 401 && self.reason.is_some_and(|reason| reasons.contains(&reason))
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_input_is_not_to_blame_without_a_response_for_a_limit_or_for_a_servers_failure() {
        let is_passing = |status| Refusal::new(status, "", None).is_passing();
        assert!(
            Refusal::NO_ANSWER.is_passing() && [429, 500, 502, 503].into_iter().all(is_passing)
        );
        assert!(![401, 403, 404, 409, 413, 422].into_iter().any(is_passing));
    }

    #[test]
    fn a_refusal_carries_its_reason_and_the_time_to_retry() {
        let refusal = Refusal::new(429, "rate_limited", Some("45"));
        let retry_after = Some(Duration::from_secs(45));
        let limited = Refusal { status: 429, reason: Some(Reason::RateLimited), retry_after };
        assert_eq!(refusal, limited);
        let refusal = Refusal::new(503, "of another site", Some("Wed, 21 Oct 2026 07:28:00 GMT"));
        assert_eq!(refusal, Refusal { status: 503, reason: None, retry_after: None });
    }
}

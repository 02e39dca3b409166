//! Audit events for refused requests: denied access (OWASP ASVS 16.3.2) and reached limits.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::http::Method;
use contract::{EndReason, Reason};
use domain::{
    audit::{self, Details, Event},
    session::Client,
};

use crate::{api::problem::Problem, http::layers::identify::Identity};

/// The interval between lines for one address, since a client at its limit keeps reaching it.
const LINE_EVERY: Duration = Duration::from_secs(60);
/// The number of remembered addresses. A flood of further ones writes no lines, but is still counted.
const ADDRESSES: usize = 10_000;

/// Writes the events, and remembers the addresses that it has logged recently.
#[derive(Default)]
pub struct Refusals {
    limited: Mutex<HashMap<Option<IpAddr>, Instant>>,
}

impl Refusals {
    /// Records a refused request, if it is notable.
    pub(crate) fn record(
        &self,
        problem: &Problem,
        method: &Method,
        identity: Option<&Identity>,
        client: &Client,
    ) {
        let Some(event) = event_of(problem, method) else { return };
        if event == Event::LimitReached && !self.is_news(client.ip, Instant::now()) {
            return;
        }
        let details = match identity {
            Some(Identity::Member(who)) => Details::by_member(who, client),
            _ => Details::by(client),
        };
        audit::record(event, details.because(problem.reason.as_str()));
    }

    /// Returns whether no line was written for this address recently.
    fn is_news(&self, address: Option<IpAddr>, now: Instant) -> bool {
        let mut limited = self.limited.lock().unwrap_or_else(PoisonError::into_inner);
        let is_lately = |written: &Instant| now.duration_since(*written) < LINE_EVERY;
        if limited.get(&address).is_some_and(is_lately) {
            return false;
        }
        if limited.len() >= ADDRESSES {
            limited.retain(|_, written| is_lately(written));
        }
        if limited.len() >= ADDRESSES {
            return false;
        }
        limited.insert(address, now);
        true
    }
}

/// The event of a refusal; `None` if it is routine or was recorded where it happened.
fn event_of(problem: &Problem, method: &Method) -> Option<Event> {
    match (problem.status, problem.reason) {
        (429, _) => Some(Event::LimitReached),
        (401, Reason::BadCredentials | Reason::AccessExpired | Reason::NotLive) => None,
        (403, Reason::Suspended) => None,
        (401, Reason::NoToken) if method.is_safe() => None,
        (401, reason) if EndReason::from_name(reason.as_str()).is_some() => {
            Some(Event::SessionUsedAfterEnd)
        }
        (401 | 403, _) => Some(Event::Refused),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_an_event_unless_a_refresh_may_help_or_the_log_in_has_recorded_it() {
        for (status, reason, method, event) in [
            (401, Reason::Invalid, Method::GET, Some(Event::Refused)),
            (401, Reason::NoToken, Method::POST, Some(Event::Refused)),
            (401, Reason::NoToken, Method::GET, None),
            (401, Reason::AccessExpired, Method::POST, None),
            (401, Reason::NotLive, Method::POST, None),
            (401, Reason::Logout, Method::POST, Some(Event::SessionUsedAfterEnd)),
            (401, Reason::BadCredentials, Method::POST, None),
            (403, Reason::Suspended, Method::POST, None),
            (403, Reason::CrossSite, Method::POST, Some(Event::Refused)),
            (429, Reason::RateLimited, Method::POST, Some(Event::LimitReached)),
            (422, Reason::InvalidFields, Method::POST, None),
            (404, Reason::NotFound, Method::GET, None),
            (503, Reason::Unavailable, Method::GET, None),
        ] {
            assert_eq!(
                event_of(&Problem::new(status, reason), &method),
                event,
                "{status} {reason}"
            );
        }
    }

    #[test]
    fn a_limit_is_recorded_once_a_minute_for_each_address() {
        let (refusals, now) = (Refusals::default(), Instant::now());
        let (one, other) = (Some([192, 0, 2, 1].into()), Some([192, 0, 2, 2].into()));
        assert!(refusals.is_news(one, now) && refusals.is_news(other, now));
        assert!(!refusals.is_news(one, now + LINE_EVERY / 2));
        assert!(refusals.is_news(one, now + LINE_EVERY));
    }

    #[test]
    fn remembered_addresses_are_bounded_and_expire() {
        let (refusals, now) = (Refusals::default(), Instant::now());
        let address = |number: u32| Some(IpAddr::from(number.to_be_bytes()));
        let written = (0..20_000).filter(|number| refusals.is_news(address(*number), now)).count();
        assert_eq!(written, ADDRESSES);
        assert!(refusals.is_news(address(20_000), now + LINE_EVERY));
    }
}

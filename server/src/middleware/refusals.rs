//! Refused requests as audit events: who was not let do what (OWASP ASVS 16.3.2), and who met a limit.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use app::{
    api::problem::{BAD_CREDENTIALS, Problem, SUSPENDED},
    ssr::identity::Identity,
};
use axum::http::Method;
use domain::{
    audit::{self, Details, Event},
    session::{Client, EndReason, Refusal},
};

/// Who meets a limit meets it again and again: one line a client address in this time says it.
const LINE_EVERY: Duration = Duration::from_secs(60);
/// Addresses that are remembered. Beyond that, a flood of new ones writes no lines; the counters go on.
const ADDRESSES: usize = 10_000;

/// Writes the events, and remembers whom it has told of lately.
#[derive(Default)]
pub struct Refusals {
    limited: Mutex<HashMap<Option<IpAddr>, Instant>>,
}

impl Refusals {
    /// Records a refused request, if it is worth it.
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
        audit::record(event, details.because(&problem.reason));
    }

    /// Whether no line has told of this address lately.
    fn is_news(&self, address: Option<IpAddr>, now: Instant) -> bool {
        let mut limited = self.limited.lock().unwrap_or_else(PoisonError::into_inner);
        let is_lately = |told: &Instant| now.duration_since(*told) < LINE_EVERY;
        if limited.get(&address).is_some_and(is_lately) {
            return false;
        }
        if limited.len() >= ADDRESSES {
            limited.retain(|_, told| is_lately(told));
        }
        if limited.len() >= ADDRESSES {
            return false;
        }
        limited.insert(address, now);
        true
    }
}

/// `None`: the ordinary course, or recorded where it happened.
fn event_of(problem: &Problem, method: &Method) -> Option<Event> {
    let reason = problem.reason.as_str();
    let healed = [Refusal::AccessExpired, Refusal::NotLive].map(Refusal::as_str);
    match problem.status {
        429 => Some(Event::LimitReached),
        401 if reason == BAD_CREDENTIALS => None,
        403 if reason == SUSPENDED => None,
        401 if EndReason::from_name(reason).is_some() => Some(Event::SessionUsedAfterEnd),
        401 if healed.contains(&reason) => None,
        401 if reason == Refusal::NoToken.as_str() && method.is_safe() => None,
        401 | 403 => Some(Event::Refused),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_an_event_unless_the_next_refresh_heals_it_or_the_log_in_has_told_it() {
        for (status, reason, method, event) in [
            (401, "invalid", Method::GET, Some(Event::Refused)),
            (401, "no_token", Method::POST, Some(Event::Refused)),
            (401, "no_token", Method::GET, None),
            (401, "access_expired", Method::POST, None),
            (401, "not_live", Method::POST, None),
            (401, "logout", Method::POST, Some(Event::SessionUsedAfterEnd)),
            (401, "bad_credentials", Method::POST, None),
            (403, "suspended", Method::POST, None),
            (403, "cross_site", Method::POST, Some(Event::Refused)),
            (429, "rate_limited", Method::POST, Some(Event::LimitReached)),
            (422, "invalid_fields", Method::POST, None),
            (404, "not_found", Method::GET, None),
            (503, "unavailable", Method::GET, None),
        ] {
            assert_eq!(
                event_of(&Problem::new(status, reason), &method),
                event,
                "{status} {reason}"
            );
        }
    }

    #[test]
    fn who_meets_a_limit_is_told_of_once_a_minute() {
        let (refusals, now) = (Refusals::default(), Instant::now());
        let (one, other) = (Some([192, 0, 2, 1].into()), Some([192, 0, 2, 2].into()));
        assert!(refusals.is_news(one, now) && refusals.is_news(other, now));
        assert!(!refusals.is_news(one, now + LINE_EVERY / 2));
        assert!(refusals.is_news(one, now + LINE_EVERY));
    }

    #[test]
    fn a_flood_of_addresses_is_bounded_and_room_comes_back() {
        let (refusals, now) = (Refusals::default(), Instant::now());
        let address = |number: u32| Some(IpAddr::from(number.to_be_bytes()));
        let told = (0..20_000).filter(|number| refusals.is_news(address(*number), now)).count();
        assert_eq!(told, ADDRESSES);
        assert!(refusals.is_news(address(20_000), now + LINE_EVERY));
    }
}

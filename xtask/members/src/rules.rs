//! The rules that every answer is held to: what the site promises to a member, whatever fails behind it.
//!
//! Pure functions over a request, its response and the member's standing, so that tests can feed any response.

use std::time::Duration;

use contract::{Reason, attributes, headers::VERSION, paths};

use crate::{
    account::Account,
    exchange::{Answer, Ask, Kind},
    jar::{is_accepted, is_of_session, is_removal},
};

/// The time within which every request is answered.
pub(crate) const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

/// The function by which a member ends one of their sessions.
pub(crate) const END_SESSION: &str = "/api/end_session";

/// A broken promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breach {
    /// A session that its member did not end is gone.
    Lost,
    /// An ended session authenticates or is refreshed.
    Revived,
    /// An honest browser's refresh was taken for a thief's.
    FalseTheft,
    /// Somebody else's data was shown.
    WrongMember,
    /// A failure of the server removed the cookies of a session.
    CookiesCleared,
    /// No answer came in time.
    Hung,
    /// Status 500
    Internal,
    /// What was answered as saved is not there.
    LostWrite,
    /// Any other answer that the site should not give.
    Odd,
}

impl Breach {
    /// Every kind, in the order of reports.
    pub(crate) const ALL: [Self; 9] = [
        Self::Lost,
        Self::Revived,
        Self::FalseTheft,
        Self::WrongMember,
        Self::CookiesCleared,
        Self::Hung,
        Self::Internal,
        Self::LostWrite,
        Self::Odd,
    ];

    /// The name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Revived => "revived",
            Self::FalseTheft => "false_theft",
            Self::WrongMember => "wrong_member",
            Self::CookiesCleared => "cookies_cleared",
            Self::Hung => "hung",
            Self::Internal => "internal",
            Self::LostWrite => "lost_write",
            Self::Odd => "odd",
        }
    }
}

/// What the browser that sends a request knows about its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is signed in.
    In,
    /// The end of its session was answered.
    Out,
    /// A log-in or a log-out is under way.
    Changing,
}

/// What an answer means for its browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The request was carried out, or rightly refused.
    Served,
    /// A refresh helps.
    NeedsRefresh,
    /// The browser is signed out.
    SignedOut,
    /// The site could not serve it for now.
    Failed,
}

/// The outcome of an answer, and the promises that it breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) outcome: Outcome,
    pub(crate) breaches: Vec<Breach>,
}

/// Judges an answer to `account`, whose browser is in this standing.
pub(crate) fn judge(
    standing: Standing,
    account: &Account,
    ask: &Ask,
    answer: &Answer,
) -> Judgement {
    let mut breaches = Vec::new();
    let outcome = match (standing, outcome_of(ask, answer)) {
        // Refused, even if the site no longer knows whose cookies they were: their key may have been retired.
        (Standing::Out, Outcome::Failed) if answer.status < 500 => Outcome::SignedOut,
        (_, outcome) => outcome,
    };
    let cookies = answer.cookies();
    let of_session = || cookies.iter().filter(|cookie| is_of_session(cookie));

    if answer.took > ANSWERED_WITHIN {
        breaches.push(Breach::Hung);
    }
    if answer.status == 500 {
        breaches.push(Breach::Internal);
    }
    if answer.status >= 500 && of_session().any(is_removal) {
        breaches.push(Breach::CookiesCleared);
    }
    if !cookies.iter().all(is_accepted) {
        breaches.push(Breach::Odd);
    }
    if account.is_contradicted_by(answer) {
        breaches.push(Breach::WrongMember);
    }
    if outcome == Outcome::Served && !account.is_shown_as_saved(ask, answer) {
        breaches.push(Breach::LostWrite);
    }
    match (standing, outcome) {
        (Standing::In, Outcome::SignedOut) if answer.reason() == Some(Reason::Reuse) => {
            breaches.push(Breach::FalseTheft);
        }
        (Standing::In, Outcome::SignedOut) => breaches.push(Breach::Lost),
        (Standing::Out, Outcome::Served) => breaches.push(Breach::Revived),
        (Standing::Out, _) if !of_session().all(is_removal) => breaches.push(Breach::Revived),
        (Standing::Changing, Outcome::SignedOut | Outcome::NeedsRefresh) => {
            breaches.push(Breach::Odd)
        }
        (Standing::In | Standing::Changing, _) if is_odd(ask, answer) => breaches.push(Breach::Odd),
        _ => {}
    }
    Judgement { outcome, breaches }
}

/// The outcome of an answer for a browser that has a session.
fn outcome_of(ask: &Ask, answer: &Answer) -> Outcome {
    match answer.status {
        401 if ask.path == paths::REFRESH => {
            // With the cookies kept, it is not the session that is over.
            if answer.cookies().iter().any(is_of_session) {
                Outcome::SignedOut
            } else {
                Outcome::Failed
            }
        }
        401 if answer.refusal().is_healed_by_refresh() => Outcome::NeedsRefresh,
        401 => Outcome::SignedOut,
        303 if answer.header("location").is_some_and(|to| to.starts_with(paths::LOG_IN)) => {
            Outcome::SignedOut
        }
        200..300 if ask.kind == Kind::Document => match answer.attribute(attributes::VIEWER) {
            Some(attributes::SIGNED_IN) => Outcome::Served,
            Some(attributes::SIGNED_OUT) => Outcome::SignedOut,
            // The server could not tell who is signed in.
            _ => Outcome::Failed,
        },
        429 | 500.. => Outcome::Failed,
        _ => Outcome::Served,
    }
}

/// Returns whether a member's request never deserves this answer.
fn is_odd(ask: &Ask, answer: &Answer) -> bool {
    match answer.status {
        200..300 | 303 | 500.. => false,
        401 => ask.path == paths::REFRESH,
        404 => ask.path != END_SESSION,
        _ => true,
    }
}

/// Returns whether something between the member and the site, as the balancer, gave this answer itself.
pub(crate) fn is_of_balancer(answer: &Answer) -> bool {
    answer.header(VERSION).is_none()
}

#[cfg(test)]
mod tests;

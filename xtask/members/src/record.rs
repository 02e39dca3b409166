//! What was seen since the current fault of the drill began.

use std::{
    collections::HashSet,
    fmt::Write,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    exchange::{Answer, Ask},
    rules::{Breach, Judgement, Outcome, is_of_balancer},
};

/// The site has recovered once every member was served and nobody failed for so long.
const QUIET: Duration = Duration::from_secs(1);

/// The evidence that is shown of each kind of breach in a period.
const SHOWN: usize = 10;

/// The record, shared by all members.
#[derive(Debug)]
pub(crate) struct Record {
    members: usize,
    period: Mutex<Period>,
}

/// A request that was sent.
pub(crate) struct Sent<'a> {
    pub(crate) member: usize,
    pub(crate) at: Instant,
    pub(crate) ask: &'a Ask,
}

/// From one fault of the drill to the next.
#[derive(Debug)]
struct Period {
    name: String,
    began: Instant,
    requests: u64,
    failed: u64,
    of_balancer: u64,
    without_answer: u64,
    breaches: Vec<Breach>,
    first_503: Option<Duration>,
    healing: Option<Healing>,
}

/// The time after the fault was healed.
#[derive(Debug)]
struct Healing {
    began: Instant,
    /// The last failure, or the healing
    last_failure: Instant,
    /// The members who were not served since the last failure
    waiting: HashSet<usize>,
    /// From the healing to the last failure, once the site has recovered
    took: Option<Duration>,
}

impl Record {
    pub(crate) fn new(members: usize, now: Instant) -> Self {
        Self { members, period: Mutex::new(Period::new("start", now)) }
    }

    /// Begins the record of another fault.
    pub(crate) fn begin(&self, name: &str, now: Instant) {
        *self.period() = Period::new(name, now);
    }

    /// The fault was healed; [`Self::recovered`] says when the members are served again.
    pub(crate) fn healed(&self, now: Instant) {
        let waiting = (0..self.members).collect();
        self.period().healing =
            Some(Healing { began: now, last_failure: now, waiting, took: None });
    }

    /// The time from the healing to the last failure, the first time that it is known.
    pub(crate) fn recovered(&self, now: Instant) -> Option<Duration> {
        let mut period = self.period();
        let healing = period.healing.as_mut().filter(|healing| healing.took.is_none())?;
        let is_over = healing.waiting.is_empty() && now - healing.last_failure >= QUIET;
        if is_over {
            healing.took = Some(healing.last_failure - healing.began);
        }
        healing.took
    }

    /// Records the answer to a request.
    pub(crate) fn answered(&self, sent: &Sent<'_>, answer: &Answer, judgement: &Judgement) {
        let now = sent.at + answer.took;
        let mut period = self.period();
        period.requests += 1;
        let is_of_site = !is_of_balancer(answer);
        period.of_balancer += u64::from(!is_of_site);
        if answer.status == 503
            && is_of_site
            && period.first_503.is_none()
            && sent.at >= period.began
        {
            period.first_503 = Some(now - period.began);
        }
        let is_late = judgement.breaches.contains(&Breach::Hung);
        match judgement.outcome {
            Outcome::Failed => period.fail(sent.member, now),
            _ if is_late => period.fail(sent.member, now),
            Outcome::Served => period.serve(sent),
            Outcome::NeedsRefresh | Outcome::SignedOut => {}
        }
        for breach in &judgement.breaches {
            let reason = answer.reason().map_or("", |reason| reason.as_str());
            let (ask, status, took) = (sent.ask, answer.status, answer.took.as_millis());
            let evidence = format!("{ask}: {status} {reason} after {took} ms");
            period.add_breach(sent.member, *breach, &evidence, now);
        }
    }

    /// Records that no answer came to a request.
    pub(crate) fn unanswered(&self, sent: &Sent<'_>, now: Instant) {
        let mut period = self.period();
        period.requests += 1;
        period.without_answer += 1;
        period.fail(sent.member, now);
        if sent.ask.is_given_up(now - sent.at) {
            let evidence =
                format!("{}: no answer after {} ms", sent.ask, (now - sent.at).as_millis());
            period.add_breach(sent.member, Breach::Hung, &evidence, now);
        }
    }

    /// Records a broken promise that no single answer shows.
    pub(crate) fn add_breach(&self, member: usize, breach: Breach, evidence: &str, now: Instant) {
        self.period().add_breach(member, breach, evidence, now);
    }

    /// The record so far, as `name=value …`; times are in milliseconds, and `none` if there was no such event.
    pub(crate) fn report(&self) -> String {
        let period = self.period();
        let mut report = format!("report name={}", period.name);
        for breach in Breach::ALL {
            write(&mut report, breach.name(), period.count(breach));
        }
        write(&mut report, "requests", period.requests);
        write(&mut report, "failed", period.failed);
        write(&mut report, "of_balancer", period.of_balancer);
        write(&mut report, "without_answer", period.without_answer);
        write(&mut report, "first_503", in_milliseconds(period.first_503));
        let recovery = period.healing.as_ref().and_then(|healing| healing.took);
        write(&mut report, "recovery", in_milliseconds(recovery));
        report
    }

    fn period(&self) -> MutexGuard<'_, Period> {
        self.period.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Period {
    fn new(name: &str, now: Instant) -> Self {
        Self {
            name: name.to_owned(),
            began: now,
            requests: 0,
            failed: 0,
            of_balancer: 0,
            without_answer: 0,
            breaches: Vec::new(),
            first_503: None,
            healing: None,
        }
    }

    fn fail(&mut self, member: usize, now: Instant) {
        self.failed += 1;
        if let Some(healing) = self.healing.as_mut().filter(|healing| healing.took.is_none()) {
            healing.last_failure = healing.last_failure.max(now);
            healing.waiting.insert(member);
        }
    }

    fn serve(&mut self, sent: &Sent<'_>) {
        if let Some(healing) = &mut self.healing
            && sent.at >= healing.began
        {
            healing.waiting.remove(&sent.member);
        }
    }

    fn add_breach(&mut self, member: usize, breach: Breach, evidence: &str, now: Instant) {
        self.breaches.push(breach);
        if self.count(breach) <= SHOWN {
            let after = (now - self.began).as_millis();
            eprintln!(
                "{} +{after} ms: {} of member {member}: {evidence}",
                self.name,
                breach.name()
            );
        }
    }

    fn count(&self, breach: Breach) -> usize {
        self.breaches.iter().filter(|it| **it == breach).count()
    }
}

fn write(report: &mut String, name: &str, value: impl std::fmt::Display) {
    // A String takes everything.
    let _ = write!(report, " {name}={value}");
}

fn in_milliseconds(time: Option<Duration>) -> String {
    time.map_or_else(|| "none".to_owned(), |time| time.as_millis().to_string())
}

#[cfg(test)]
mod tests;

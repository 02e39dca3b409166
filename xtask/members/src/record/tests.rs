use contract::headers::VERSION;
use hyper::{
    HeaderMap,
    header::{HeaderName, HeaderValue},
};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// A record of two members whose present fault has begun and was healed at `start`.
fn healed(start: Instant) -> Record {
    let record = Record::new(2, start);
    record.begin("x", start);
    record.healed(start);
    record
}

/// Records the site's answer to a request at this time, after 10 ms.
fn answer(record: &Record, member: usize, at: Instant, status: u16) {
    let of_site = [(HeaderName::from_static(VERSION), HeaderValue::from_static("1"))];
    answer_with(HeaderMap::from_iter(of_site), record, member, at, status);
}

fn answer_with(headers: HeaderMap, record: &Record, member: usize, at: Instant, status: u16) {
    let took = Duration::from_millis(10);
    let answer = Answer { status, headers, body: String::new(), took };
    let outcome = if status == 200 { Outcome::Served } else { Outcome::Failed };
    let ask = &Ask::data("/");
    let judgement = Judgement { outcome, breaches: Vec::new() };
    record.answered(&Sent { member, at, ask }, &answer, &judgement);
}

#[test]
fn recovery_is_the_time_of_the_last_failure_before_every_member_was_served_for_a_second() {
    let start = Instant::now();
    let record = healed(start);
    let failed_at = start + SECOND;
    answer(&record, 0, start, 200);
    answer(&record, 1, failed_at, 503);
    let later = failed_at + SECOND * 2;
    assert_eq!(record.recovered(later), None, "member 1 was not served");
    answer(&record, 1, later, 200);
    let took = Duration::from_millis(1010);
    assert_eq!(record.recovered(later), Some(took));
    assert_eq!(record.recovered(later), None, "it is told once");
    assert!(record.report().ends_with(" recovery=1010"), "{}", record.report());
}

#[test]
fn a_site_that_served_everybody_has_not_recovered_until_a_second_is_over() {
    let start = Instant::now();
    let record = healed(start);
    answer(&record, 0, start, 200);
    answer(&record, 1, start, 200);
    assert_eq!(record.recovered(start + SECOND / 2), None);
    assert_eq!(record.recovered(start + SECOND), Some(Duration::ZERO));
}

#[test]
fn an_answer_to_a_request_from_before_the_healing_serves_nobody() {
    let start = Instant::now();
    let record = healed(start + SECOND);
    answer(&record, 0, start, 200);
    answer(&record, 1, start + SECOND, 200);
    assert_eq!(record.recovered(start + SECOND * 3), None);
}

#[test]
fn the_first_503_is_timed_from_the_beginning_of_the_fault() {
    let start = Instant::now();
    let record = healed(start);
    assert!(record.report().contains(" first_503=none "));
    answer_with(HeaderMap::new(), &record, 0, start, 503);
    assert!(record.report().contains(" first_503=none "), "the balancer's own does not count");
    for second in 1..3 {
        answer(&record, 0, start + SECOND * second, 503);
    }
    assert!(record.report().contains(" first_503=1010 "), "{}", record.report());
    record.begin("y", start + SECOND);
    assert!(record.report().contains(" first_503=none "));
}

#[test]
fn a_request_that_its_browser_gave_up_hung_and_a_broken_connection_did_not() {
    let start = Instant::now();
    let record = healed(start);
    let ask = &Ask::data("/").within(SECOND * 2);
    let sent = Sent { member: 0, at: start, ask };
    record.unanswered(&sent, start + SECOND);
    assert!(record.report().contains(" hung=0 "));
    record.unanswered(&sent, start + SECOND * 2);
    assert!(record.report().contains(" hung=1 "));
    assert!(record.report().contains(" without_answer=2 "));
}

use contract::headers::VERSION;
use cookie::Cookie;
use hyper::{HeaderMap, header::SET_COOKIE};

use super::*;

const KEPT: &[&str] = &[];
const REMOVED: &[&str] = &[
    "__Host-Http-access=; Secure; HttpOnly; Path=/; Max-Age=0",
    "__Host-Http-refresh=; Secure; HttpOnly; Path=/; Max-Age=0",
];
const SET: &[&str] = &["__Host-Http-access=a.b.c; Secure; HttpOnly; Path=/"];

fn account() -> Account {
    let account = Account::new("drill-017@genkan.example", "a password").unwrap();
    account.name_saved(account.next_name().0);
    account
}

fn page_of(id: &str, name: &str) -> String {
    format!(r#"<html lang="en" data-viewer="member" data-member-id="{id}"><p>{name}</p></html>"#)
}

fn problem(reason: &str) -> String {
    format!(r#"{{"reason":"{reason}"}}"#)
}

fn answer(status: u16, cookies: &[&str], body: &str) -> Answer {
    let mut headers = HeaderMap::new();
    for cookie in cookies {
        headers.append(SET_COOKIE, Cookie::parse(*cookie).unwrap().to_string().parse().unwrap());
    }
    let took = Duration::from_millis(20);
    Answer { status, headers, body: body.to_owned(), took }
}

/// The outcome and the breaches for a member who is signed in.
fn judged(ask: &Ask, answer: &Answer) -> (Outcome, Vec<Breach>) {
    let Judgement { outcome, breaches } = judge(Standing::In, &account(), ask, answer);
    (outcome, breaches)
}

/// The breaches after the end of the session was answered.
fn after_the_end(ask: &Ask, answer: &Answer) -> Vec<Breach> {
    judge(Standing::Out, &account(), ask, answer).breaches
}

#[test]
fn good_answers_are_no_breachs() {
    let own = page_of("1", "drill-017 r1");
    for (ask, answer) in [
        (Ask::page("/"), answer(200, SET, &own)),
        (Ask::data("/auth/session"), answer(200, KEPT, r#"{"member":{"id":"1"}}"#)),
        (Ask::call(paths::REFRESH, &[]), answer(200, SET, "{}")),
        (Ask::call(END_SESSION, &[]), answer(404, KEPT, &problem("not_found"))),
    ] {
        assert_eq!(judged(&ask, &answer), (Outcome::Served, vec![]), "{ask:?}");
    }
}

#[test]
fn an_unavailable_store_is_a_failure_and_no_breach() {
    let unavailable = answer(503, KEPT, &problem("unavailable"));
    assert_eq!(judged(&Ask::page("/"), &unavailable), (Outcome::Failed, vec![]));
    let unknown = answer(200, KEPT, r#"<html lang="en"></html>"#);
    assert_eq!(judged(&Ask::page("/"), &unknown), (Outcome::Failed, vec![]));
}

#[test]
fn an_expired_token_asks_for_a_refresh() {
    for reason in ["access_expired", "not_live", "invalid"] {
        let answer = answer(401, KEPT, &problem(reason));
        let judged = judged(&Ask::data("/auth/session"), &answer);
        assert_eq!(judged, (Outcome::NeedsRefresh, vec![]), "{reason}");
    }
}

#[test]
fn a_session_that_its_member_did_not_end_is_lost() {
    let mut to_log_in = answer(303, KEPT, "");
    to_log_in.headers.insert("location", "/login?next=%2Fprofile".parse().unwrap());
    let nobody = r#"<html lang="en" data-viewer="nobody"></html>"#;
    for (ask, answer) in [
        (Ask::page("/profile"), to_log_in),
        (Ask::page("/"), answer(200, KEPT, nobody)),
        (Ask::data("/auth/session"), answer(401, KEPT, &problem("idle"))),
        (Ask::call(paths::REFRESH, &[]), answer(401, REMOVED, &problem("revoked"))),
        (Ask::call(paths::REFRESH, &[]), answer(401, REMOVED, &problem("no_token"))),
    ] {
        assert_eq!(judged(&ask, &answer), (Outcome::SignedOut, vec![Breach::Lost]), "{ask:?}");
    }
}

#[test]
fn an_honest_refresh_that_ends_in_reuse_is_a_false_theft() {
    let reuse = answer(401, REMOVED, &problem("reuse"));
    for ask in [Ask::call(paths::REFRESH, &[]), Ask::data("/auth/session")] {
        assert_eq!(judged(&ask, &reuse), (Outcome::SignedOut, vec![Breach::FalseTheft]));
    }
}

#[test]
fn a_refused_refresh_that_keeps_the_cookies_is_odd_but_ends_nothing() {
    let unknown_key = answer(401, KEPT, &problem("invalid"));
    let judged = judged(&Ask::call(paths::REFRESH, &[]), &unknown_key);
    assert_eq!(judged, (Outcome::Failed, vec![Breach::Odd]));
}

#[test]
fn an_ended_session_that_works_is_revived() {
    let own = page_of("1", "drill-017 r1");
    for (ask, answer) in [
        (Ask::data("/auth/session"), answer(200, KEPT, "{}")),
        (Ask::call(paths::REFRESH, &[]), answer(200, SET, "{}")),
        (Ask::page("/"), answer(200, KEPT, &own)),
        (Ask::page("/"), answer(503, SET, "")),
    ] {
        assert_eq!(after_the_end(&ask, &answer), [Breach::Revived], "{ask:?}");
    }
    let nobody = r#"<html lang="en" data-viewer="nobody"></html>"#;
    for (ask, answer) in [
        (Ask::data("/auth/session"), answer(401, KEPT, &problem("logout"))),
        (Ask::call(paths::REFRESH, &[]), answer(401, REMOVED, &problem("logout"))),
        (Ask::page("/"), answer(200, REMOVED, nobody)),
        (Ask::page("/"), answer(503, KEPT, "")),
    ] {
        assert_eq!(after_the_end(&ask, &answer), [], "{ask:?}");
    }
}

#[test]
fn refused_cookies_of_an_ended_session_are_no_failure_unless_the_site_is_unavailable() {
    let outcome =
        |ask: &Ask, answer: &Answer| judge(Standing::Out, &account(), ask, answer).outcome;
    let (page, refresh) = (Ask::page("/"), Ask::call(paths::REFRESH, &[]));
    let unknown = r#"<html lang="en"></html>"#;
    assert_eq!(outcome(&page, &answer(200, KEPT, unknown)), Outcome::SignedOut);
    assert_eq!(outcome(&refresh, &answer(401, KEPT, &problem("invalid"))), Outcome::SignedOut);
    assert_eq!(outcome(&page, &answer(503, KEPT, "")), Outcome::Failed);
}

#[test]
fn anything_of_another_member_is_seen() {
    let account = account();
    let page = Ask::page("/settings/sessions");
    let judged =
        |body: &str| judge(Standing::In, &account, &page, &answer(200, KEPT, body)).breaches;
    assert_eq!(judged(&page_of("1", "")), []);
    assert_eq!(judged(&page_of("2", "")), [Breach::WrongMember]);
    assert_eq!(judged(&page_of("1", "drill-018 r1")), [Breach::WrongMember]);
    assert_eq!(judged(&page_of("1", "drill-0170@genkan.example")), [Breach::WrongMember]);
    let session = Ask::data("/auth/session");
    let other = answer(200, KEPT, r#"{"member":{"id":"2","email":"drill-017@genkan.example"}}"#);
    assert_eq!(judge(Standing::In, &account, &session, &other).breaches, [Breach::WrongMember]);
}

#[test]
fn a_failure_that_removes_the_cookies_of_the_session_is_seen() {
    let cleared = answer(503, REMOVED, &problem("unavailable"));
    for standing in [Standing::In, Standing::Changing] {
        let judged = judge(standing, &account(), &Ask::page("/"), &cleared);
        assert_eq!(judged.breaches, [Breach::CookiesCleared], "{standing:?}");
    }
    let flash = ["__Host-Http-visitor=; Secure; HttpOnly; Path=/; Max-Age=0"];
    assert_eq!(judged(&Ask::page("/"), &answer(503, &flash, "")).1, []);
}

#[test]
fn a_name_that_was_answered_as_saved_is_shown_from_then_on() {
    let account = account();
    let shown = |name: &str| {
        let page = answer(200, KEPT, &page_of("1", name));
        judge(Standing::In, &account, &Ask::page("/profile"), &page).breaches
    };
    assert_eq!(shown("drill-017 r1"), []);
    assert_eq!(shown(""), [Breach::LostWrite]);
    let (change, name) = account.next_name();
    // In doubt: both are right.
    assert_eq!((shown("drill-017 r1"), shown(&name)), (vec![], vec![]));
    account.name_saved(change);
    assert_eq!((shown("drill-017 r1"), shown(&name)), (vec![Breach::LostWrite], vec![]));
}

#[test]
fn late_answers_failures_and_refused_cookies_are_seen() {
    let mut late = answer(503, KEPT, "");
    late.took = Duration::from_millis(5001);
    assert_eq!(judged(&Ask::page("/"), &late), (Outcome::Failed, vec![Breach::Hung]));
    let defect = answer(500, KEPT, "");
    assert_eq!(judged(&Ask::page("/"), &defect), (Outcome::Failed, vec![Breach::Internal]));
    let limited = answer(429, KEPT, "");
    assert_eq!(judged(&Ask::page("/"), &limited), (Outcome::Failed, vec![Breach::Odd]));
    let refused = answer(401, KEPT, &problem("bad_credentials"));
    let log_in = Ask::call("/api/login", &[]);
    assert_eq!(judge(Standing::Changing, &account(), &log_in, &refused).breaches, [Breach::Odd]);
    let planted = answer(200, &["__Host-Http-access=a; Path=/"], "{}");
    let refresh = Ask::call(paths::REFRESH, &[]);
    assert_eq!(judged(&refresh, &planted), (Outcome::Served, vec![Breach::Odd]));
}

#[test]
fn the_balancers_own_failures_are_told_from_the_sites() {
    let mut failure = answer(503, KEPT, "");
    failure.headers.insert("retry-after", "1".parse().unwrap());
    assert!(is_of_balancer(&failure));
    failure.headers.insert(VERSION, "1".parse().unwrap());
    assert!(!is_of_balancer(&failure));
}

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::Connection;

/// The connection that the keeper shows, if it has changed.
fn shown(tab: &mut Tab) -> Option<Connection> {
    tab.wanted().into_iter().find_map(|effect| match effect {
        Effect::ShowConnection(connection) => Some(connection),
        _ => None,
    })
}

#[test]
fn a_failed_refresh_shows_a_line_that_goes_away_with_the_next_answer() {
    for (is_online, refusal, line) in [
        (false, Refusal::NO_ANSWER, Connection::Offline),
        (true, Refusal::NO_ANSWER, Connection::Away),
        (true, Refusal::NOT_OURS, Connection::Away),
        (true, refused(429, Reason::RateLimited), Connection::Away),
    ] {
        let mut tab = Tab::of_hana();
        let attempt = tab.refreshes();
        tab.now.is_online = is_online;
        tab.refresh_answered(attempt, Err(refusal));
        assert_eq!(shown(&mut tab), Some(line), "{refusal:?}");

        tab.now.is_online = true;
        tab.on(Event::Online);
        tab.on(Event::LockSettled(REFRESH));
        let attempt = tab.attempt();
        tab.refresh_answered(attempt, Ok(fresh()));
        assert_eq!(shown(&mut tab), Some(Connection::Fine), "{refusal:?}");
    }
}

#[test]
fn a_browser_that_wrongly_says_it_is_offline_refreshes_and_shows_no_line() {
    let mut tab = Tab::of_hana();
    tab.now.is_online = false;
    let attempt = tab.refreshes();
    tab.refresh_answered(attempt, Ok(fresh()));
    assert_eq!(shown(&mut tab), None);
}

#[test]
fn no_refresh_is_retried_before_the_time_that_the_server_named() {
    let mut tab = Tab::of_hana();
    let attempt = tab.refreshes();
    let retry_after = Some(seconds(45));
    tab.refresh_answered(attempt, Err(Refusal { retry_after, ..Refusal::NOT_OURS }));
    let later = tab.wanted().into_iter().find_map(|effect| match effect {
        Effect::WakeIn(time) => Some(time),
        _ => None,
    });
    assert!(later >= retry_after);
    tab.pass_and_wake(seconds(44));
    assert_eq!(tab.wanted(), []);
    tab.pass_and_wake(later.unwrap() - seconds(44));
    assert!(matches!(tab.wanted()[..], [Effect::AcquireLock(..)]));
}

#[test]
fn coming_back_online_ends_the_wait() {
    let mut tab = Tab::of_hana();
    let attempt = tab.refreshes();
    tab.refresh_answered(attempt, Err(Refusal::NO_ANSWER));
    tab.wanted();
    tab.on(Event::Online);
    assert!(matches!(tab.wanted()[..], [Effect::AcquireLock(..)]));
}

#[test]
fn an_answered_post_hides_the_connection_line() {
    let mut tab = Tab::of_hana();
    let attempt = tab.refreshes();
    tab.refresh_answered(attempt, Err(Refusal::NO_ANSWER));
    tab.wanted();
    tab.submits(FORM, FormKind::Live, SessionEffect::None);
    tab.post_answered(Err(refused(422, Reason::InvalidFields)));
    assert_eq!(shown(&mut tab), Some(Connection::Fine));
}

#[test]
fn a_busy_server_is_not_an_outage() {
    let mut tab = Tab::of_hana();
    tab.submits(FORM, FormKind::Live, SessionEffect::None);
    tab.post_answered(Err(refused(503, Reason::Busy)));
    assert_eq!(shown(&mut tab), None);
}

#[test]
fn a_visitors_page_shows_no_line() {
    let mut tab = Tab::of(Viewer::Nobody);
    tab.now.is_online = false;
    tab.submits(FORM, FormKind::Live, SessionEffect::None);
    tab.post_answered(Err(Refusal::NO_ANSWER));
    assert_eq!(shown(&mut tab), None);
}

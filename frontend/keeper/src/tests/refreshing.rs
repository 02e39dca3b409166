#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::{Page, answer_within, lock_within};

#[test]
fn a_refresh_is_made_under_the_lock_before_the_access_token_expires() {
    let mut tab = Tab::of_hana();
    tab.pass_and_wake(seconds(224));
    assert_eq!(tab.wanted(), []);
    tab.pass_and_wake(seconds(2));
    assert_eq!(tab.wanted(), [Effect::AcquireLock(REFRESH, lock_within(seconds(10)))]);
    tab.on(Event::LockSettled(REFRESH));
    let within = answer_within(seconds(10));
    assert_eq!(tab.wanted(), [Effect::Refresh { attempt: 1, within }]);
}

#[test]
fn a_refresh_is_announced_before_the_lock_is_released() {
    let mut tab = Tab::of_hana();
    let attempt = tab.refreshes();
    tab.refresh_answered(attempt, Ok(fresh()));
    let announcement = Announcement { who: hana(), fresh: Some(fresh()) };
    assert_eq!(tab.wanted(), [Effect::Announce(announcement), Effect::ReleaseLock(REFRESH)]);
    tab.pass_and_wake(seconds(200));
    assert_eq!(tab.wanted(), [], "the count began anew");
}

#[test]
fn a_page_makes_one_refresh_at_a_time() {
    let mut tab = Tab::of_hana();
    tab.pass_and_wake(seconds(226));
    tab.wanted();
    tab.pass_and_wake(seconds(1));
    assert_eq!(tab.wanted(), [], "it waits for the lock");
    tab.on(Event::LockSettled(REFRESH));
    tab.wanted();
    tab.pass_and_wake(seconds(1));
    assert_eq!(tab.wanted(), [], "it waits for the answer");
}

#[test]
fn a_page_that_waited_for_the_lock_does_not_refresh_if_another_tab_has() {
    let mut tab = Tab::of_hana();
    tab.pass_and_wake(seconds(226));
    tab.wanted();
    tab.hears_of(hana(), Some(fresh()));
    tab.on(Event::LockSettled(REFRESH));
    assert_eq!(tab.wanted(), [Effect::ReleaseLock(REFRESH)]);
}

#[test]
fn the_answer_to_an_aborted_refresh_is_ignored() {
    let mut tab = Tab::of_hana();
    let attempt = tab.refreshes();
    tab.submits(FORM, FormKind::Plain, SessionEffect::Ends);
    assert!(tab.wanted().contains(&Effect::AbortRefresh));
    tab.refresh_answered(attempt, Err(refused(401, Reason::Logout)));
    assert_eq!(tab.wanted(), []);
}

#[test]
fn a_refresh_is_retried_until_an_answer_arrives() {
    let mut tab = Tab::of_hana();
    let mut attempt = tab.refreshes();
    for lost in 1..=3 {
        tab.refresh_answered(attempt, Err(Refusal::NO_ANSWER));
        tab.wanted();
        tab.pass_and_wake(seconds(40));
        tab.on(Event::LockSettled(REFRESH));
        attempt = tab.attempt();
        assert_eq!(attempt, lost + 1);
    }
    tab.refresh_answered(attempt, Ok(fresh()));
    assert!(!tab.wanted_to(is_leave));
}

#[test]
fn a_refresh_whose_answer_a_frozen_page_missed_is_retried_at_once() {
    let mut tab = Tab::of_hana();
    let attempt = tab.refreshes();
    tab.now.clocks.wall += seconds(60);
    tab.refresh_answered(attempt, Err(Refusal::NO_ANSWER));
    let wanted = tab.wanted();
    assert!(wanted.iter().any(is_refresh), "{wanted:?}");
    assert!(!wanted.iter().any(|it| matches!(it, Effect::ShowConnection(_))), "{wanted:?}");
}

#[test]
fn a_page_frozen_during_its_refresh_does_not_retry_if_another_tab_has_refreshed() {
    let mut tab = Tab::of_hana();
    let attempt = tab.refreshes();
    tab.now.clocks.wall += seconds(60);
    tab.hears_of(hana(), Some(fresh()));
    tab.refresh_answered(attempt, Err(Refusal::NO_ANSWER));
    assert_eq!(tab.wanted(), [Effect::ReleaseLock(REFRESH)]);
}

#[test]
fn a_page_left_during_its_refresh_sends_another_that_outlives_the_page() {
    let mut tab = Tab::of_hana();
    tab.on(Event::Left);
    assert_eq!(tab.wanted(), []);
    tab.refreshes();
    tab.on(Event::Left);
    assert_eq!(tab.wanted(), [Effect::RefreshBeyondPage]);
}

#[test]
fn a_page_refreshes_after_sleeping_past_the_access_tokens_expiry() {
    let mut tab = Tab::of_hana();
    tab.now.clocks.wall += seconds(1000);
    tab.on(Event::Woke);
    assert_eq!(tab.wanted(), [Effect::AcquireLock(REFRESH, lock_within(seconds(10)))]);
}

#[test]
fn a_hidden_page_does_not_keep_its_session_alive_and_refreshes_when_shown() {
    let mut tab = Tab::of_hana();
    tab.now.page = Page::Hidden;
    tab.pass_and_wake(seconds(1801));
    assert_eq!(tab.wanted(), []);
    tab.now.page = Page::Shown;
    tab.on(Event::Woke);
    assert!(matches!(tab.wanted()[..], [Effect::AcquireLock(..)]));
}

#[test]
fn a_prerendered_page_does_nothing_until_it_is_shown() {
    let mut tab = Tab::asleep(Viewer::Member {
        member: "hana".to_owned(),
        session: "first".to_owned(),
        lifetimes: Lifetimes {
            access_left: Duration::ZERO,
            access_lifetime: seconds(300),
            session_left: seconds(3600),
            idle_left: seconds(1800),
        },
        grace: seconds(10),
    });
    tab.now.is_prerendering = true;
    tab.on(Event::Started);
    assert_eq!(tab.wanted(), [Effect::Tick(seconds(15))]);
    tab.now.is_prerendering = false;
    tab.on(Event::Woke);
    assert!(matches!(tab.wanted()[..], [Effect::Announce(_), Effect::AcquireLock(..)]));
}

#[test]
fn a_page_rendered_signed_out_never_refreshes_by_itself() {
    for viewer in [Viewer::Nobody, Viewer::Unknown] {
        let mut tab = Tab::of(viewer);
        tab.pass_and_wake(seconds(100_000));
        assert_eq!(tab.wanted(), []);
    }
}

#[test]
fn the_time_left_is_updated_as_time_passes_and_after_a_refresh() {
    use crate::TimeLeft::{Hours, Minutes};

    let mut tab = Tab::of_hana();
    tab.now.page = Page::Hidden;
    tab.pass_and_wake(seconds(2 * 3600));
    assert_eq!(tab.wanted(), [Effect::ShowTimeLeft(Hours(10))]);
    let session_left = seconds(6000);
    tab.hears_of(hana(), Some(Fresh { access_left: seconds(300), session_left }));
    assert_eq!(tab.wanted(), [Effect::ShowTimeLeft(Minutes(100))]);
}

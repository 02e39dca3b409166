#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::lock_within;

const HOLD: LockHolder = LockHolder::Form(FORM);

fn press(tab: &mut Tab, effect: SessionEffect) -> Vec<Effect> {
    tab.submits(FORM, FormKind::Plain, effect);
    tab.wanted()
}

#[test]
fn a_plain_form_is_posted_by_the_browser_once() {
    let mut tab = Tab::of_hana();
    assert_eq!(press(&mut tab, SessionEffect::None), []);
    assert_eq!(press(&mut tab, SessionEffect::None), [Effect::PreventDefault]);
    tab.pass(seconds(21));
    assert_eq!(press(&mut tab, SessionEffect::None), [], "the server has given the first one up");
}

#[test]
fn a_second_form_is_posted_while_another_post_is_under_way() {
    let mut tab = Tab::of_hana();
    press(&mut tab, SessionEffect::None);
    tab.submits(OTHER_FORM, FormKind::Plain, SessionEffect::None);
    assert_eq!(tab.wanted(), []);
}

#[test]
fn a_page_of_another_session_reloads_instead_of_posting() {
    let mut tab = Tab::of_hana();
    tab.now.announced = Some(ken());
    let wanted = press(&mut tab, SessionEffect::Ends);
    assert!(wanted.contains(&Effect::PreventDefault), "{wanted:?}");
    assert!(wanted.contains(&leaves_for(Destination::Reload)), "{wanted:?}");
}

#[test]
fn a_log_out_aborts_the_refresh_under_way() {
    let mut tab = Tab::of_hana();
    tab.refreshes();
    let wanted = press(&mut tab, SessionEffect::Ends);
    assert_eq!(wanted, [Effect::AbortRefresh, Effect::ReleaseLock(REFRESH)]);
}

#[test]
fn a_plain_log_in_waits_until_no_tab_is_refreshing_and_is_posted_once() {
    let mut tab = Tab::of_hana();
    let hold = Effect::AcquireLock(HOLD, lock_within(seconds(10)));
    assert_eq!(press(&mut tab, SessionEffect::Begins), [Effect::PreventDefault, hold]);
    assert_eq!(press(&mut tab, SessionEffect::Begins), [Effect::PreventDefault]);
    tab.on(Event::LockSettled(HOLD));
    assert_eq!(tab.wanted(), [Effect::SubmitAgain(FORM)]);
    assert_eq!(press(&mut tab, SessionEffect::Begins), [], "this is the submit of the page itself");
    assert_eq!(press(&mut tab, SessionEffect::Begins), [Effect::PreventDefault]);
}

#[test]
fn a_form_that_waited_for_the_lock_is_not_posted_if_another_member_has_logged_in() {
    let mut tab = Tab::of_hana();
    press(&mut tab, SessionEffect::Begins);
    tab.now.announced = Some(ken());
    tab.on(Event::LockSettled(HOLD));
    assert_eq!(tab.wanted(), [leaves_for(Destination::Reload), Effect::ReleaseLock(HOLD)]);
}

#[test]
fn an_offline_browser_checks_the_server_before_a_plain_post() {
    let mut tab = Tab::of_hana();
    tab.now.is_online = false;
    let asks = [Effect::PreventDefault, Effect::CheckReachability(FORM)];
    assert_eq!(press(&mut tab, SessionEffect::Ends), asks);
    tab.on(Event::ReachabilityChecked { form: FORM, is_reachable: true });
    assert_eq!(tab.wanted(), [Effect::SubmitAgain(FORM)]);
    assert_eq!(press(&mut tab, SessionEffect::Ends), []);
}

#[test]
fn a_plain_form_that_cannot_reach_the_server_stays_on_its_page_and_shows_the_outage() {
    let mut tab = Tab::of_hana();
    tab.now.is_online = false;
    press(&mut tab, SessionEffect::None);
    tab.on(Event::ReachabilityChecked { form: FORM, is_reachable: false });
    let offline = Effect::ShowConnection(crate::Connection::Offline);
    assert!(tab.wanted().contains(&offline));
    let asks = [Effect::PreventDefault, Effect::CheckReachability(FORM)];
    assert_eq!(press(&mut tab, SessionEffect::None), asks);
}

#[test]
fn a_log_in_still_waits_for_the_lock_after_the_server_was_reached() {
    let mut tab = Tab::of_hana();
    tab.now.is_online = false;
    press(&mut tab, SessionEffect::Begins);
    tab.on(Event::ReachabilityChecked { form: FORM, is_reachable: true });
    assert!(matches!(tab.wanted()[..], [Effect::AcquireLock(..)]));
}

#[test]
fn a_visitors_form_is_posted_even_if_the_browser_reports_that_it_is_offline() {
    let mut tab = Tab::of(Viewer::Nobody);
    tab.now.is_online = false;
    assert_eq!(press(&mut tab, SessionEffect::None), []);
}

#[test]
fn choosing_a_language_posts_the_draft_if_there_is_one() {
    let mut tab = Tab::of(Viewer::Nobody);
    tab.submits(FORM, FormKind::Language, SessionEffect::None);
    assert_eq!(tab.wanted(), []);
    tab.now.has_draft = true;
    tab.submits(OTHER_FORM, FormKind::Language, SessionEffect::None);
    let effects = [Effect::PreventDefault, Effect::ShowDraftInLanguage(OTHER_FORM)];
    assert_eq!(tab.wanted(), effects);
}

#[test]
fn a_restored_page_releases_the_lock_that_its_form_held() {
    let mut tab = Tab::of_hana();
    press(&mut tab, SessionEffect::Begins);
    tab.on(Event::LockSettled(HOLD));
    press(&mut tab, SessionEffect::Begins);
    tab.on(Event::Left);
    tab.on(Event::Restored);
    assert!(tab.wanted().contains(&Effect::ReleaseLock(HOLD)));
}

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
fn a_plain_form_is_left_to_the_browser_and_goes_once() {
    let mut tab = Tab::of_hana();
    assert_eq!(press(&mut tab, SessionEffect::None), []);
    assert_eq!(press(&mut tab, SessionEffect::None), [Effect::PreventDefault]);
    tab.pass(seconds(21));
    assert_eq!(press(&mut tab, SessionEffect::None), [], "the server has given the first one up");
}

#[test]
fn another_form_goes_while_one_is_under_way() {
    let mut tab = Tab::of_hana();
    press(&mut tab, SessionEffect::None);
    tab.submits(OTHER_FORM, FormKind::Plain, SessionEffect::None);
    assert_eq!(tab.wanted(), []);
}

#[test]
fn a_page_that_is_about_somebody_else_by_now_reloads_instead_of_posting() {
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
fn a_form_that_begins_a_session_waits_until_no_tab_refreshes_and_then_goes_once() {
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
fn a_form_that_waited_for_the_lock_does_not_go_if_somebody_else_has_logged_in_meanwhile() {
    let mut tab = Tab::of_hana();
    press(&mut tab, SessionEffect::Begins);
    tab.now.announced = Some(ken());
    tab.on(Event::LockSettled(HOLD));
    assert_eq!(tab.wanted(), [leaves_for(Destination::Reload), Effect::ReleaseLock(HOLD)]);
}

#[test]
fn without_a_network_the_server_is_asked_before_a_plain_post() {
    let mut tab = Tab::of_hana();
    tab.now.is_online = false;
    let asks = [Effect::PreventDefault, Effect::CheckReachability(FORM)];
    assert_eq!(press(&mut tab, SessionEffect::Ends), asks);
    tab.on(Event::ReachabilityChecked { form: FORM, is_reachable: true });
    assert_eq!(tab.wanted(), [Effect::SubmitAgain(FORM)]);
    assert_eq!(press(&mut tab, SessionEffect::Ends), []);
}

#[test]
fn a_plain_form_that_cannot_reach_the_server_stays_and_says_so() {
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
fn a_reachable_server_does_not_spare_a_form_the_lock() {
    let mut tab = Tab::of_hana();
    tab.now.is_online = false;
    press(&mut tab, SessionEffect::Begins);
    tab.on(Event::ReachabilityChecked { form: FORM, is_reachable: true });
    assert!(matches!(tab.wanted()[..], [Effect::AcquireLock(..)]));
}

#[test]
fn a_visitors_form_goes_whatever_the_browser_says_of_its_network() {
    let mut tab = Tab::of(Viewer::Nobody);
    tab.now.is_online = false;
    assert_eq!(press(&mut tab, SessionEffect::None), []);
}

#[test]
fn choosing_a_language_takes_the_draft_along_and_is_a_plain_form_without_one() {
    let mut tab = Tab::of(Viewer::Nobody);
    tab.submits(FORM, FormKind::Language, SessionEffect::None);
    assert_eq!(tab.wanted(), []);
    tab.now.has_draft = true;
    tab.submits(OTHER_FORM, FormKind::Language, SessionEffect::None);
    let effects = [Effect::PreventDefault, Effect::ShowDraftInLanguage(OTHER_FORM)];
    assert_eq!(tab.wanted(), effects);
}

#[test]
fn a_page_that_comes_back_releases_the_lock_that_its_form_held() {
    let mut tab = Tab::of_hana();
    press(&mut tab, SessionEffect::Begins);
    tab.on(Event::LockSettled(HOLD));
    press(&mut tab, SessionEffect::Begins);
    tab.on(Event::Left);
    tab.on(Event::Restored);
    assert!(tab.wanted().contains(&Effect::ReleaseLock(HOLD)));
}

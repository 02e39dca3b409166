#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::lock_within;

const EXPIRED: Refusal = refused(401, Reason::AccessExpired);
const HOLD: LockHolder = LockHolder::Form(FORM);

fn posts(tab: &mut Tab) -> usize {
    tab.wanted().iter().filter(|it| matches!(it, Effect::Post(_))).count()
}

/// Hana's page, with a form that has been posted.
fn posting(effect: SessionEffect) -> Tab {
    let mut tab = Tab::of_hana();
    tab.submits(FORM, FormKind::Live, effect);
    tab.wanted();
    tab
}

#[test]
fn a_live_form_is_posted_by_the_page_and_follows_its_answer() {
    let mut tab = Tab::of_hana();
    tab.submits(FORM, FormKind::Live, SessionEffect::None);
    assert_eq!(tab.wanted(), [Effect::PreventDefault, Effect::ShowBusy(FORM), Effect::Post(FORM)]);
    tab.post_answered(Ok(()));
    assert_eq!(
        tab.wanted(),
        [Effect::ReleaseLock(HOLD), Effect::ForgetDraft, Effect::Follow(FORM)]
    );
}

#[test]
fn pressing_twice_posts_once() {
    let mut tab = Tab::of_hana();
    tab.submits(FORM, FormKind::Live, SessionEffect::None);
    tab.submits(FORM, FormKind::Live, SessionEffect::None);
    assert_eq!(posts(&mut tab), 1);
    tab.post_answered(Ok(()));
    tab.submits(FORM, FormKind::Live, SessionEffect::None);
    assert_eq!(posts(&mut tab), 0, "the next page is loading");
    tab.pass(seconds(21));
    tab.submits(FORM, FormKind::Live, SessionEffect::None);
    assert_eq!(posts(&mut tab), 1, "it never came");
}

#[test]
fn a_refused_form_shows_the_reason_and_can_be_posted_again() {
    let mut tab = posting(SessionEffect::None);
    let refusal = refused(422, Reason::InvalidFields);
    tab.post_answered(Err(refusal));
    assert_eq!(tab.wanted(), [Effect::ReleaseLock(HOLD), Effect::ShowRefusal(FORM, refusal)]);
    tab.submits(FORM, FormKind::Live, SessionEffect::None);
    assert_eq!(posts(&mut tab), 1);
}

#[test]
fn a_wrong_password_is_shown_in_the_form_without_leaving_the_page() {
    let mut tab = Tab::of(Viewer::Nobody);
    tab.submits(FORM, FormKind::Live, SessionEffect::None);
    tab.wanted();
    let refusal = refused(401, Reason::BadCredentials);
    tab.post_answered(Err(refusal));
    assert!(tab.wanted().contains(&Effect::ShowRefusal(FORM, refusal)));
}

#[test]
fn a_form_refused_for_its_access_token_is_posted_once_more_after_a_refresh() {
    for reason in [Reason::AccessExpired, Reason::NotLive, Reason::Invalid] {
        let mut tab = posting(SessionEffect::None);
        tab.post_answered(Err(refused(401, reason)));
        assert!(matches!(tab.wanted()[..], [Effect::AcquireLock(LockHolder::Refresh, _)]));
        tab.on(Event::LockSettled(REFRESH));
        let attempt = tab.attempt();
        tab.refresh_answered(attempt, Ok(fresh()));
        assert_eq!(posts(&mut tab), 1, "{reason}");
        tab.post_answered(Ok(()));
        assert!(tab.wanted().contains(&Effect::Follow(FORM)), "{reason}");
    }
}

#[test]
fn a_form_refused_again_after_its_refresh_is_not_posted_a_third_time() {
    let mut tab = posting(SessionEffect::None);
    tab.post_answered(Err(EXPIRED));
    tab.on(Event::LockSettled(REFRESH));
    let attempt = tab.attempt();
    tab.refresh_answered(attempt, Ok(fresh()));
    tab.wanted();
    tab.post_answered(Err(EXPIRED));
    assert!(tab.wanted().contains(&leaves_for(Destination::LogIn)));
}

#[test]
fn a_form_refused_while_another_tab_refreshed_is_posted_again_without_a_refresh() {
    let mut tab = posting(SessionEffect::None);
    tab.pass(seconds(100));
    tab.hears_of(hana(), Some(fresh()));
    tab.post_answered(Err(EXPIRED));
    assert_eq!(tab.wanted(), [Effect::Post(FORM)]);
}

#[test]
fn a_form_waits_for_a_refresh_that_is_under_way() {
    let mut tab = Tab::of_hana();
    let attempt = tab.refreshes();
    tab.submits(FORM, FormKind::Live, SessionEffect::None);
    tab.post_answered(Err(EXPIRED));
    assert!(!tab.wanted_to(is_refresh));
    tab.refresh_answered(attempt, Ok(fresh()));
    assert_eq!(posts(&mut tab), 1);
}

#[test]
fn a_form_whose_refresh_fails_says_so_and_keeps_the_page() {
    let mut tab = posting(SessionEffect::None);
    tab.post_answered(Err(EXPIRED));
    tab.on(Event::LockSettled(REFRESH));
    let attempt = tab.attempt();
    tab.refresh_answered(attempt, Err(Refusal::NOT_OURS));
    assert!(tab.wanted().contains(&Effect::ShowRefusal(FORM, Refusal::NOT_OURS)));
}

#[test]
fn a_form_of_an_ended_session_leads_to_the_log_in_page() {
    let mut tab = posting(SessionEffect::None);
    tab.now.has_draft = true;
    tab.post_answered(Err(refused(401, Reason::Revoked)));
    assert!(tab.wanted_to(is_leave));

    let mut tab = posting(SessionEffect::None);
    tab.post_answered(Err(EXPIRED));
    tab.on(Event::LockSettled(REFRESH));
    let attempt = tab.attempt();
    tab.refresh_answered(attempt, Err(refused(401, Reason::Revoked)));
    assert!(tab.wanted().contains(&leaves_for(Destination::LogIn)));
}

#[test]
fn a_log_in_waits_until_no_tab_is_refreshing() {
    let mut tab = Tab::of(Viewer::Nobody);
    tab.submits(FORM, FormKind::Live, SessionEffect::Begins);
    let hold = Effect::AcquireLock(HOLD, lock_within(seconds(10)));
    assert_eq!(tab.wanted(), [Effect::PreventDefault, Effect::ShowBusy(FORM), hold]);
    tab.on(Event::LockSettled(HOLD));
    assert_eq!(tab.wanted(), [Effect::Post(FORM)]);
    tab.post_answered(Ok(()));
    assert!(tab.wanted().contains(&Effect::ReleaseLock(HOLD)));
}

#[test]
fn a_log_in_or_log_out_aborts_a_refresh_and_none_begins_for_ten_seconds() {
    for effect in [SessionEffect::Begins, SessionEffect::Ends] {
        let mut tab = Tab::of_hana();
        tab.refreshes();
        tab.submits(FORM, FormKind::Live, effect);
        assert!(tab.wanted().contains(&Effect::AbortRefresh), "{effect:?}");
        tab.pass_and_wake(seconds(9));
        assert_eq!(tab.wanted(), [], "{effect:?}");
        tab.pass_and_wake(seconds(2));
        assert!(matches!(tab.wanted()[..], [Effect::AcquireLock(LockHolder::Refresh, _)]));
    }
}

#[test]
fn a_form_that_holds_the_lock_does_not_wait_for_itself() {
    let mut tab = Tab::of_hana();
    tab.submits(FORM, FormKind::Live, SessionEffect::Begins);
    tab.on(Event::LockSettled(HOLD));
    tab.wanted();
    tab.post_answered(Err(EXPIRED));
    let attempt = tab.attempt();
    tab.refresh_answered(attempt, Ok(fresh()));
    assert_eq!(posts(&mut tab), 1);
}

#[test]
fn a_lock_granted_to_a_form_that_no_longer_waits_is_released() {
    let mut tab = Tab::of_hana();
    tab.on(Event::LockSettled(HOLD));
    tab.on(Event::LockSettled(REFRESH));
    assert_eq!(tab.wanted(), [Effect::ReleaseLock(HOLD), Effect::ReleaseLock(REFRESH)]);
}

#[test]
fn a_form_on_a_page_without_a_member_is_retried_after_a_refresh() {
    let mut tab = Tab::of(Viewer::Unknown);
    tab.submits(FORM, FormKind::Live, SessionEffect::None);
    tab.post_answered(Err(EXPIRED));
    tab.on(Event::LockSettled(REFRESH));
    let attempt = tab.attempt();
    tab.refresh_answered(attempt, Ok(fresh()));
    assert_eq!(posts(&mut tab), 1);
}

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

#[test]
fn a_refused_refresh_leads_to_the_log_in_page() {
    for reason in
        [Reason::Idle, Reason::Absolute, Reason::Revoked, Reason::NoToken, Reason::Invalid]
    {
        let mut tab = Tab::of_hana();
        let attempt = tab.refreshes();
        tab.refresh_answered(attempt, Err(refused(401, reason)));
        assert!(tab.wanted().contains(&leaves_for(Destination::LogIn)), "{reason}");
    }
}

#[test]
fn a_members_draft_is_kept_when_the_page_is_left() {
    let mut tab = Tab::of_hana();
    let attempt = tab.refreshes();
    tab.now.has_draft = true;
    tab.refresh_answered(attempt, Err(refused(401, Reason::Idle)));
    let keep_draft_for = Some("hana".to_owned());
    assert!(tab.wanted().contains(&Effect::Leave { to: Destination::LogIn, keep_draft_for }));
}

#[test]
fn a_visitors_draft_is_not_kept() {
    let mut tab = Tab::of(Viewer::Nobody);
    tab.now.has_draft = true;
    tab.hears_of(hana(), None);
    assert_eq!(tab.wanted(), [leaves_for(Destination::Reload)]);
}

#[test]
fn a_refresh_or_post_of_a_page_of_another_session_reloads_it() {
    let other = refused(409, Reason::OtherSession);
    let mut tab = Tab::of_hana();
    let attempt = tab.refreshes();
    tab.refresh_answered(attempt, Err(other));
    assert!(tab.wanted().contains(&leaves_for(Destination::Reload)));

    let mut tab = Tab::of_hana();
    tab.submits(FORM, FormKind::Live, SessionEffect::None);
    tab.post_answered(Err(other));
    assert!(tab.wanted().contains(&leaves_for(Destination::Reload)));
}

#[test]
fn a_page_that_is_left_does_nothing_more() {
    let mut tab = Tab::of_hana();
    tab.hears_of(Who::Nobody, None);
    tab.wanted();
    tab.pass_and_wake(seconds(10_000));
    tab.hears_of(ken(), None);
    tab.on(Event::LockSettled(REFRESH));
    tab.submits(FORM, FormKind::Plain, SessionEffect::None);
    tab.submits(OTHER_FORM, FormKind::Live, SessionEffect::None);
    let wanted = tab.wanted();
    let harmless = |it: &Effect| {
        matches!(it, Effect::ReleaseLock(_) | Effect::PreventDefault | Effect::ShowTimeLeft(_))
    };
    assert!(wanted.iter().all(harmless), "{wanted:?}");
}

#[test]
fn a_page_from_the_back_forward_cache_resumes() {
    let mut tab = Tab::of_hana();
    tab.submits(FORM, FormKind::Plain, SessionEffect::None);
    tab.on(Event::Left);
    tab.wanted();
    tab.now.announced = Some(hana());
    tab.pass(seconds(226));
    tab.on(Event::Restored);
    let wanted = tab.wanted();
    assert!(wanted.contains(&Effect::ShowIdle), "{wanted:?}");
    assert!(matches!(wanted.last(), Some(Effect::AcquireLock(..))), "{wanted:?}");
    tab.submits(FORM, FormKind::Plain, SessionEffect::None);
    assert_eq!(tab.wanted(), [], "the form can be posted again");
}

#[test]
fn a_page_from_the_back_forward_cache_reloads_if_somebody_else_was_announced() {
    for announced in [Who::Nobody, ken()] {
        let mut tab = Tab::of_hana();
        tab.on(Event::Left);
        tab.now.announced = Some(announced);
        tab.on(Event::Restored);
        assert!(tab.wanted().contains(&leaves_for(Destination::Reload)));
    }
}

#[test]
fn a_restored_page_can_be_left_again() {
    let mut tab = Tab::of_hana();
    tab.hears_of(Who::Nobody, None);
    tab.wanted();
    tab.now.announced = Some(Who::Nobody);
    tab.on(Event::Restored);
    assert!(tab.wanted().contains(&leaves_for(Destination::Reload)));
}

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::Connection;

fn is_line(effect: &Effect) -> bool {
    *effect == Effect::ShowConnection(Connection::Outdated)
}

#[test]
fn a_page_of_another_version_reloads_once_its_refresh_is_finished() {
    let mut tab = Tab::of_hana();
    let attempt = tab.refreshes();
    tab.on(Event::VersionChanged);
    assert!(!tab.wanted_to(is_leave), "the response would be lost");
    tab.refresh_answered(attempt, Ok(fresh()));
    let wanted = tab.wanted();
    assert_eq!(wanted.last(), Some(&leaves_for(Destination::Reload)));
    assert!(wanted.contains(&Effect::ReleaseLock(REFRESH)) && !wanted.iter().any(is_line));
    tab.pass_and_wake(seconds(60));
    assert_eq!(tab.wanted(), [], "it leaves once");
}

#[test]
fn a_page_with_input_says_that_the_site_has_changed_and_stays_until_the_input_is_gone() {
    let mut tab = Tab::of_hana();
    tab.now.has_draft = true;
    let attempt = tab.refreshes();
    tab.on(Event::VersionChanged);
    tab.refresh_answered(attempt, Ok(fresh()));
    let wanted = tab.wanted();
    assert!(wanted.iter().any(is_line) && !wanted.iter().any(is_leave), "{wanted:?}");
    tab.pass_and_wake(seconds(30));
    assert_eq!(tab.wanted(), []);
    tab.now.has_draft = false;
    tab.on(Event::Woke);
    assert!(tab.wanted_to(is_leave));
}

#[test]
fn a_form_that_another_version_carries_out_leads_to_its_page_and_a_refused_one_stays() {
    for viewer in [true, false] {
        let mut tab = if viewer { Tab::of_hana() } else { Tab::of(Viewer::Nobody) };
        tab.now.has_draft = true;
        tab.submits(FORM, FormKind::Live, SessionEffect::None);
        tab.on(Event::VersionChanged);
        tab.post_answered(Err(refused(422, Reason::InvalidFields)));
        let wanted = tab.wanted();
        assert!(wanted.iter().any(is_line) && !wanted.iter().any(is_leave), "{wanted:?}");

        tab.submits(FORM, FormKind::Live, SessionEffect::None);
        tab.now.has_draft = false;
        tab.post_answered(Ok(()));
        let wanted = tab.wanted();
        assert!(wanted.contains(&Effect::Follow(FORM)) && !wanted.iter().any(is_leave));
    }
}

#[test]
fn an_outage_is_shown_before_another_version() {
    let mut tab = Tab::of_hana();
    tab.now.has_draft = true;
    tab.on(Event::VersionChanged);
    assert!(tab.wanted_to(is_line));
    let attempt = tab.refreshes();
    tab.refresh_answered(attempt, Err(Refusal::NO_ANSWER));
    assert!(tab.wanted_to(|it| *it == Effect::ShowConnection(Connection::Away)));
}

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

fn announcements(tab: &mut Tab) -> Vec<Who> {
    let wanted = tab.wanted().into_iter();
    wanted
        .filter_map(|effect| match effect {
            Effect::Announce(announcement) => Some(announcement.who),
            _ => None,
        })
        .collect()
}

fn member() -> Viewer {
    Viewer::Member {
        member: "hana".to_owned(),
        session: "first".to_owned(),
        lifetimes: Lifetimes {
            access_left: seconds(300),
            access_lifetime: seconds(300),
            session_left: seconds(3600),
            idle_left: seconds(1800),
        },
        grace: seconds(10),
    }
}

fn prerendered(viewer: Viewer) -> Tab {
    let mut tab = Tab::asleep(viewer);
    tab.now.is_prerendering = true;
    tab.on(Event::Started);
    tab.wanted();
    tab
}

#[test]
fn each_page_announces_its_viewer_once() {
    for (viewer, who) in [(member(), hana()), (Viewer::Nobody, Who::Nobody)] {
        let mut tab = Tab::asleep(viewer);
        tab.now.announced = Some(ken());
        tab.on(Event::Started);
        let announced = announcements(&mut tab);
        assert_eq!(announced, std::slice::from_ref(&who), "it follows nobody from before it");
        tab.now.announced = Some(who);
        tab.on(Event::Woke);
        assert_eq!(tab.wanted(), []);
    }
}

#[test]
fn a_page_follows_another_tabs_log_in_log_out_or_change_of_member() {
    for announced in [Who::Nobody, ken()] {
        let mut tab = Tab::of_hana();
        tab.hears_of(announced, None);
        assert_eq!(tab.wanted(), [leaves_for(Destination::Reload)]);
    }
    let mut tab = Tab::of(Viewer::Nobody);
    tab.hears_of(hana(), Some(fresh()));
    assert_eq!(tab.wanted(), [leaves_for(Destination::Reload)]);
}

#[test]
fn a_page_follows_another_session_of_the_same_member() {
    let mut tab = Tab::of_hana();
    tab.hears_of(Who::Member { member: "hana".to_owned(), session: "second".to_owned() }, None);
    assert_eq!(tab.wanted(), [leaves_for(Destination::Reload)]);
}

#[test]
fn a_page_that_missed_an_announcement_follows_the_stored_one_when_it_wakes() {
    let mut tab = Tab::of_hana();
    tab.now.announced = Some(Who::Nobody);
    tab.on(Event::Woke);
    assert_eq!(tab.wanted(), [leaves_for(Destination::Reload)]);
}

#[test]
fn a_prerendered_page_that_is_shown_after_a_change_of_session_reloads_and_announces_nothing() {
    let changes = [(member(), Who::Nobody), (member(), ken()), (Viewer::Nobody, ken())];
    for (viewer, announced) in changes {
        let mut tab = prerendered(viewer);
        tab.now.announced = Some(announced.clone());
        tab.hears_of(announced, None);
        assert_eq!(tab.wanted(), [], "it is not shown yet");
        tab.now.is_prerendering = false;
        tab.on(Event::Woke);
        assert_eq!(tab.wanted(), [leaves_for(Destination::Reload)]);
    }
}

#[test]
fn a_prerendered_page_that_is_shown_in_the_same_session_announces_it() {
    let mut tab = prerendered(member());
    tab.now.announced = Some(hana());
    tab.hears_of(hana(), Some(fresh()));
    tab.now.is_prerendering = false;
    tab.on(Event::Woke);
    assert_eq!(announcements(&mut tab), [hana()]);
}

#[test]
fn a_page_of_an_unknown_viewer_announces_nothing_and_follows_nothing() {
    let mut tab = Tab::asleep(Viewer::Unknown);
    tab.on(Event::Started);
    assert_eq!(announcements(&mut tab), []);
    tab.now.announced = Some(ken());
    tab.on(Event::Woke);
    tab.hears_of(Who::Nobody, None);
    assert_eq!(tab.wanted(), []);
}

#[test]
fn another_tabs_refresh_is_taken_over() {
    let mut tab = Tab::of_hana();
    tab.pass(seconds(200));
    tab.hears_of(hana(), Some(fresh()));
    tab.pass_and_wake(seconds(200));
    assert_eq!(tab.wanted(), []);
}

#[test]
fn an_older_announcement_of_the_same_session_changes_nothing() {
    let mut tab = Tab::of_hana();
    let old = Fresh { access_left: seconds(10), session_left: seconds(3600) };
    tab.hears_of(hana(), Some(old));
    tab.pass_and_wake(seconds(200));
    assert_eq!(tab.wanted(), []);
}

#[test]
fn a_page_aborts_its_refresh_before_it_follows_another_tab() {
    let mut tab = Tab::of_hana();
    tab.refreshes();
    tab.hears_of(ken(), None);
    let wanted = tab.wanted();
    let at = |effect: Effect| wanted.iter().position(|it| *it == effect);
    assert!(at(Effect::AbortRefresh) < at(leaves_for(Destination::Reload)), "{wanted:?}");
    assert!(at(Effect::AbortRefresh).is_some(), "{wanted:?}");
}

//! The visitor session: created only to store something, and useless to plant.

use proptest::{
    prelude::{Just, ProptestConfig, any, prop_oneof},
    test_runner::TestRunner,
};
use tokio::runtime::Runtime;
use tower_sessions::cookie::{SameSite, time::Duration};

use crate::helpers::{
    Ask, FUNCTIONS, KEY, TestApp, VISITOR, assert_attributes, kept_records::KeptRecords,
    some_address,
};

#[tokio::test]
async fn a_thousand_page_views_by_bots_leave_no_record_and_no_cookie() {
    let (app, kept) = KeptRecords::of_a_store_of_its_own().await;
    let before = kept.count().await;
    let paths =
        ["/", "/login", "/signup", "/signup/confirm", "/profile", "/nowhere", "/auth/session"];
    for path in paths.iter().cycle().take(1000) {
        let answer = app.browser().send(Ask::page(path).without_fetch_metadata()).await;
        answer.assert_leaves_cookies();
    }
    assert_eq!(kept.count().await, before);

    // Checks that created records are visible here.
    app.browser().submit("/api/login", &[]).await;
    assert_eq!(kept.count().await, before + 1);
}

#[tokio::test]
async fn the_cookie_of_an_unknown_visitor_session_is_removed() {
    let app = TestApp::start().await;
    for id in ["AAAAAAAAAAAAAAAAAAAAAA", "not an id"] {
        let mut browser = app.browser();
        browser.set_cookie(VISITOR, id);
        let page = browser.navigate("/").await;
        page.assert_page(200);
        assert_eq!(page.cookie_names(), [VISITOR]);
        let removal = page.cookie(VISITOR);
        assert_attributes(removal, SameSite::Lax);
        assert_eq!((removal.value(), removal.max_age()), ("", Some(Duration::ZERO)));
        assert_eq!(browser.cookie(VISITOR), None);
    }
}

#[tokio::test]
async fn a_planted_visitor_session_id_is_never_used() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.set_cookie(VISITOR, "AAAAAAAAAAAAAAAAAAAAAA");
    browser.submit("/api/login", &[("email", "hana@example.com")]).await;
    let own = browser.cookie(VISITOR).unwrap();
    assert_ne!(own, "AAAAAAAAAAAAAAAAAAAAAA");
}

#[tokio::test]
async fn a_visitor_session_grants_nothing() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    browser.sign_up(&some_address()).await;
    let mut thief = app.browser();
    thief.set_cookie(VISITOR, browser.cookie(VISITOR).unwrap());
    thief.navigate("/profile").await.assert_goes_to("/login?next=%2Fprofile");
    thief.get("/auth/session").await.assert_problem(401, "no_token");
    thief.navigate("/").await.assert_lacks(&email);
}

#[tokio::test]
async fn a_strangers_visitor_record_is_encrypted_and_lives_for_minutes() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let answer = browser.submit("/api/login", &[("email", "hana at home")]).await;
    let records = KeptRecords::of(&app).await;
    let id = browser.cookie(VISITOR).unwrap();
    let (kept, seconds) = (records.get(id).await.unwrap(), records.seconds_left(id).await);
    assert!(!kept.windows(4).any(|bytes| bytes == b"hana"));
    assert!((1..=600).contains(&seconds), "{seconds}");
    assert_eq!(answer.cookie(VISITOR).max_age(), Some(Duration::minutes(10)));
}

#[tokio::test]
async fn a_visitor_record_of_another_key_ring_counts_as_missing_and_is_logged() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.submit("/api/login", &[("email", "hana at home")]).await;
    let (one, other) = (KEY, "k2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=");
    let (rotated, replaced) = (format!("{other},{one}"), other.to_owned());
    for (keys, is_read) in [(rotated, true), (replaced, false)] {
        let mut there = app.browser_of_an_instance_with(&[("SECRET_KEYS", &keys)]).await;
        there.take_cookies_of(&browser);
        let page = there.navigate("/login").await;
        page.assert_page(200);
        assert_eq!(page.body.contains("hana at home"), is_read, "{keys}");
        assert_eq!(there.cookie(VISITOR).is_some(), is_read, "{keys}");
    }
}

#[tokio::test]
async fn a_visitor_record_under_another_id_or_cut_short_counts_as_missing() {
    let app = TestApp::start().await;
    let records = KeptRecords::of(&app).await;
    let mut browser = app.browser();
    browser.submit("/api/login", &[("email", "hana at home")]).await;
    let id = browser.cookie(VISITOR).unwrap().to_owned();
    let kept = records.get(&id).await.unwrap();
    let swapped = "AAAAAAAAAAAAAAAAAAAAAQ";
    records.put(swapped, &kept).await;
    let mut other = app.browser();
    other.set_cookie(VISITOR, swapped);
    other.navigate("/login").await.assert_lacks("hana at home");
    records.delete(swapped).await;

    records.put(&id, &kept[..kept.len() - 1]).await;
    let page = browser.navigate("/login").await;
    page.assert_page(200);
    page.assert_lacks("hana at home");
}

#[test]
fn a_visitor_record_has_at_most_4_kib_whatever_is_posted() {
    let runtime = Runtime::new().unwrap();
    let (app, records, member) = runtime.block_on(async {
        let app = TestApp::start().await;
        let (_, member) = app.member().await;
        let records = KeptRecords::of(&app).await;
        (app, records, member)
    });
    let name = prop_oneof![
        Just("bio".to_owned()),
        Just("display_name".to_owned()),
        Just("email".to_owned()),
        Just("next".to_owned()),
        Just("locale".to_owned()),
        "\\PC{0,20}",
    ];
    let value = prop_oneof!["\\PC{0,40}", "[\"\\\\a花]{0,3000}"];
    let function = proptest::sample::select(
        FUNCTIONS
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| !name.starts_with("logout"))
            .collect::<Vec<_>>(),
    );
    let post = (function, proptest::collection::vec((name, value), 0..12), any::<bool>());
    let posts = proptest::collection::vec(post, 1..4);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(48));
    runner
        .run(&posts, |posts| {
            runtime.block_on(async {
                let (mut stranger, mut member) = (app.browser(), member.clone());
                for (function, fields, is_members) in &posts {
                    let fields: Vec<_> = fields
                        .iter()
                        .map(|(name, value)| (name.as_str(), value.as_str()))
                        .collect();
                    let browser = if *is_members { &mut member } else { &mut stranger };
                    let path = format!("/api/{function}");
                    assert!(browser.submit(&path, &fields).await.status < 500);
                    let Some(id) = browser.cookie(VISITOR) else { continue };
                    let bytes = records.get(id).await.map_or(0, |record| record.len());
                    assert!(bytes <= 4096, "{bytes}");
                }
            });
            Ok(())
        })
        .unwrap();
}

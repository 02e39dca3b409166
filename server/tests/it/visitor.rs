//! The visitor session: there only once something is stored, and worth nothing to who plants one.

use fred::interfaces::{KeysInterface, LuaInterface};
use tower_sessions::cookie::{SameSite, time::Duration};
use url::Url;

use crate::{
    helpers::{Ask, TestApp, VISITOR, assert_attributes, raw_redis, some_address},
    stores::redis_url,
};

/// A database of the store that no other test looks into.
fn own_database() -> String {
    let mut url = Url::parse(&redis_url()).unwrap();
    url.set_path("/15");
    url.into()
}

#[tokio::test]
async fn a_thousand_page_views_by_bots_leave_no_key_and_no_cookie() {
    let url = own_database();
    let redis = raw_redis(&url).await;
    let keys = async || -> Vec<String> {
        let mut keys: Vec<String> = redis
            .eval("return redis.call('keys', '*')", Vec::<String>::new(), Vec::<String>::new())
            .await
            .unwrap();
        keys.sort();
        keys
    };
    let app = TestApp::start_with(&[("REDIS_URL", &url)]).await;
    let before = keys().await;
    let paths =
        ["/", "/login", "/signup", "/signup/confirm", "/profile", "/nowhere", "/auth/session"];
    for path in paths.iter().cycle().take(1000) {
        let answer = app.browser().send(Ask::page(path).without_fetch_metadata()).await;
        answer.assert_leaves_cookies();
    }
    assert_eq!(keys().await, before);

    // Were keys made, they would be seen here.
    app.browser().submit("/api/login", &[]).await;
    assert_eq!(keys().await.len(), before.len() + 1);
}

#[tokio::test]
async fn an_id_that_the_store_does_not_know_is_taken_away_as_browsers_ask_for() {
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
async fn a_planted_id_is_never_taken_up() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.set_cookie(VISITOR, "AAAAAAAAAAAAAAAAAAAAAA");
    browser.submit("/api/login", &[("email", "hana@example.com")]).await;
    let own = browser.cookie(VISITOR).unwrap();
    assert_ne!(own, "AAAAAAAAAAAAAAAAAAAAAA");
}

#[tokio::test]
async fn what_was_said_once_is_gone() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let answer = browser.submit("/api/login", &[("email", "hana at home")]).await;
    assert!(browser.cookie(VISITOR).is_some());
    browser.follow(&answer).await.assert_holds("hana at home");
    browser.navigate("/login").await.assert_lacks("hana at home");
    browser.navigate("/login").await.assert_leaves_cookies();
}

#[tokio::test]
async fn it_grants_nothing() {
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
async fn what_anybody_can_have_kept_of_a_form_is_little() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let much = "a".repeat(30_000);
    let form = [("locale", "xx"), ("anything", much.as_str()), ("email", much.as_str())];
    browser.submit("/api/choose_locale", &form).await.assert_goes_to("/");
    let id = browser.cookie(VISITOR).unwrap().to_owned();
    let kept: Vec<u8> = raw_redis(&redis_url()).await.get(id).await.unwrap();
    assert!(!kept.is_empty() && kept.len() < 10_000, "{} bytes", kept.len());
}

#[tokio::test]
async fn a_members_refused_form_is_not_shown_to_the_next_member_of_the_same_browser() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let (other, _) = app.member().await;
    let long = format!("private words {}", "a".repeat(500));
    let form = [("display_name", "Hana"), ("bio", long.as_str()), ("locale", "en")];
    browser.submit("/api/update_profile", &form).await.assert_goes_to("/profile");
    browser.navigate("/profile").await.assert_holds("private words");

    browser.submit("/api/update_profile", &form).await.assert_goes_to("/profile");
    browser.log_in(&other).await;
    browser.navigate("/profile").await.assert_lacks("private words");
}

#[tokio::test]
async fn a_refused_form_does_not_come_back_after_one_that_was_carried_out() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    for (display_name, bio) in [("", "words before"), ("Hana", "words after")] {
        let form = [("display_name", display_name), ("bio", bio), ("locale", "en")];
        browser.submit("/api/update_profile", &form).await.assert_goes_to("/profile");
    }
    for _ in 0..2 {
        let page = browser.navigate("/profile").await;
        page.assert_holds("words after");
        page.assert_lacks("words before");
    }
}

#[tokio::test]
async fn a_log_out_forgets_what_was_left_for_the_next_page() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let form = [("display_name", ""), ("bio", "private words"), ("locale", "en")];
    browser.submit("/api/update_profile", &form).await.assert_goes_to("/profile");
    browser.submit("/api/logout", &[]).await.assert_goes_to("/");
    let page = browser.navigate("/").await;
    page.assert_lacks("private words");
}

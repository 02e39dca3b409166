//! The visitor session: there only once something is stored, and worth nothing to who plants one.

use fred::interfaces::LuaInterface;
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

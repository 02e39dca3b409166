//! The site while a store is unavailable: nobody counts as logged out, no cookie changes, and clients are told when to
//! retry.

use crate::{
    helpers::{
        ACCESS, Answer, Ask, Browser, PASSWORD, REFRESH, TestApp, VISITOR, site, some_address,
        words,
    },
    stores::{
        database::{drop_database, fresh_database},
        given_redis_url,
        outages::Door,
    },
};

/// A browser of a site that started with its stores and has lost them.
pub(crate) async fn browser_without_stores() -> Browser {
    let db = fresh_database().await;
    let browser = if given_redis_url().is_some() {
        let mut door = Door::shut().await;
        door.open().await;
        let site = site(&db.url, &[("REDIS_URL", &door.url())]).await;
        door.close().await;
        Browser::new(site)
    } else {
        Browser::new(site(&db.url, &[]).await)
    };
    drop_database(&db.url).await;
    browser
}

/// A member's browser of a site whose Redis is behind an open door.
async fn behind_a_door() -> (TestApp, Door, String, Browser) {
    let mut door = Door::shut().await;
    door.open().await;
    let app = TestApp::start_with(&[("REDIS_URL", &door.url())]).await;
    let (email, browser) = app.member().await;
    (app, door, email, browser)
}

async fn assert_nobody_is_logged_out(mut browser: Browser) -> Answer {
    let before = browser.clone();
    let answers = [
        browser.get("/auth/session").await,
        browser.refresh().await,
        browser.post("/api/get_profile", &[]).await,
        browser
            .post("/api/update_profile", &[("display_name", "Ken"), ("bio", ""), ("locale", "en")])
            .await,
    ];
    for answer in answers {
        answer.assert_problem(503, "unavailable");
        answer.assert_leaves_cookies();
    }
    let page = browser.navigate("/profile").await;
    page.assert_page(503);
    page.assert_leaves_cookies();
    page.assert_holds(&words("problems.store_unavailable"));
    page.assert_lacks(&words("nav.log_in"));
    for name in [ACCESS, REFRESH] {
        assert_eq!(browser.cookie(name), before.cookie(name));
    }
    page
}

#[tokio::test]
async fn a_redis_outage_logs_nobody_out() {
    let (app, mut door, _, mut browser) = behind_a_door().await;
    app.pass_grace().await;
    door.close().await;
    let page = assert_nobody_is_logged_out(browser.clone()).await;
    page.assert_holds(&format!("<code>{}", page.header("x-request-id").unwrap()));
    // An inline refresh does not happen by halves, either.
    let mut expired = browser.clone();
    expired.forget_cookie(ACCESS);
    let page = expired.navigate("/profile").await;
    page.assert_page(503);
    page.assert_leaves_cookies();
    page.assert_lacks(&words("nav.log_in"));
    assert_eq!(app.count("select generation from sessions").await, 1);

    door.open().await;
    app.ready_again().await;
    assert!(browser.session_id().await.is_some());
    assert_eq!(browser.refresh().await.status, 200);
}

#[tokio::test]
async fn a_database_outage_logs_nobody_out() {
    let app = TestApp::start().await;
    let (_, browser) = app.member().await;
    drop_database(&app.db.url).await;
    assert_nobody_is_logged_out(browser).await;
}

#[tokio::test]
async fn public_pages_are_shown_without_stores() {
    let mut browser = browser_without_stores().await;
    for path in ["/", "/forgot", "/login", "/reset", "/signup", "/signup/confirm"] {
        let page = browser.navigate(path).await;
        page.assert_page(200);
        page.assert_leaves_cookies();
    }
    browser.navigate("/profile").await.assert_goes_to("/login?next=%2Fprofile");
    // The cookie of a temporarily unreadable visitor session is kept.
    browser.set_cookie(VISITOR, "AAAAAAAAAAAAAAAAAAAAAA");
    let page = browser.navigate("/").await;
    page.assert_page(200);
    page.assert_leaves_cookies();
    // The pending sign-up is unknown.
    let page = browser.navigate("/signup/confirm").await;
    page.assert_page(503);
    page.assert_leaves_cookies();
}

#[tokio::test]
async fn without_stores_forms_are_refused_as_a_page_or_as_problem_details() {
    let mut browser = browser_without_stores().await;
    let email = some_address();
    let log_in = [("email", email.as_str()), ("password", PASSWORD)];
    let sign_up = [("email", email.as_str()), ("display_name", "Hana"), ("password", PASSWORD)];
    for (path, form) in [("/api/login", &log_in[..]), ("/api/signup", &sign_up[..])] {
        let answer = browser.post(path, form).await;
        answer.assert_problem(503, "unavailable");
        answer.assert_leaves_cookies();
        // The input cannot be kept for another page, so the response shows it.
        let page = browser.submit(path, form).await;
        page.assert_page(503);
        page.assert_holds(&words("problems.store_unavailable"));
        page.assert_lacks(PASSWORD);
        page.assert_leaves_cookies();
    }
    // Invalid fields are found without a store.
    browser.post("/api/login", &[]).await.assert_problem(422, "invalid_fields");
    let page = browser.submit("/api/login", &[]).await;
    page.assert_page(422);
}

#[tokio::test]
async fn a_log_out_without_redis_still_ends_the_session() {
    let (app, mut door, email, browser) = behind_a_door().await;
    let other = app.logged_in(&email).await;
    door.close().await;
    for (mut browser, ask) in
        [(browser, Ask::form("/api/logout", &[])), (other, Ask::call("/api/logout", &[]))]
    {
        let answer = browser.send(ask).await;
        assert!([200, 303].contains(&answer.status), "{} {}", answer.status, answer.body);
        answer.assert_signs_out();
        assert_eq!((browser.cookie(ACCESS), browser.cookie(REFRESH)), (None, None));
    }
    assert_eq!(app.count("select count(*) from sessions where end_reason = 'logout'").await, 2);
}

#[tokio::test]
async fn a_log_out_without_the_database_says_that_the_session_may_still_exist() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    drop_database(&app.db.url).await;
    let answer = browser.post("/api/logout", &[]).await;
    answer.assert_problem(503, "unavailable");
    answer.assert_leaves_cookies();
}

#[tokio::test]
async fn a_form_without_the_database_is_kept_in_redis_with_its_input() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    drop_database(&app.db.url).await;
    let form = [("email", "ken@example.com"), ("display_name", "Ken"), ("password", PASSWORD)];
    browser.post("/api/logout", &[]).await;
    for name in [ACCESS, REFRESH] {
        browser.forget_cookie(name);
    }
    let answer = browser.submit("/api/signup", &form).await;
    answer.assert_goes_to("/signup");
    let page = browser.follow(&answer).await;
    page.assert_holds(&words("problems.store_unavailable"));
    assert!(page.element(r#"id="email""#).contains("ken@example.com"));
    page.assert_lacks(PASSWORD);
}

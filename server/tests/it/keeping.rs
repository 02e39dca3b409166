//! The server's side of the token keeper: the seconds in a page's attributes, the reason for an ended session after a
//! refused refresh has removed the cookies, and forms that are kept instead of carried out.

use contract::attributes;

use crate::helpers::{
    ACCESS, Answer, Ask, Browser, PASSWORD, REFRESH, TestApp, some_address, words,
};

pub(crate) const KEPT: &[(&str, &str)] = &[
    ("display_name", "Ken"),
    ("bio", "typed at length"),
    ("current_password", "a secret of mine"),
];

/// The number in an attribute of the page's `<html>`.
fn number(page: &Answer, attribute: &str) -> u64 {
    let html = page.element("<html ");
    let (_, rest) = html.split_once(&format!("{attribute}=\"")).unwrap();
    rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

pub(crate) async fn member_id(browser: &mut Browser) -> String {
    let session = browser.get("/auth/session").await.json();
    session["member"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_page_has_the_remaining_seconds_without_a_database_query() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let page = browser.navigate("/signup/confirm").await;
    page.assert_page(200);
    assert!((290..=300).contains(&number(&page, attributes::ACCESS_LEFT)));
    assert_eq!(number(&page, attributes::ACCESS_LIFETIME), 300);
    assert!((43_100..=43_200).contains(&number(&page, attributes::SESSION_LEFT)));
    assert!((1700..=1800).contains(&number(&page, attributes::IDLE_LEFT)));
    assert_eq!(number(&page, attributes::GRACE), 10);

    let form = [("email", email.as_str()), ("password", PASSWORD), ("remember", "on")];
    let mut remembered = app.browser();
    assert_eq!(remembered.post("/api/login", &form).await.status, 200);
    for table in ["sessions", "members"] {
        app.sql(&format!("alter table {table} rename to {table}_out_of_reach")).await;
    }
    let page = remembered.navigate("/signup/confirm").await;
    page.assert_page(200);
    assert!(number(&page, attributes::SESSION_LEFT) > 7_700_000);
}

#[tokio::test]
async fn a_page_is_marked_as_signed_out_only_if_that_is_certain() {
    let app = TestApp::start().await;
    let (_, browser) = app.member().await;
    let nobody = format!("{}=\"{}\"", attributes::VIEWER, attributes::SIGNED_OUT);
    app.browser().navigate("/").await.assert_holds(&nobody);

    let key = "k2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
    let mut deployed_later = app.browser_of_an_instance_with(&[("SECRET_KEYS", key)]).await;
    for name in [ACCESS, REFRESH] {
        deployed_later.set_cookie(name, browser.cookie(name).unwrap());
    }
    let page = deployed_later.navigate("/").await;
    page.assert_page(200);
    page.assert_lacks(&nobody);
}

#[tokio::test]
async fn after_a_refused_refresh_the_log_in_page_says_in_every_tab_why_the_session_is_over() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    app.end_sessions("revoked").await;
    let refused = browser.refresh().await;
    refused.assert_problem(401, "revoked");
    refused.assert_signs_out();

    browser.navigate("/").await.assert_lacks(&words("ends.revoked"));
    for path in ["/login?next=%2Fprofile", "/login"] {
        // Not on a prefetched page.
        let ahead = browser.send(Ask::page(path).with("sec-purpose", "prefetch")).await;
        ahead.assert_lacks(&words("ends.revoked"));
        let page = browser.navigate(path).await;
        page.assert_holds(&words("ends.revoked"));
        // Reading does not rewrite the record.
        page.assert_leaves_cookies();
    }
}

#[tokio::test]
async fn after_a_page_has_removed_the_cookies_other_tabs_say_why_the_session_is_over() {
    let app = TestApp::start().await;
    for first in ["/", "/login"] {
        let (_, mut browser) = app.member().await;
        app.end_sessions("revoked").await;
        let page = browser.navigate(first).await;
        page.assert_holds(&words("ends.revoked"));
        page.assert_signs_out();
        browser.navigate("/login").await.assert_holds(&words("ends.revoked"));
    }
}

#[tokio::test]
async fn the_reason_for_an_ended_session_has_the_focus_unless_the_log_in_form_has_a_problem() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    app.end_sessions("revoked").await;
    let end = format!("tabindex=\"-1\" autofocus class=\"notice\">{}", words("ends.revoked"));
    let page = browser.navigate("/login").await;
    page.assert_holds(&end);
    assert_eq!(page.body.matches(" autofocus").count(), 1);

    for (address, password) in [("hana at home", PASSWORD), (&email, "a tree by the gat")] {
        let form = [("email", address), ("password", password)];
        let answer = browser.submit("/api/login", &form).await;
        let page = browser.follow(&answer).await;
        page.assert_lacks(&words("ends.revoked"));
        assert_eq!(page.body.matches(" autofocus").count(), 1);
    }
}

#[tokio::test]
async fn a_log_in_clears_the_reason_of_the_previous_sessions_end() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    app.end_sessions("revoked").await;
    browser.refresh().await.assert_problem(401, "revoked");
    browser.log_in(&email).await.assert_signs_in(None);
    for name in [ACCESS, REFRESH] {
        browser.forget_cookie(name);
    }
    browser.navigate("/login").await.assert_lacks(&words("ends.revoked"));
}

#[tokio::test]
async fn a_kept_form_survives_a_failed_log_in_without_its_secrets_and_is_not_carried_out() {
    let app = TestApp::start().await;
    for with_scripts in [false, true] {
        let (email, mut browser) = app.member().await;
        let id = member_id(&mut browser).await;
        app.end_sessions("idle").await;
        browser.refresh().await.assert_problem(401, "idle");
        let path = format!("/api/update_profile?keep={id}");
        browser.submit(&path, KEPT).await.assert_goes_to("/login?next=%2Fprofile");
        browser.navigate("/login?next=%2Fprofile").await.assert_holds(&words("ends.idle"));

        let next = ("next", "/profile");
        let mistyped = [("email", email.as_str()), ("password", "a tree by the gat"), next];
        if with_scripts {
            let answer = browser.post("/api/login", &mistyped).await;
            answer.assert_problem(401, "bad_credentials");
        } else {
            let answer = browser.submit("/api/login", &mistyped).await;
            answer.assert_goes_to("/login?next=%2Fprofile");
            browser.follow(&answer).await.assert_holds(&words("problems.bad_credentials"));
        }
        let right = [("email", email.as_str()), ("password", PASSWORD), next];
        let answer = browser.submit("/api/login", &right).await;
        answer.assert_goes_to("/profile");
        let page = browser.follow(&answer).await;
        page.assert_holds("typed at length");
        page.assert_lacks("a secret of mine");
        browser.navigate("/profile").await.assert_holds("typed at length");
        assert_eq!(
            app.count("select count(*) from members where bio = 'typed at length'").await,
            0
        );
        // Once carried out, it is no longer kept.
        let carried_out = [("display_name", "Ken"), ("bio", "since then"), ("locale", "en")];
        browser.submit("/api/update_profile", &carried_out).await.assert_goes_to("/profile");
        browser.navigate("/profile").await.assert_lacks("typed at length");
    }
}

#[tokio::test]
async fn a_kept_form_is_forgotten_once_its_function_has_been_carried_out() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let path = format!("/api/update_profile?keep={}", member_id(&mut browser).await);
    browser.submit(&path, KEPT).await;
    let newer = [("display_name", "Ken"), ("bio", "written since"), ("locale", "en")];
    assert_eq!(browser.post("/api/update_profile", &newer).await.status, 200);

    let page = browser.navigate("/profile").await;
    page.assert_holds("written since");
    page.assert_lacks("typed at length");
}

#[tokio::test]
async fn a_form_of_an_ended_session_survives_a_failed_log_in() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    app.end_sessions("idle").await;
    let form = [("display_name", "Ken"), ("bio", "typed at length"), ("locale", "en")];
    let answer = browser.submit("/api/update_profile", &form).await;
    answer.assert_goes_to("/login?next=%2Fprofile");
    browser.follow(&answer).await.assert_holds(&words("ends.idle"));

    let mistyped = [("email", email.as_str()), ("password", "a tree by the gat")];
    browser.submit("/api/login", &mistyped).await.assert_goes_to("/login");
    browser.log_in(&email).await.assert_signs_in(None);
    let page = browser.navigate("/profile").await;
    page.assert_holds("typed at length");
    page.assert_focuses(&words("problems.unsent"));
}

#[tokio::test]
async fn a_form_kept_for_one_member_is_neither_shown_to_nor_carried_out_for_another() {
    let app = TestApp::start().await;
    let (_, mut before) = app.member().await;
    let id = member_id(&mut before).await;
    let mut browser = app.sign_up_and_confirm(&some_address()).await;
    let path = format!("/api/update_profile?keep={id}");
    let answer = browser.submit(&path, KEPT).await;
    answer.assert_goes_to("/login?next=%2Fprofile");
    let answer = browser.follow(&answer).await;
    answer.assert_goes_to("/profile");
    browser.follow(&answer).await.assert_lacks("typed at length");
    assert_eq!(app.count("select count(*) from members where bio <> ''").await, 0);
}

#[tokio::test]
async fn a_cross_site_post_is_not_kept() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let path = format!("/api/update_profile?keep={}", member_id(&mut browser).await);
    let answer = browser.send(Ask::form(&path, KEPT).with("sec-fetch-site", "cross-site")).await;
    answer.assert_page(403);
    answer.assert_leaves_cookies();
}

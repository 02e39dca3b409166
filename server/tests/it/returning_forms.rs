//! Refused forms that come back to their page with their input.

use axum::http::Method;

use crate::helpers::{ACCESS, Ask, PASSWORD, REFRESH, TestApp, VISITOR, japanese_words, words};

#[tokio::test]
async fn a_refused_form_survives_head_a_reload_and_a_change_of_language() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let answer = browser.submit("/api/login", &[("email", "hana at home")]).await;
    assert!(browser.cookie(VISITOR).is_some());
    browser.send(Ask::page("/login").by(Method::HEAD)).await;
    browser.follow(&answer).await.assert_holds("hana at home");
    let again = browser.navigate("/login").await;
    again.assert_holds("hana at home");
    // Reading does not rewrite the record.
    again.assert_leaves_cookies();

    let japanese = [("locale", "ja"), ("next", "/login")];
    let answer = browser.submit("/api/choose_locale", &japanese).await;
    let page = browser.follow(&answer).await;
    page.assert_holds("hana at home");
    page.assert_holds(&japanese_words("fields.email.invalid"));
}

#[tokio::test]
async fn a_form_that_has_since_succeeded_does_not_come_back() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    for with_scripts in [false, true] {
        let mut browser = app.browser();
        browser.submit("/api/login", &[("email", "hana at home")]).await;
        let form = [("email", email.as_str()), ("password", PASSWORD)];
        if with_scripts {
            browser.post("/api/login", &form).await.assert_signs_in(None);
        } else {
            browser.submit("/api/login", &form).await.assert_signs_in(None);
        }
        for name in [ACCESS, REFRESH] {
            browser.forget_cookie(name);
        }
        browser.navigate("/login").await.assert_lacks("hana at home");
    }
}

#[tokio::test]
async fn a_notice_is_shown_once_and_not_used_up_by_head_or_a_prefetch() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let form = [("display_name", "Hana"), ("bio", ""), ("locale", "en")];
    let answer = browser.submit("/api/update_profile", &form).await;
    let saved = words("notices.saved");
    browser.send(Ask::page("/profile").by(Method::HEAD)).await;
    browser.send(Ask::page("/profile").with("sec-purpose", "prefetch")).await.assert_lacks(&saved);
    browser.follow(&answer).await.assert_holds(&saved);
    browser.navigate("/profile").await.assert_lacks(&saved);
}

#[tokio::test]
async fn a_form_too_long_to_be_kept_comes_back_in_the_response() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let long = format!("begins {} & <ends>", "a".repeat(30_000));
    let form = [("bio", long.as_str()), ("display_name", "After it"), ("locale", "en")];
    let page = browser.submit("/api/update_profile", &form).await;
    page.assert_page(422);
    page.assert_holds(&format!("begins {} &amp; &lt;ends>", "a".repeat(30_000)));
    page.assert_field_problem("bio", &words("fields.bio.too_long").replace("{{ max }}", "500"));
    assert!(page.element(r#"id="display_name""#).contains(r#"value="After it""#));
    // Its scripts would reload another page at this address.
    page.assert_lacks("<script type=\"module\"");
    assert_eq!(page.cookie_names(), [] as [&str; 0]);

    let next = format!("/profile?{}", "a".repeat(1500));
    let form = [("email", "hana at home"), ("display_name", long.as_str()), ("next", &next)];
    let mut stranger = app.browser();
    let page = stranger.submit("/api/signup", &form).await;
    page.assert_page(422);
    page.assert_field_problem(
        "display_name",
        &words("fields.display_name.too_long").replace("{{ max }}", "50"),
    );
    page.assert_holds("hana at home");
    assert_eq!(stranger.cookie(VISITOR), None);
}

#[tokio::test]
async fn a_form_too_long_to_be_kept_for_a_log_in_is_shown_for_copying() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    app.end_sessions("idle").await;
    let long = "words ".repeat(5000);
    let form = [("bio", long.as_str()), ("display_name", "After it"), ("locale", "en")];
    let page = browser.submit("/api/update_profile", &form).await;
    page.assert_page(401);
    page.assert_holds(&words("problems.unkept"));
    page.assert_holds(&long);
    page.assert_holds("After it");
    page.assert_holds("/login?next=%2Fprofile");
}

#[tokio::test]
async fn over_the_record_limit_of_an_address_a_refused_form_comes_back_in_the_response() {
    let app = TestApp::start_with(&[("RATE_LIMITS", "on")]).await;
    let form = [("email", "hana at home")];
    let mut redirected = 0;
    loop {
        let mut browser = app.browser();
        let answer = browser.submit("/api/login", &form).await;
        if answer.status != 303 {
            answer.assert_page(422);
            answer.assert_holds("hana at home");
            answer.assert_field_problem("email", &words("fields.email.invalid"));
            answer.assert_leaves_cookies();
            break;
        }
        redirected += 1;
        assert!(redirected <= 40, "there is no limit");
    }
    assert!(redirected >= 30, "{redirected}");
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
async fn a_log_out_forgets_a_refused_form() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let form = [("display_name", ""), ("bio", "private words"), ("locale", "en")];
    browser.submit("/api/update_profile", &form).await.assert_goes_to("/profile");
    browser.submit("/api/logout", &[]).await.assert_goes_to("/");
    let page = browser.navigate("/").await;
    page.assert_lacks("private words");
}

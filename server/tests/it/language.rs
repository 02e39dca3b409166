//! The language of pages, and `POST /api/choose_locale`.

use tower_sessions::cookie::{SameSite, time::Duration};

use crate::helpers::{
    Ask, LOCALE, PASSWORD, TestApp, assert_attributes, japanese_words, some_address, words,
};

#[tokio::test]
async fn a_stranger_gets_the_browsers_preferred_language() {
    let app = TestApp::start().await;
    for (accept, tag) in
        [("ja-JP,ja;q=0.9,en;q=0.8", "ja"), ("en-GB,en;q=0.9,ja;q=0.8", "en"), ("", "en")]
    {
        let page = app.browser().send(Ask::page("/login").with("accept-language", accept)).await;
        page.assert_language(tag);
        let heading =
            if tag == "ja" { japanese_words("login.heading") } else { words("login.heading") };
        page.assert_holds(&heading);
    }
    let page = app.browser().send(Ask::page("/nowhere").with("accept-language", "ja")).await;
    page.assert_page(404);
    page.assert_language("ja");
    page.assert_holds(&japanese_words("problems.not_found"));
}

#[tokio::test]
async fn a_chosen_language_is_kept_for_a_year_and_overrides_the_browsers_preference() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let answer = browser
        .submit("/api/choose_locale", &[("locale", "ja"), ("next", "/login?next=%2Fprofile")])
        .await;
    // `next` may be any page of this site, the log-in page as well.
    answer.assert_goes_to("/login?next=%2Fprofile");
    assert_eq!(answer.cookie_names(), [LOCALE]);
    let cookie = answer.cookie(LOCALE);
    assert_attributes(cookie, SameSite::Lax);
    assert_eq!((cookie.value(), cookie.max_age()), ("ja", Some(Duration::days(365))));
    let page = browser.send(Ask::page("/").with("accept-language", "en")).await;
    page.assert_language("ja");

    let answer = browser.post("/api/choose_locale", &[("locale", "en"), ("next", "/signup")]).await;
    assert_eq!((answer.status, answer.json()["to"].as_str()), (200, Some("/signup")));
    let page = browser.send(Ask::page("/").with("accept-language", "ja")).await;
    page.assert_language("en");
}

#[tokio::test]
async fn choosing_a_language_leads_back_but_never_off_the_site() {
    let app = TestApp::start().await;
    for (next, to) in [("/profile?a=b", "/profile?a=b"), ("//evil.example", "/")] {
        let form = [("locale", "ja"), ("next", next)];
        app.browser().submit("/api/choose_locale", &form).await.assert_goes_to(to);
    }
    app.browser().submit("/api/choose_locale", &[("locale", "ja")]).await.assert_goes_to("/");
}

#[tokio::test]
async fn an_unknown_language_cannot_be_chosen() {
    let app = TestApp::start().await;
    for (locale, problem) in [("fr", "invalid"), ("JA", "invalid"), ("", "required")] {
        let answer = app.browser().post("/api/choose_locale", &[("locale", locale)]).await;
        answer.assert_invalid(&[("locale", problem)]);
        answer.assert_leaves_cookies();
    }
    let mut browser = app.browser();
    browser.set_cookie(LOCALE, "fr\"><script>");
    browser.navigate("/").await.assert_language("en");
}

#[tokio::test]
async fn a_members_chosen_language_applies_in_every_browser() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let form = [("display_name", "Hana"), ("bio", ""), ("locale", "ja")];
    let answer = browser.submit("/api/update_profile", &form).await;
    answer.assert_goes_to("/profile");
    let page = browser.follow(&answer).await;
    page.assert_language("ja");
    page.assert_holds(&japanese_words("notices.saved"));

    let mut elsewhere = app.logged_in(&email).await;
    let page = elsewhere.send(Ask::page("/profile").with("accept-language", "en")).await;
    page.assert_language("ja");
}

#[tokio::test]
async fn mails_and_the_new_member_have_the_language_of_the_sign_up() {
    let app = TestApp::start().await;
    let (email, mut browser) = (some_address(), app.browser());
    let form = [("email", email.as_str()), ("display_name", "花"), ("password", PASSWORD)];
    browser.send(Ask::form("/api/signup", &form).with("accept-language", "ja")).await;
    let mail = app.mails_to(&email).await.pop().unwrap();
    assert!(mail.text.contains(&japanese_words("mails.confirm.intro")), "{}", mail.text);
    let code = app.mailed_code(&email).await;
    let form = [("email", email.as_str()), ("code", code.as_str())];
    browser.submit("/api/confirm_email", &form).await.assert_signs_in(None);
    assert_eq!(app.count("select count(*) from members where locale = 'ja'").await, 1);
    browser.navigate("/profile").await.assert_language("ja");
}

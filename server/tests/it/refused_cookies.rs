//! Messages for browsers that refuse cookies.

use crate::helpers::{Ask, ORIGIN, PASSWORD, TestApp, some_address, words};

#[tokio::test]
async fn a_browser_that_refuses_cookies_is_told_so_after_a_log_in() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let said = words("ends.cookies_refused");
    let refused =
        |path: &str, from: &str| Ask::page(path).with("referer", &format!("{ORIGIN}{from}"));
    for (next, shown) in [("/", "/"), ("/profile", "/login?next=%2Fprofile")] {
        let from = "/login?next=%2Fprofile";
        let form = [("email", email.as_str()), ("password", PASSWORD), ("next", next)];
        let mut browser = app.browser();
        browser.submit("/api/login", &form).await.assert_goes_to(next);

        // A browser that kept no cookies follows, including the redirect of a members' page.
        let mut page = app.browser().send(refused(next, from)).await;
        if page.status == 303 {
            page.assert_goes_to(shown);
            page = app.browser().send(refused(shown, from)).await;
        }
        page.assert_page(200);
        page.assert_holds(&said);
        // A browser that kept them is signed in.
        browser.send(refused(next, from)).await.assert_lacks(&said);
    }
    // A refused log-in, whose page would otherwise be empty.
    app.browser().send(refused("/login", "/login")).await.assert_holds(&said);
    for ask in [
        Ask::page("/"),
        Ask::page("/login"),
        refused("/", "/signup"),
        refused("/signup", "/login"),
        refused("/forgot", "/login"),
        Ask::page("/").with("referer", "https://elsewhere.example/login"),
    ] {
        app.browser().send(ask).await.assert_lacks(&said);
    }
    let page = app.browser().navigate("/login").await;
    assert_eq!(page.body.matches(r#"referrerpolicy="no-referrer""#).count(), 3);
}

#[tokio::test]
async fn a_browser_that_refuses_cookies_is_told_to_open_the_mails_link_after_a_sign_up() {
    let app = TestApp::start().await;
    app.browser().sign_up(&some_address()).await;
    let referer = format!("{ORIGIN}/signup");
    let page = app.browser().send(Ask::page("/signup/confirm").with("referer", &referer)).await;
    page.assert_holds(&words("confirm.not_kept_heading"));
    page.assert_lacks(&words("confirm.expired_heading"));
    let page = app.browser().navigate("/signup/confirm").await;
    page.assert_holds(&words("confirm.expired_heading"));
}

//! A link on another site, followed with an expired access token.

use domain::{
    account::member::MemberId,
    session::{
        SessionId,
        access_token::{AccessGrant, AccessTokens},
        keys::KeyRing,
    },
};
use time::OffsetDateTime;

use crate::helpers::{
    ACCESS, Answer, Ask, Browser, KEY, LOCALE, ORIGIN, REFRESH, TestApp, japanese_words,
};

/// A link to a page, followed on another site: browsers send no `Strict` cookie with it.
fn link_elsewhere(path: &str) -> Ask {
    Ask::page(path).with("sec-fetch-site", "cross-site")
}

/// An access token of the site at `origin`, issued two hours ago.
fn expired_token(origin: &str) -> String {
    let now = OffsetDateTime::now_utc();
    let lifetime = std::time::Duration::from_secs(300);
    let tokens = AccessTokens::new(&KeyRing::parse(KEY).unwrap(), origin, lifetime);
    let grant = AccessGrant {
        member_id: MemberId::random(),
        session_id: SessionId::random(),
        generation: 1,
        absolute_end: now + time::Duration::hours(1),
    };
    tokens.issue(grant, now - time::Duration::hours(2)).expose().to_owned()
}

fn with_access(app: &TestApp, token: &str) -> Browser {
    let mut browser = app.browser();
    browser.set_cookie(ACCESS, token);
    browser
}

#[tokio::test]
async fn a_link_on_another_site_followed_with_an_expired_access_token_is_bounced() {
    let app = TestApp::start().await;
    let mut browser = with_access(&app, &expired_token(ORIGIN));
    for path in ["/profile?tab=%3Cb%3E", "/"] {
        let answer = browser.send(link_elsewhere(path)).await;
        assert_eq!(answer.status, 200);
        answer.assert_holds("<meta http-equiv=\"refresh\" content=\"0\">");
        answer.assert_holds("<a href=\"\">Continue</a>");
        answer.assert_lacks("profile");
        answer.assert_lacks("<script");
        answer.assert_leaves_cookies();
        assert_eq!(answer.header("cache-control"), Some("no-store, no-transform"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("sandbox"),
            "{policy}"
        );
    }
}

#[tokio::test]
async fn the_bounce_page_is_in_the_visitors_language() {
    let app = TestApp::start().await;
    let mut browser = with_access(&app, &expired_token(ORIGIN));
    let in_japanese = |answer: Answer| {
        answer.assert_language("ja");
        answer.assert_holds(&format!("<a href=\"\">{}</a>", japanese_words("bounce.go_on")));
    };
    in_japanese(browser.send(link_elsewhere("/").with("accept-language", "ja")).await);
    browser.send(link_elsewhere("/")).await.assert_language("en");
    browser.set_cookie(LOCALE, "ja");
    in_japanese(browser.send(link_elsewhere("/").with("accept-language", "en")).await);
}

#[tokio::test]
async fn a_link_on_another_site_into_a_lost_live_session_is_bounced() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let refresh = browser.cookie(REFRESH).unwrap().to_owned();
    browser.forget_cookie(REFRESH);
    browser.send(link_elsewhere("/profile")).await.assert_page(200);

    app.lose_live_sessions().await;
    browser.send(link_elsewhere("/profile")).await.assert_holds("Continue");
    browser.set_cookie(REFRESH, &refresh);
    browser.navigate("/profile").await.assert_page(200);
}

#[tokio::test]
async fn no_other_request_is_bounced() {
    let app = TestApp::start().await;
    let (expired, forged) = (expired_token(ORIGIN), expired_token("https://other.example"));
    for (token, ask) in [
        // Not cross-site, not a document, not a navigation, or speculative.
        (&expired, Ask::page("/profile")),
        (&expired, link_elsewhere("/profile").with("sec-fetch-dest", "iframe")),
        (&expired, link_elsewhere("/profile").with("sec-fetch-mode", "cors")),
        (&expired, link_elsewhere("/profile").with("sec-purpose", "prefetch")),
        // A token that is not ours.
        (&forged, link_elsewhere("/profile")),
    ] {
        let answer = with_access(&app, token).send(ask).await;
        assert_ne!(answer.status, 200);
        answer.assert_lacks("Continue");
    }
    let answer = app.browser().send(link_elsewhere("/profile")).await;
    answer.assert_goes_to("/login?next=%2Fprofile");
}

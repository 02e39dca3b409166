//! A link on another site, followed with an access token that has expired.

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

fn access_token(hours_ago: i64) -> String {
    let now = OffsetDateTime::now_utc();
    let tokens = AccessTokens::new(
        &KeyRing::parse(KEY).unwrap(),
        ORIGIN,
        std::time::Duration::from_secs(300),
    );
    let grant = AccessGrant {
        member_id: MemberId::random(),
        session_id: SessionId::random(),
        generation: 1,
        absolute_end: now + time::Duration::hours(1),
    };
    tokens.issue(grant, now - time::Duration::hours(hours_ago)).expose().to_owned()
}

fn with_access(app: &TestApp, token: &str) -> Browser {
    let mut browser = app.browser();
    browser.set_cookie(ACCESS, token);
    browser
}

#[tokio::test]
async fn a_link_elsewhere_with_an_expired_access_token_is_answered_by_a_page_that_loads_itself_anew()
 {
    let app = TestApp::start().await;
    let mut browser = with_access(&app, &access_token(2));
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
async fn the_page_that_loads_itself_anew_speaks_the_visitors_language() {
    let app = TestApp::start().await;
    let mut browser = with_access(&app, &access_token(2));
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
async fn the_request_that_follows_the_bounce_arrives_signed_in() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let refresh = browser.cookie(REFRESH).unwrap().to_owned();
    browser.set_cookie(ACCESS, &access_token(2));
    browser.forget_cookie(REFRESH);
    browser.send(link_elsewhere("/profile")).await.assert_holds("Continue");

    browser.set_cookie(REFRESH, &refresh);
    browser.navigate("/profile").await.assert_page(200);
}

#[tokio::test]
async fn a_link_elsewhere_to_a_session_that_the_front_desk_has_forgotten_is_bounced_too() {
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
async fn nobody_else_is_bounced() {
    let app = TestApp::start().await;
    let expired = access_token(2);
    let foreign = AccessTokens::new(
        &KeyRing::parse(KEY).unwrap(),
        "https://other.example",
        std::time::Duration::from_secs(300),
    );
    let grant = AccessGrant {
        member_id: MemberId::random(),
        session_id: SessionId::random(),
        generation: 1,
        absolute_end: OffsetDateTime::now_utc(),
    };
    let forged = foreign
        .issue(grant, OffsetDateTime::now_utc() - time::Duration::hours(2))
        .expose()
        .to_owned();
    for (token, ask) in [
        // Not from another site, not a document, not a navigation, or only guessed at.
        (&expired, Ask::page("/profile")),
        (&expired, link_elsewhere("/profile").with("sec-fetch-dest", "iframe")),
        (&expired, link_elsewhere("/profile").with("sec-fetch-mode", "cors")),
        (&expired, link_elsewhere("/profile").with("sec-purpose", "prefetch")),
        // One that is not ours.
        (&forged, link_elsewhere("/profile")),
    ] {
        let answer = with_access(&app, token).send(ask).await;
        assert_ne!(answer.status, 200);
        answer.assert_lacks("Continue");
    }
    let answer = app.browser().send(link_elsewhere("/profile")).await;
    answer.assert_goes_to("/login?next=%2Fprofile");
}

//! Forged tokens identify nobody, consume nothing and ask no store: the tests use a site without its stores, which
//! otherwise would have to respond with 503. The domain's `access_token` and `refresh_token` test every kind of
//! forgery.

mod forger;

use serde_json::json;

use self::forger::Forger;
use crate::{
    helpers::{ACCESS, Ask, Browser, REFRESH, TestApp},
    store_down::browser_without_stores,
};

/// A cookie that nearly fills the head, in bytes. A larger head is refused before its cookies are read.
const MUCH: usize = 12 * 1024;

async fn assert_nobodys(browser: &mut Browser, forged: &str) {
    browser.set_cookie(ACCESS, forged);
    let answer = browser.get("/auth/session").await;
    assert_eq!(answer.status, 401, "{forged}");
    answer.assert_problem(401, "invalid");
    answer.assert_leaves_cookies();
    browser.post("/api/get_profile", &[]).await.assert_problem(401, "invalid");
    browser.navigate("/profile").await.assert_goes_to("/login?next=%2Fprofile");
    let page = browser.navigate("/").await;
    page.assert_page(200);
    page.assert_leaves_cookies();
}

/// A member's browser, and a browser of the same site without its stores.
async fn member_and_browser_without_stores() -> (Browser, Browser) {
    let app = TestApp::start().await;
    let (_, member) = app.member().await;
    (member, browser_without_stores().await)
}

#[tokio::test]
async fn a_forged_access_token_identifies_nobody_and_asks_no_store() {
    let (member, mut browser) = member_and_browser_without_stores().await;
    let access = member.cookie(ACCESS).unwrap();
    let forger = Forger::of(access);
    // Checks the forger, whose mistakes would make this test pass vacuously.
    browser.set_cookie(ACCESS, &forger.signed(&forger.header()));
    browser.get("/auth/session").await.assert_problem(503, "unavailable");

    let mut forged = forger.signed_with_the_public_key();
    forged.extend(forger.signed_with_another_key());
    for alg in ["none", "nOnE", "", "HS256", "EdDSA"] {
        let header = json!({ "typ": "at+jwt", "alg": alg, "kid": "k1" });
        forged.extend(forger.unsigned(&header));
    }
    // Our own signature with a foreign header.
    for (name, value) in [("typ", json!("JWT")), ("kid", json!("k2")), ("kid", json!("../k1"))] {
        let mut header = forger.header();
        header[name] = value;
        forged.push(forger.signed(&header));
    }
    forged.extend(["x", "..", "a.b.c", "%00%ff"].map(str::to_owned));
    forged.extend([format!("Bearer {access}"), format!("{access}="), "A".repeat(MUCH)]);
    for forged in forged {
        assert_nobodys(&mut browser, &forged).await;
    }
}

#[tokio::test]
async fn a_forged_refresh_token_asks_no_store_and_is_removed() {
    let (member, mut alone) = member_and_browser_without_stores().await;
    let own = member.cookie(REFRESH).unwrap();
    for forged in [
        "x".to_owned(),
        "v1.k1.a.1.b.c".to_owned(),
        "A".repeat(MUCH),
        format!("{own}="),
        own.replacen(".1.", ".2.", 1),
        own.to_uppercase(),
    ] {
        alone.set_cookie(REFRESH, &forged);
        let answer = alone.refresh().await;
        assert_eq!(answer.status, 401, "{forged}");
        answer.assert_problem(401, "invalid");
        answer.assert_signs_out();
    }
    // A page is shown without it, and removes it as well.
    alone.set_cookie(REFRESH, "x");
    let page = alone.navigate("/").await;
    page.assert_page(200);
    page.assert_signs_out();
}

#[tokio::test]
async fn a_duplicated_token_cookie_identifies_nobody_and_consumes_nothing() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let (_, stranger) = app.member().await;
    app.pass_grace().await;
    let twice = |name: &str, first: &Browser, second: &Browser| {
        let token = |browser: &Browser| browser.cookie(name).unwrap().to_owned();
        format!("{name}={}; {name}={}", token(first), token(second))
    };
    for (one, other) in [(&browser, &stranger), (&stranger, &browser), (&browser, &browser)] {
        let ask = Ask::data("/auth/session").with("cookie", &twice(ACCESS, one, other));
        app.browser().send(ask).await.assert_problem(401, "invalid");

        let both = twice(REFRESH, one, other);
        let ask = Ask::call("/auth/refresh", &[]).with("cookie", &both);
        let answer = app.browser().send(ask).await;
        answer.assert_problem(401, "invalid");
        answer.assert_signs_out();
        // A duplicated cookie logs nobody out, either.
        app.browser().send(Ask::call("/api/logout", &[]).with("cookie", &both)).await;
    }
    let untouched = "select count(*) from sessions where generation = 1 and ended_at is null";
    assert_eq!(app.count(untouched).await, 2);
    assert_eq!(browser.refresh().await.status, 200);
}

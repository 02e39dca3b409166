//! Forged access tokens.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    MUCH,
    forger::{Forger, message, with_one_bit_changed},
};
use crate::{
    helpers::{ACCESS, Browser, TestApp},
    store_down::browser_without_stores,
};

/// A member's access token, and a browser of the same site without its stores.
async fn token_and_browser_without_stores() -> (String, Browser) {
    let app = TestApp::start().await;
    let (_, browser) = app.member().await;
    (browser.cookie(ACCESS).unwrap().to_owned(), browser_without_stores().await)
}

async fn assert_nobodys(browser: &mut Browser, forged: &str) {
    browser.set_cookie(ACCESS, forged);
    let answer = browser.get("/auth/session").await;
    assert_eq!(answer.status, 401, "{forged}");
    answer.assert_problem(401, "invalid");
    answer.assert_leaves_cookies();
}

/// Not only where a session is asked for.
async fn assert_nobodys_anywhere(browser: &mut Browser, forged: &str) {
    assert_nobodys(browser, forged).await;
    browser.post("/api/get_profile", &[]).await.assert_problem(401, "invalid");
    browser.navigate("/profile").await.assert_goes_to("/login?next=%2Fprofile");
    let page = browser.navigate("/").await;
    page.assert_page(200);
    page.assert_leaves_cookies();
}

#[tokio::test]
async fn a_token_that_is_not_signed_by_us_is_nobodys() {
    let (access, mut browser) = token_and_browser_without_stores().await;
    let forger = Forger::of(&access);
    let mut forged = forger.signed_with_the_public_key();
    forged.extend(forger.signed_with_an_own_key());
    for name in ["none", "None", "NONE", "nOnE", "none ", "", "HS256", "HS512", "RS256", "ES256"] {
        let header = json!({ "typ": "at+jwt", "alg": name, "kid": "k1" });
        forged.push(forger.unsigned(&header));
        let message = message(&header.to_string(), &forger.claims().to_string());
        forged.extend([message.clone(), format!("{message}."), format!("{message}.AA")]);
    }
    forged.push(forger.unsigned(&json!({ "typ": "at+jwt", "kid": "k1" })));
    forged.push(forger.unsigned(&forger.header()));
    for forged in forged {
        assert_nobodys_anywhere(&mut browser, &forged).await;
    }
}

#[tokio::test]
async fn a_key_that_we_do_not_have_is_looked_for_nowhere() {
    let (access, mut browser) = token_and_browser_without_stores().await;
    let forger = Forger::of(&access);
    for kid in [
        json!("k2"),
        json!("K1"),
        json!(""),
        json!("../../../../dev/null"),
        json!("/proc/self/environ"),
        json!("k1' or '1'='1"),
        json!("k1\u{0}"),
        json!("k1|/bin/true"),
        json!("{{7*7}}"),
        json!("花"),
        json!("k".repeat(1000)),
        json!(1),
        json!(["k1"]),
        json!({ "k1": "k1" }),
        Value::Null,
    ] {
        let mut header = forger.header();
        header["kid"] = kid;
        // Even if our own key has signed it.
        let forged = forger.signed(&header, &forger.claims());
        assert_nobodys(&mut browser, &forged).await;
    }
}

#[tokio::test]
async fn a_token_that_says_otherwise_than_ours_is_nobodys_even_if_we_had_signed_it() {
    let (access, mut browser) = token_and_browser_without_stores().await;
    let forger = Forger::of(&access);
    // The forger's own mistake would make this test one that cannot fail.
    browser.set_cookie(ACCESS, &forger.signed(&forger.header(), &forger.claims()));
    browser.get("/auth/session").await.assert_problem(503, "unavailable");

    let mut forged = Vec::new();
    for typ in [json!("JWT"), json!("jwt"), json!("AT+JWT"), json!(""), json!(1), Value::Null] {
        let mut header = forger.header();
        header["typ"] = typ;
        forged.push(forger.signed(&header, &forger.claims()));
    }
    for (name, value) in [
        ("jku", json!("https://evil.example")),
        ("x5u", json!("https://evil.example")),
        ("x5c", json!([])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("cty", json!("JWT")),
    ] {
        let mut header = forger.header();
        header[name] = value;
        forged.push(forger.signed(&header, &forger.claims()));
    }
    let names = ["iss", "aud", "sub", "sid", "gen", "jti", "iat", "nbf", "exp"];
    for name in names {
        let good = &forger.claims()[name];
        let mut claims = vec![forger.without(name)];
        let wrong = [Value::Null, json!(""), json!(true), json!([good]), json!({}), json!(-1.5)];
        claims.extend(wrong.map(|value| forger.with(name, value)));
        if let Some(number) = good.as_i64() {
            claims.push(forger.with(name, number.to_string()));
            claims.push(forger.with(name, number as f64));
            claims.push(forger.with(name, number as f64 + 0.5));
        } else {
            claims.push(forger.with(name, format!(" {}", good.as_str().unwrap())));
            claims.push(forger.with(name, "https://evil.example"));
        }
        forged.extend(claims.iter().map(|claims| forger.signed(&forger.header(), claims)));
        // The same name twice.
        let text = forger.claims().to_string();
        let inside = text.trim_matches(['{', '}']);
        for twice in
            [format!("{{{inside},\"{name}\":{good}}}"), format!("{{\"{name}\":{good},{inside}}}")]
        {
            forged.push(forger.signed_text(&forger.header().to_string(), &twice));
        }
    }
    let later = forger.claims()["iat"].as_i64().unwrap() + 3600;
    forged.push(forger.signed(&forger.header(), &forger.with("nbf", later)));
    for claims in ["", "null", "[]", "{}", "1", "{", "\u{0}"] {
        forged.push(forger.signed_text(&forger.header().to_string(), claims));
    }
    for forged in forged {
        assert_nobodys(&mut browser, &forged).await;
    }
}

#[tokio::test]
async fn a_changed_bit_makes_a_token_nobodys() {
    let (access, mut browser) = token_and_browser_without_stores().await;
    for forged in with_one_bit_changed(&access) {
        assert_nobodys(&mut browser, &forged).await;
    }
}

#[tokio::test]
async fn what_is_not_in_the_form_of_a_token_is_nobodys() {
    let (access, mut browser) = token_and_browser_without_stores().await;
    let [header, claims, signature]: [&str; 3] =
        access.split('.').collect::<Vec<_>>().try_into().unwrap();
    for forged in [
        "x".to_owned(),
        ".".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        "A".repeat(5000),
        "A".repeat(MUCH),
        ".".repeat(MUCH),
        format!("{access}{}", "A".repeat(MUCH)),
        format!("{access}="),
        format!("{access}=="),
        format!("{header}=.{claims}.{signature}"),
        format!("{header}.{claims}==.{signature}"),
        format!("{header} .{claims}.{signature}"),
        format!("{header}.\t{claims}.{signature}"),
        format!("{header}.{signature}.{claims}"),
        format!("{header}.{claims}.{}", "A".repeat(signature.len())),
        format!("{access}.{access}"),
        format!("{access}.{signature}"),
        format!("\"{access}\""),
        format!("Bearer {access}"),
        access.to_uppercase(),
        access.replace('.', "%2E"),
        "%00%ff".to_owned(),
    ] {
        assert_nobodys_anywhere(&mut browser, &forged).await;
    }
}

#[tokio::test]
async fn a_token_of_ours_with_another_session_or_member_in_it_is_nobodys() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let (_, mut stranger) = app.member().await;
    let forger = Forger::of(browser.cookie(ACCESS).unwrap());
    let other = Forger::of(stranger.cookie(ACCESS).unwrap());
    let mut forged = app.browser();
    for (claim, reason) in [("sub", "invalid"), ("sid", "invalid")] {
        let claims = forger.with(claim, other.claims()[claim].clone());
        forged.set_cookie(ACCESS, &forger.signed(&forger.header(), &claims));
        forged.get("/auth/session").await.assert_problem(401, reason);
    }
    let nobodys = forger.with("sid", Uuid::nil().to_string());
    forged.set_cookie(ACCESS, &forger.signed(&forger.header(), &nobodys));
    forged.get("/auth/session").await.assert_problem(401, "not_live");
    for browser in [&mut browser, &mut stranger] {
        assert!(browser.session_id().await.is_some());
    }
}

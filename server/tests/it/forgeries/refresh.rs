//! Forged refresh tokens.

use domain::session::{Salt, SessionId, keys::KeyRing, refresh_token::RefreshToken};

use super::{MUCH, forger::with_one_bit_changed};
use crate::{
    helpers::{KEY, REFRESH, TestApp},
    store_down::browser_without_stores,
};

#[tokio::test]
async fn a_forged_refresh_token_asks_no_store_and_is_taken_away() {
    let app = TestApp::start().await;
    let (_, browser) = app.member().await;
    let (_, stranger) = app.member().await;
    let own = browser.cookie(REFRESH).unwrap().to_owned();
    let parts: Vec<&str> = own.split('.').collect();
    let others: Vec<&str> = stranger.cookie(REFRESH).unwrap().split('.').collect();
    let with = |place: usize, part: &str| {
        let mut parts = parts.clone();
        parts[place] = part;
        parts.join(".")
    };
    let mut forged = vec![
        "x".to_owned(),
        ".....".to_owned(),
        "v1.k1.a.b.c".to_owned(),
        "v1.k1.a.1.b.c".to_owned(),
        "a.".repeat(300),
        "A".repeat(MUCH),
        format!("{own}{}", "A".repeat(MUCH)),
        format!("{own}="),
        format!("{own}=="),
        format!("{own}."),
        format!(".{own}"),
        format!("{own}.{}", parts[5]),
        format!("{own}.{own}"),
        format!("\"{own}\""),
        own.to_uppercase(),
        own.replace('.', "%2E"),
        parts[..5].join("."),
        format!("{}.", parts[..5].join(".")),
        with(5, &"A".repeat(43)),
        with(5, &parts[5][..42]),
    ];
    for version in ["v0", "v2", "V1", "v01", "", "1"] {
        forged.push(with(0, version));
    }
    for generation in ["0", "2", "+1", "-1", "01", "1.0", "1e0", "4294967296", "99999999999", ""] {
        forged.push(with(3, generation));
    }
    for place in [2, 4, 5] {
        forged.push(with(place, others[place]));
        forged.push(with(place, ""));
        forged.push(with(place, &format!("{}=", parts[place])));
        forged.push(with(place, &format!("{}A", parts[place])));
        forged.push(with(place, "AAAA/+=="));
    }
    let mut alone = browser_without_stores().await;
    for forged in forged {
        alone.set_cookie(REFRESH, &forged);
        let answer = alone.refresh().await;
        assert_eq!(answer.status, 401, "{forged}");
        answer.assert_problem(401, "invalid");
        answer.assert_signs_out();
    }
    // A page goes on without it, and takes it away as well.
    alone.set_cookie(REFRESH, "x");
    let page = alone.navigate("/").await;
    page.assert_page(200);
    page.assert_signs_out();
}

#[tokio::test]
async fn a_changed_bit_makes_a_refresh_token_invalid() {
    let app = TestApp::start().await;
    let (_, browser) = app.member().await;
    let mut alone = browser_without_stores().await;
    for forged in with_one_bit_changed(browser.cookie(REFRESH).unwrap()) {
        alone.set_cookie(REFRESH, &forged);
        let answer = alone.refresh().await;
        assert_eq!(answer.status, 401, "{forged}");
        answer.assert_problem(401, "invalid");
    }
}

#[tokio::test]
async fn a_key_id_that_we_do_not_know_leaves_the_cookies() {
    let app = TestApp::start().await;
    let (_, browser) = app.member().await;
    let own = browser.cookie(REFRESH).unwrap().to_owned();
    let mut alone = browser_without_stores().await;
    for id in ["", "K1", "k2", "/etc/passwd", "k1'--", "k1%00", "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"]
    {
        alone.set_cookie(REFRESH, &own.replacen(".k1.", &format!(".{id}."), 1));
        let answer = alone.refresh().await;
        answer.assert_problem(401, "invalid");
        answer.assert_leaves_cookies();
    }
}

#[tokio::test]
async fn who_stole_only_the_keys_consumes_nothing_and_ends_nothing() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    app.pass_grace().await;
    let id = SessionId(browser.session_id().await.unwrap().parse().unwrap());
    let keys = KeyRing::parse(KEY).unwrap();
    for generation in [1, 2, 33, 34, u32::MAX] {
        let mut thief = app.browser();
        let forged = RefreshToken::issue(&keys, id, generation, &Salt::random());
        thief.set_cookie(REFRESH, &forged);
        thief.refresh().await.assert_problem(401, "invalid");
        thief.set_cookie(REFRESH, &forged);
        thief.post("/api/logout", &[]).await;
    }
    let untouched = "select count(*) from sessions where generation = 1 and ended_at is null";
    assert_eq!(app.count(untouched).await, 1);
    assert_eq!(browser.refresh().await.status, 200);
}

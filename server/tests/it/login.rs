//! `POST /api/login` and its page.

use std::{net::IpAddr, sync::mpsc};

use domain::{
    credentials::password::{Asker, HashError, Password, PasswordHasher},
    session::Client,
};
use futures_util::FutureExt;
use tokio::{runtime::Builder, task::spawn_blocking};
use tower_sessions::cookie::time::Duration;

use crate::helpers::{
    ACCESS, Ask, Browser, DEVICE, LOCALE, PASSWORD, REFRESH, TestApp, VISITOR, answer_shape,
    some_address, words,
};

#[tokio::test]
async fn a_log_in_sets_both_cookies_for_the_browser_session() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let form = [("email", email.as_str()), ("password", PASSWORD)];

    let answer = app.browser().post("/api/login", &form).await;
    assert_eq!((answer.status, answer.json()["to"].as_str()), (200, Some("/")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.assert_signs_in(None);
    assert_eq!(answer.cookie_names(), [ACCESS, DEVICE, LOCALE, REFRESH]);

    let mut browser = app.browser();
    let answer = browser.submit("/api/login", &form).await;
    answer.assert_goes_to("/");
    answer.assert_signs_in(None);
    assert_eq!(answer.cookie_names(), [ACCESS, DEVICE, LOCALE, REFRESH]);
    browser.follow(&answer).await.assert_holds("Hana");
}

#[tokio::test]
async fn keep_me_signed_in_keeps_both_cookies_for_the_sessions_lifetime() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let form = [("email", email.as_str()), ("password", PASSWORD), ("remember", "on")];
    for ask in [Ask::call, Ask::form] {
        let mut browser = app.browser();
        let answer = browser.send(ask("/api/login", &form)).await;
        answer.assert_signs_in(answer.cookie(REFRESH).max_age());
        let max_age = answer.cookie(REFRESH).max_age().unwrap();
        assert!(
            max_age <= Duration::days(90) && max_age > Duration::days(90) - Duration::minutes(1)
        );
        let session = browser.get("/auth/session").await.json()["session"].clone();
        let seconds = |field: &str| session[field].as_i64().unwrap();
        assert!((2_591_900..=2_592_000).contains(&seconds("idle_expires_in")), "{session}");
        assert!((7_775_900..=7_776_000).contains(&seconds("absolute_expires_in")), "{session}");
    }
    for value in ["", "off", "false"] {
        let form = [form[0], form[1], ("remember", value)];
        app.browser().post("/api/login", &form).await.assert_signs_in(None);
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let stranger = some_address();
    let wrong = [("email", email.as_str()), ("password", "not the right one")];
    let unknown = [("email", stranger.as_str()), ("password", PASSWORD)];

    let of_wrong = app.browser().post("/api/login", &wrong).await;
    let of_unknown = app.browser().post("/api/login", &unknown).await;
    of_wrong.assert_problem(401, "bad_credentials");
    of_wrong.assert_leaves_cookies();
    assert_eq!(answer_shape(&of_wrong), answer_shape(&of_unknown));
    assert_eq!(of_wrong.body, of_unknown.body);

    for form in [wrong, unknown] {
        let mut browser = app.browser();
        let answer = browser.submit("/api/login", &form).await;
        answer.assert_goes_to("/login");
        assert_eq!(answer.cookie_names(), [VISITOR]);
        let page = browser.follow(&answer).await;
        page.assert_page(200);
        page.assert_holds(&words("problems.bad_credentials"));
        assert!(page.element(r#"id="email""#).contains(&format!(r#"value="{}""#, form[0].1)));
        page.assert_lacks(form[1].1);
    }
}

#[tokio::test]
async fn an_empty_form_names_both_fields() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let answer = browser.post("/api/login", &[]).await;
    answer.assert_invalid(&[("email", "required"), ("password", "required")]);
    let answer = browser.submit("/api/login", &[("email", ""), ("password", "")]).await;
    let page = browser.follow(&answer).await;
    page.assert_field_problem("email", &words("fields.email.required"));
    page.assert_field_problem("password", &words("fields.password.required"));
}

#[tokio::test]
async fn a_log_in_follows_next_only_within_the_site() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    for (next, to) in [
        ("/profile?tab=a%20b&c=d#bio", "/profile?tab=a%20b&c=d#bio"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/login", "/"),
    ] {
        let form = [("email", email.as_str()), ("password", PASSWORD), ("next", next)];
        let answer = app.browser().post("/api/login", &form).await;
        assert_eq!(answer.json()["to"], to, "{next}");
        app.browser().submit("/api/login", &form).await.assert_goes_to(to);
    }
}

#[tokio::test]
async fn a_wrong_password_keeps_next_and_the_ticked_box() {
    let app = TestApp::start().await;
    let (email, mut browser) = (some_address(), app.browser());
    let form = [
        ("email", email.as_str()),
        ("password", PASSWORD),
        ("remember", "on"),
        ("next", "/profile?a=b"),
    ];
    let answer = browser.submit("/api/login", &form).await;
    answer.assert_goes_to("/login?next=%2Fprofile%3Fa%3Db");
    let page = browser.follow(&answer).await;
    assert!(page.element(r#"id="remember""#).contains("checked"));
    page.assert_holds(r#"<input type="hidden" name="next" value="/profile?a=b""#);

    let foreign = [form[0], form[1], ("next", "//evil.example")];
    browser.submit("/api/login", &foreign).await.assert_goes_to("/login");
}

#[tokio::test]
async fn a_suspended_member_is_told_so_only_with_the_right_password() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    app.sql("update members set standing = 'suspended'").await;
    let mut browser = app.browser();
    let wrong = [("email", email.as_str()), ("password", "not the right one")];
    browser.post("/api/login", &wrong).await.assert_problem(401, "bad_credentials");
    let answer = browser.log_in(&email).await;
    answer.assert_problem(403, "suspended");
    answer.assert_leaves_cookies();

    let right = [("email", email.as_str()), ("password", PASSWORD)];
    let answer = browser.submit("/api/login", &right).await;
    answer.assert_goes_to("/login");
    browser.follow(&answer).await.assert_focuses(&words("problems.suspended"));
    assert_eq!(browser.cookie(ACCESS), None);
}

#[tokio::test]
async fn a_hash_of_another_cost_is_renewed_by_the_next_log_in() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let of_cost =
        |passes| format!("select count(*) from members where password_hash like '%t={passes}%'");
    assert_eq!(app.count(&of_cost(1)).await, 1);

    let mut dearer = app.browser_of_an_instance_with(&[("HASH_PASSES", "2")]).await;
    dearer.log_in(&email).await.assert_signs_in(None);
    assert_eq!(app.count(&of_cost(2)).await, 1);
    assert!(dearer.session_id().await.is_some());
    dearer.log_in(&email).await.assert_signs_in(None);
}

#[tokio::test]
async fn a_log_in_ends_the_browsers_previous_session_and_has_a_new_id() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let mut old = browser.clone();
    let first = old.session_id().await.unwrap();
    browser.log_in(&email).await.assert_signs_in(None);
    let second = browser.session_id().await.unwrap();
    assert_ne!(first, second);
    old.get("/auth/session").await.assert_problem(401, "logout");
    old.refresh().await.assert_problem(401, "logout");
    assert_eq!(browser.session_id().await, Some(second));
}

#[tokio::test]
async fn a_refused_log_in_does_not_change_the_session() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let id = browser.session_id().await;
    let form = [("email", email.as_str()), ("password", "not the right one")];
    browser.post("/api/login", &form).await.assert_problem(401, "bad_credentials");
    assert_eq!(browser.session_id().await, id);
}

#[tokio::test]
async fn a_log_in_gives_the_visitor_session_a_new_id_and_keeps_its_data() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let (waiting_for, mut browser) = (some_address(), app.browser());
    browser.sign_up(&waiting_for).await;
    let planted = browser.cookie(VISITOR).unwrap().to_owned();
    browser.log_in(&email).await.assert_signs_in(None);
    assert_ne!(browser.cookie(VISITOR), Some(planted.as_str()));
    browser.navigate("/signup/confirm").await.assert_holds(&waiting_for);
    let mut other = app.browser();
    other.set_cookie(VISITOR, &planted);
    other.navigate("/signup/confirm").await.assert_lacks(&waiting_for);
}

#[tokio::test]
async fn on_plain_http_the_log_in_page_says_that_nobody_can_log_in() {
    for (url, is_said) in [("http://genkan.lan", true), ("https://genkan.example", false)] {
        let app = TestApp::start_with(&[("PUBLIC_URL", url), ("RATE_LIMITS", "on")]).await;
        let page = app.browser().navigate("/login").await;
        assert_eq!(page.body.contains(&words("login.not_secure")), is_said, "{url}");
    }
}

#[test]
fn one_client_address_gets_a_quarter_of_the_hashing_queue_and_is_asked_to_retry() {
    let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(1).build();
    runtime.unwrap().block_on(async {
        let app = TestApp::start().await;
        let settings = [("HASH_PERMITS", "1"), ("TRUSTED_HOPS", "1"), ("RATE_LIMITS", "on")];
        let instance = app.instance_with(&settings).await;
        let mut browser = Browser::new(instance.router());
        let email = some_address();
        let form = [("email", email.as_str()), ("password", "another tree by the gate")];
        let from = |ask: Ask, ip: &str| ask.with("x-forwarded-for", ip);

        let (go_on, told) = mpsc::channel::<()>();
        spawn_blocking(move || told.recv());
        let waiting = take_places(&instance.resources.hasher);
        assert_eq!(waiting.len(), 33 / 4);
        let answer = browser.send(from(Ask::call("/api/login", &form), "192.0.2.7")).await;
        answer.assert_problem(429, "rate_limited");
        assert_eq!(answer.header("retry-after"), Some("1"));
        let answer = browser.send(from(Ask::form("/api/login", &form), "192.0.2.7")).await;
        answer.assert_goes_to("/login");
        browser.follow(&answer).await.assert_holds(&words("problems.rate_limited_briefly"));

        drop((waiting, go_on));
        let answer = browser.send(from(Ask::call("/api/login", &form), "192.0.2.8")).await;
        answer.assert_problem(401, "bad_credentials");
    });
}

/// Takes all places in the queue that one client address may have.
fn take_places(hasher: &PasswordHasher) -> Vec<impl Future> {
    let password = Password::parse_typed("another tree by the gate").unwrap();
    let mut waiting = Vec::new();
    loop {
        let ip = IpAddr::from([192, 0, 2, 7]);
        let asker = Asker::stranger(&Client { ip: Some(ip), ..Client::default() });
        let (hasher, password) = (hasher.clone(), password.clone());
        let mut hashing = Box::pin(async move { hasher.hash(&password, &asker).await });
        match hashing.as_mut().now_or_never() {
            Some(Err(HashError::Busy | HashError::TooManyFromAddress)) => return waiting,
            Some(answer) => panic!("not a place to wait in: {answer:?}"),
            None => waiting.push(hashing),
        }
    }
}

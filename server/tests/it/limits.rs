//! Rate limits over HTTP: on two instances that share their stores, from several addresses, and with the shared store
//! unavailable.

use domain::session::keys::KeyRing;
use tower_sessions::cookie::{SameSite, time::Duration};

use crate::{
    helpers::{
        ACCESS, Answer, Ask, Browser, DEVICE, NEW_PASSWORD, PASSWORD, REFRESH, TestApp,
        answer_shape, assert_attributes, some_address, words,
    },
    stores::outages::Door,
};

const WRONG: &str = "another tree by it";

/// A site with limits and two instances, each behind a proxy.
struct Site {
    app: TestApp,
    instances: [Browser; 2],
}

impl Site {
    async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a site with its own key ring, so that it counts its own subjects in the shared Redis.
    async fn start_with(settings: &[(&str, &str)]) -> Self {
        let key = KeyRing::new_entry("k1").unwrap();
        let mut all =
            vec![("RATE_LIMITS", "on"), ("TRUSTED_HOPS", "1"), ("SECRET_KEYS", key.as_str())];
        all.extend(settings);
        let app = TestApp::start_with(&all).await;
        let other = Browser::new(app.instance_with(&all).await.router());
        let instances = [app.browser(), other];
        Self { app, instances }
    }

    /// A new browser at the instance with this number.
    fn at(&self, number: usize) -> Browser {
        self.instances[number % 2].clone()
    }

    async fn member(&self, address: &str) -> (String, Browser) {
        let (email, mut browser) = (some_address(), self.at(0));
        let ask = from(Ask::call("/api/signup", &sign_up(&email)), address);
        assert_eq!(browser.send(ask).await.status, 200);
        let code = self.app.mailed_code(&email).await;
        let form = [("email", email.as_str()), ("code", code.as_str())];
        let answer = browser.send(from(Ask::call("/api/confirm_email", &form), address)).await;
        answer.assert_signs_in(None);
        // Uses up the welcome notice.
        assert_eq!(browser.navigate("/").await.status, 200);
        (email, browser)
    }
}

fn from(ask: Ask, address: &str) -> Ask {
    ask.with("x-forwarded-for", address)
}

fn sign_up(email: &str) -> [(&str, &str); 3] {
    [("email", email), ("display_name", "Hana"), ("password", PASSWORD)]
}

fn log_in(email: &str, password: &str, address: &str) -> Ask {
    from(Ask::call("/api/login", &[("email", email), ("password", password)]), address)
}

/// Asserts a 429 problem with the seconds to wait in header and body.
fn assert_limited(answer: &Answer, at_most: u64) {
    answer.assert_problem(429, "rate_limited");
    let seconds = answer.json()["retry_after"].as_u64().unwrap();
    assert_eq!(answer.header("retry-after"), Some(seconds.to_string().as_str()));
    assert!((1..=at_most).contains(&seconds), "{seconds}");
    answer.assert_leaves_cookies();
}

#[tokio::test]
async fn guesses_at_an_account_are_limited_over_all_instances_without_locking_out_a_known_browser()
{
    let site = Site::start().await;
    let (email, mut own) = site.member("192.0.2.1").await;
    let nobody = some_address();
    let mut refused = Vec::new();
    for email in [&email, &nobody] {
        for number in 0..5 {
            let ask = log_in(email, WRONG, &format!("198.51.100.{number}"));
            let answer = site.at(number).send(ask).await;
            answer.assert_problem(401, "bad_credentials");
        }
        for number in 0..2 {
            let ask = log_in(&email.to_uppercase(), PASSWORD, "203.0.113.9");
            let answer = site.at(number).send(ask).await;
            assert_limited(&answer, 60);
            refused.push(answer);
        }
    }
    // Known and unknown addresses are limited alike.
    let shape = |answer: &Answer| {
        let (status, mut headers) = answer_shape(answer);
        headers.retain(|(name, _)| name != "retry-after");
        (status, headers)
    };
    assert_eq!(shape(&refused[0]), shape(&refused[2]));
    assert_eq!(refused[0].json()["reason"], refused[2].json()["reason"]);

    own.send(from(Ask::call("/api/logout", &[]), "192.0.2.1")).await.assert_signs_out();
    let device = own.cookie(DEVICE).unwrap().to_owned();
    let answer = own.send(log_in(&email, PASSWORD, "198.51.100.1")).await;
    answer.assert_signs_in(None);
    assert_eq!(own.cookie(DEVICE), Some(device.as_str()), "the browser is the same");
}

#[tokio::test]
async fn guesses_from_one_address_are_limited_whatever_it_writes_into_forwarded_for() {
    let site = Site::start().await;
    for number in 0..20 {
        // The client wrote the entries before the proxy's.
        let forwarded = format!("198.51.100.{number}, 203.0.113.7:{}", 40_000 + number);
        let answer = site.at(number).send(log_in(&some_address(), WRONG, &forwarded)).await;
        answer.assert_problem(401, "bad_credentials");
    }
    let ask = log_in(&some_address(), WRONG, "198.51.100.1")
        .with_another("x-forwarded-for", "203.0.113.7");
    assert_limited(&site.at(1).send(ask).await, 10);
    let other = site.at(1).send(log_in(&some_address(), WRONG, "203.0.113.8")).await;
    other.assert_problem(401, "bad_credentials");
}

#[tokio::test]
async fn forms_that_send_mails_are_limited_by_address_and_come_back_with_their_input() {
    let site = Site::start().await;
    for number in 0..10 {
        let email = some_address();
        let ask = match number % 2 {
            0 => Ask::call("/api/signup", &sign_up(&email)),
            _ => Ask::call("/api/resend_confirmation", &[("email", &email)]),
        };
        assert_eq!(site.at(number).send(from(ask, "203.0.113.7")).await.status, 200);
    }
    let email = some_address();
    let form = sign_up(&email);
    let ask = from(Ask::call("/api/signup", &form), "203.0.113.7");
    assert_limited(&site.at(0).send(ask).await, 60);
    let mut browser = site.at(1);
    let answer = browser.send(from(Ask::form("/api/signup", &form), "203.0.113.7")).await;
    answer.assert_goes_to("/signup");
    let page = browser.follow(&answer).await;
    page.assert_page(200);
    page.assert_holds(&words("problems.rate_limited_briefly"));
    assert!(page.element(r#"id="email""#).contains(&email));
    assert!(page.element(r#"id="display_name""#).contains("Hana"));
    page.assert_lacks(PASSWORD);
    assert!(site.app.mails_to(&email).await.is_empty());
    let elsewhere = from(Ask::call("/api/signup", &form), "203.0.113.8");
    assert_eq!(site.at(0).send(elsewhere).await.status, 200);
}

#[tokio::test]
async fn a_sessions_refreshes_are_limited_over_all_instances_without_ending_it() {
    let site = Site::start().await;
    let (_, own) = site.member("192.0.2.1").await;
    let ask = |number: usize| {
        let mut browser = site.at(number);
        browser.take_cookies_of(&own);
        async move { browser.send(from(Ask::call("/auth/refresh", &[]), "192.0.2.1")).await }
    };
    let mut answered = 0;
    let limited = loop {
        let answer = ask(answered).await;
        if answer.status != 200 {
            break answer;
        }
        answered += 1;
        assert!(answered < 60, "never limited");
    };
    assert!(answered >= 30, "{answered}");
    assert_limited(&limited, 5);
    // Reads still succeed.
    let mut browser = own.clone();
    assert!(browser.session_id().await.is_some());
    assert_eq!(browser.navigate("/profile").await.status, 200);
    browser.forget_cookie(ACCESS);
    let page = browser.navigate("/profile").await;
    // Unless the page needs a refresh and the limit does not admit one yet.
    assert!([200, 429].contains(&page.status), "{}", page.status);
    assert_eq!(browser.cookie(REFRESH), own.cookie(REFRESH));
}

#[tokio::test]
async fn unsafe_requests_are_limited_by_address_except_log_outs() {
    let site = Site::start().await;
    let (_, mut own) = site.member("203.0.113.7").await;
    let mut stranger = site.at(1);
    let mut taken = 0;
    let limited = loop {
        let paths = ["/api/nothing", "/api/login", "/nowhere", "/auth/refresh"];
        let ask = Ask::call(paths[taken % paths.len()], &[]);
        let answer = site.at(taken).send(from(ask, "203.0.113.7")).await;
        if answer.status == 429 {
            break answer;
        }
        taken += 1;
        // The limit recovers by five a second.
        assert!(taken < 3000, "never limited");
    };
    assert!(taken + 2 >= 300, "{taken}");
    assert_limited(&limited, 1);

    // Programs are refused, a form comes back, and pages and log-outs still work.
    let form = [("email", "hana@example.com"), ("password", PASSWORD)];
    let page = loop {
        let answer = stranger.send(from(Ask::form("/api/login", &form), "203.0.113.7")).await;
        let page = stranger.follow(&answer).await;
        if page.body.contains(&words("problems.rate_limited_briefly")) {
            break page;
        }
    };
    page.assert_page(200);
    assert!(page.element(r#"id="email""#).contains("hana@example.com"));
    page.assert_lacks(PASSWORD);
    let elsewhere = from(Ask::call("/api/login", &[]), "203.0.113.8");
    stranger.send(elsewhere).await.assert_problem(422, "invalid_fields");
    for _ in 0..20 {
        own.send(from(Ask::page("/profile"), "203.0.113.7")).await.assert_page(200);
    }
    own.send(from(Ask::call("/api/logout", &[]), "203.0.113.7")).await.assert_signs_out();
}

#[tokio::test]
async fn the_fifth_wrong_current_password_ends_the_session_with_a_reason() {
    for function in ["change_password", "delete_account"] {
        let site = Site::start().await;
        let (email, mut browser) = site.member("192.0.2.1").await;
        let form =
            [("password", WRONG), ("current_password", WRONG), ("new_password", NEW_PASSWORD)];
        let path = format!("/api/{function}");
        for number in 0..4 {
            let mut anywhere = site.at(number);
            anywhere.take_cookies_of(&browser);
            let answer = anywhere.send(from(Ask::call(&path, &form), "192.0.2.1")).await;
            answer.assert_problem(422, "invalid_fields");
            assert!(browser.session_id().await.is_some());
        }
        let answer = browser.send(from(Ask::form(&path, &form), "192.0.2.1")).await;
        let mut program = browser.clone();
        program.get("/auth/session").await.assert_problem(401, "revoked");
        program.refresh().await.assert_problem(401, "revoked");
        let answer = browser.follow(&answer).await;
        browser.follow(&answer).await.assert_holds(&words("ends.revoked"));
        browser.send(log_in(&email, PASSWORD, "192.0.2.1")).await.assert_signs_in(None);
    }
}

#[tokio::test]
async fn without_redis_each_instance_counts_limits_by_itself() {
    let mut door = Door::shut().await;
    door.open().await;
    let site = Site::start_with(&[("REDIS_URL", &door.url())]).await;
    let (email, own) = site.member("192.0.2.1").await;
    door.close().await;
    for instance in 0..2 {
        for number in 0..5 {
            let ask = log_in(&email, WRONG, &format!("198.51.100.{number}"));
            site.at(instance).send(ask).await.assert_problem(401, "bad_credentials");
        }
        let answer = site.at(instance).send(log_in(&email, PASSWORD, "203.0.113.9")).await;
        assert_limited(&answer, 60);
        // A browser that the account knows gets past the limit, to the unavailable store.
        let mut known = site.at(instance);
        known.take_cookies_of(&own);
        for name in [ACCESS, REFRESH] {
            known.forget_cookie(name);
        }
        let answer = known.send(log_in(&email, PASSWORD, "203.0.113.9")).await;
        answer.assert_problem(503, "unavailable");
    }
}

#[tokio::test]
async fn a_log_in_sets_an_anonymous_device_cookie_that_outlives_the_log_out() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let change = [("current_password", PASSWORD), ("new_password", NEW_PASSWORD)];
    let answer = browser.post("/api/change_password", &change).await;
    let cookie = answer.cookie(DEVICE);
    assert_attributes(cookie, SameSite::Lax);
    assert_eq!(cookie.max_age(), Some(Duration::days(365)));
    let member_id = browser.get("/auth/session").await.json()["member"]["id"].clone();
    for secret in [email.as_str(), member_id.as_str().unwrap()] {
        assert!(!cookie.value().contains(secret), "{cookie}");
    }
    browser.post("/api/logout", &[]).await.assert_signs_out();
    assert!(browser.cookie(DEVICE).is_some());
    // A refused log-in does not set it.
    let mut stranger = app.browser();
    stranger.send(log_in(&email, WRONG, "192.0.2.9")).await.assert_leaves_cookies();
}

//! Audit events as a log collector gets them: one line each, whatever the request contains.

use axum::http::Method;

use crate::helpers::{
    ACCESS, Ask, Browser, NEW_PASSWORD, PASSWORD, REFRESH, TestApp, VISITOR, lines::Lines,
    some_address,
};

fn tokens(browser: &Browser) -> Vec<String> {
    let cookies = [ACCESS, REFRESH, VISITOR].map(|name| browser.cookie(name).map(str::to_owned));
    cookies.into_iter().flatten().filter(|value| !value.is_empty()).collect()
}

#[tokio::test]
async fn a_members_actions_are_logged_event_by_event_without_secrets() {
    let lines = Lines::captured();
    let app = TestApp::start().await;
    let email = some_address();
    let mut browser = app.sign_up_and_confirm(&email).await;
    let mut secrets = tokens(&browser);
    let wrong = [("email", email.as_str()), ("password", "another tree")];
    assert_eq!(browser.post("/api/login", &wrong).await.status, 401);
    assert_eq!(browser.log_in(&email).await.status, 200);
    secrets.extend(tokens(&browser));
    let form = [("current_password", PASSWORD), ("new_password", NEW_PASSWORD)];
    assert_eq!(browser.post("/api/change_password", &form).await.status, 200);
    secrets.extend(tokens(&browser));
    let form = [("password", NEW_PASSWORD)];
    assert_eq!(browser.post("/api/delete_account", &form).await.status, 200);

    assert_eq!(
        lines.names(),
        [
            "user_signed_up",
            "user_created",
            "session_created",
            "authn_login_fail",
            "session_created",
            "session_expired",
            "authn_login_success",
            "authn_password_change",
            "session_expired",
            "session_created",
            "user_deleted",
            "session_expired",
        ]
    );
    for event in lines.events() {
        assert!(event.contains("by=\"client\" client.address=192.0.2.1"), "{event}");
        let is_before_there_is_a_member = event.starts_with("user_signed_up");
        assert_eq!(event.contains("member.id="), !is_before_there_is_a_member, "{event}");
    }
    secrets.extend([email, PASSWORD.to_owned(), NEW_PASSWORD.to_owned()]);
    let text = lines.text();
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn a_failed_log_in_by_form_is_logged_as_a_failure() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let lines = Lines::captured();
    let mut browser = app.browser();
    for (password, refused) in [("another tree", true), (PASSWORD, false)] {
        let form = [("email", email.as_str()), ("password", password)];
        assert_eq!(browser.submit("/api/login", &form).await.status, 303);
        let text = lines.text();
        let answered = text.lines().find(|line| line.contains("request.answered")).unwrap();
        assert!(answered.contains("status=303"), "{answered}");
        assert_eq!(answered.contains("refused=\"bad_credentials\""), refused, "{answered}");
        let result = if refused { "authn_login_fail" } else { "authn_login_success" };
        assert_eq!(lines.names().iter().filter(|name| *name == result).count(), 1);
        lines.forget();
    }
}

#[tokio::test]
async fn a_refused_request_is_logged_with_its_member_if_known() {
    let app = TestApp::start().await;
    let (_, mut hana) = app.member().await;
    let (_, mut ken) = app.member().await;
    let kens = ken.session_id().await.unwrap();
    let hanas = hana.session_id().await.unwrap();
    let lines = Lines::captured();

    hana.post("/api/end_session", &[("session_id", &kens)]).await.assert_problem(404, "not_found");
    let [event] = &lines.events()[..] else { panic!("{:?}", lines.events()) };
    assert!(event.starts_with("authz_fail member.id="), "{event}");
    assert!(event.contains(&hanas) && !event.contains(&kens), "{event}");
    lines.forget();

    let mut forger = app.browser();
    forger.set_cookie(ACCESS, "a.b.c");
    forger.post("/api/get_profile", &[]).await.assert_problem(401, "invalid");
    let foreign = Ask::call("/api/logout", &[]).with("sec-fetch-site", "cross-site");
    hana.send(foreign).await.assert_problem(403, "cross_site");
    let expected = ["invalid", "cross_site"].map(|reason| {
        format!("authz_fail by=\"client\" client.address=192.0.2.1 reason=\"{reason}\"")
    });
    assert_eq!(lines.events(), expected);
    lines.forget();

    let mut kept = hana.clone();
    hana.post("/api/logout", &[]).await.assert_signs_out();
    kept.post("/api/get_profile", &[]).await.assert_problem(401, "logout");
    assert_eq!(lines.names(), ["session_expired", "session_use_after_expire"]);
}

#[tokio::test]
async fn no_client_input_breaks_or_forges_a_log_line() {
    let app = TestApp::start().await;
    let lines = Lines::captured();
    let mut browser = app.browser();
    for path in ["/%0A2026%20WARN%20audit:%20authn_login_success", "/api/x%0D%0Aaudit:", "/%C2%85"]
    {
        let ask = Ask::call(path, &[("email", "x\naudit: forged"), ("password", "y\r\nz")])
            .with("user-agent", "x audit: forged")
            .with("x-forwarded-for", "1.2.3.4 audit: forged");
        browser.send(ask).await;
    }
    let form = [("email", "hana@example.com\naudit: forged"), ("password", "a\u{2028}b")];
    browser.post("/api/login", &form).await;
    let text = lines.text();
    assert!(text.lines().count() >= 4, "{text}");
    for line in text.lines() {
        assert!(line.starts_with("20"), "{line}");
        assert!(!line.contains(" audit: forged"), "{line}");
    }
}

#[tokio::test]
async fn a_long_method_or_path_is_logged_by_its_beginning() {
    let app = TestApp::start().await;
    let lines = Lines::captured();
    let method = Method::from_bytes(&[b'M'; 5000]).unwrap();
    let path = format!("/{}", "p".repeat(5000));
    let mut browser = app.browser();
    browser.send(Ask::page(&path)).await.assert_page(404);
    browser.send(Ask::page("/").by(method)).await.assert_page(405);
    let text = lines.text();
    assert_eq!(text.matches("request.answered").count(), 2, "{text}");
    for line in text.lines() {
        assert!(line.len() < 600, "{line}");
    }
}

#[tokio::test]
async fn only_a_health_check_that_fails_is_logged_at_info() {
    let app = TestApp::start().await;
    let lines = Lines::captured();
    let mut balancer = app.browser();
    let level = async |lines: &Lines, balancer: &mut Browser| {
        balancer.send(Ask::page("/health/ready")).await;
        let text = lines.text();
        let answered = text.lines().find(|line| line.contains("request.answered"));
        answered.map(|line| line.contains(" INFO "))
    };
    assert_ne!(level(&lines, &mut balancer).await, Some(true));
    lines.forget();
    app.genkan.draining.begin();
    assert_eq!(level(&lines, &mut balancer).await, Some(true));
}

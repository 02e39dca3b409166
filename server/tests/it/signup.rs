//! `POST /api/signup`.

use tower_sessions::cookie::{SameSite, time::Duration};

use crate::{
    helpers::{
        ACCESS, Answer, Ask, DEVICE, LOCALE, PASSWORD, REFRESH, TestApp, VISITOR, answer_shape,
        assert_attributes, some_address, words,
    },
    stores::smtp::mail_server,
};

fn form(email: &str) -> [(&str, &str); 3] {
    [("email", email), ("display_name", "Hana"), ("password", PASSWORD)]
}

#[tokio::test]
async fn a_browser_signs_up_and_is_signed_in_by_the_mailed_code() {
    let app = TestApp::start().await;
    let (email, mut browser) = (some_address(), app.browser());

    let answer = browser.submit("/api/signup", &form(&email)).await;
    answer.assert_goes_to("/signup/confirm");
    assert_eq!(answer.cookie_names(), [VISITOR]);
    assert_attributes(answer.cookie(VISITOR), SameSite::Lax);
    assert_eq!(answer.cookie(VISITOR).max_age(), Some(Duration::minutes(30)));
    let page = browser.follow(&answer).await;
    page.assert_page(200);
    page.assert_holds(&email);

    let code = app.mailed_code(&email).await;
    let answer =
        browser.submit("/api/confirm_email", &[("email", email.as_str()), ("code", &code)]).await;
    answer.assert_goes_to("/");
    answer.assert_signs_in(None);
    assert_eq!(answer.cookie_names(), [ACCESS, DEVICE, LOCALE, REFRESH, VISITOR]);
    assert_attributes(answer.cookie(LOCALE), SameSite::Lax);
    assert_attributes(answer.cookie(VISITOR), SameSite::Lax);

    let home = browser.follow(&answer).await;
    home.assert_page(200);
    home.assert_holds("Hana");
    home.assert_holds(&words("notices.confirmed"));
    assert!(browser.session_id().await.is_some());
}

#[tokio::test]
async fn a_program_signs_up_and_is_signed_in_by_the_mailed_code() {
    let app = TestApp::start().await;
    let (email, mut program) = (some_address(), app.browser());

    let answer = program.post("/api/signup", &form(&email)).await;
    assert_eq!((answer.status, answer.json()["to"].as_str()), (200, Some("/signup/confirm")));
    assert_eq!(answer.cookie_names(), [VISITOR]);
    let code = app.mailed_code(&email).await;
    let answer =
        program.post("/api/confirm_email", &[("email", email.as_str()), ("code", &code)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.assert_signs_in(None);

    let shown = program.get("/auth/session").await.json();
    assert_eq!(shown["member"]["email"], email.as_str());
    assert_eq!(shown["member"]["display_name"], "Hana");
    assert_eq!(shown["member"]["role"], "member");
}

#[tokio::test]
async fn a_sign_up_gets_the_same_answer_for_a_known_address_and_another_mail() {
    let app = TestApp::start().await;
    let (known, _) = app.member().await;
    let unknown = some_address();

    for ask in [Ask::call, Ask::form] {
        let mut seen: Vec<Vec<Answer>> = Vec::new();
        for email in [&known, &unknown] {
            let mut browser = app.browser();
            let signed_up = browser.send(ask("/api/signup", &form(email))).await;
            let page = browser.navigate("/signup/confirm").await;
            let wrong = [("email", email.as_str()), ("code", "000000")];
            let refused = browser.send(ask("/api/confirm_email", &wrong)).await;
            let resent =
                browser.send(ask("/api/resend_confirmation", &[("email", email.as_str())])).await;
            seen.push(vec![signed_up, page, refused, resent]);
        }
        for (about_known, about_unknown) in seen[0].iter().zip(&seen[1]) {
            assert_eq!(answer_shape(about_known), answer_shape(about_unknown));
            let body = about_known.body.replace(&known, &unknown);
            assert_eq!(body, about_unknown.body);
        }
    }

    let mails = app.mails_to(&known).await;
    let told = mails.last().unwrap();
    assert!(told.text.contains("/login") && !told.text.contains("link="), "{}", told.text);
    assert_eq!(app.count("select count(*) from members").await, 1);
}

#[tokio::test]
async fn a_sign_up_reports_every_invalid_field_to_a_program() {
    let app = TestApp::start().await;
    let long_name = "a".repeat(51);
    for (form, wrong) in [
        (
            &[][..],
            &[("display_name", "required"), ("email", "required"), ("password", "required")][..],
        ),
        (
            &[("email", "hana"), ("display_name", &long_name), ("password", "too short")],
            &[("email", "invalid"), ("display_name", "too_long"), ("password", "too_short")],
        ),
    ] {
        let answer = app.browser().post("/api/signup", form).await;
        answer.assert_invalid(wrong);
        answer.assert_leaves_cookies();
    }
    assert_eq!(app.count("select count(*) from confirmations").await, 0);
}

#[tokio::test]
async fn a_guessable_password_is_refused_with_the_reason_beside_its_field() {
    let app = TestApp::start().await;
    for (password, problem) in [
        ("123456789012345", "common"),
        ("passwordpassword", "repeated"),
        ("genkangenkangenkan", "site_name"),
        ("Hanako Yamamoto", "same_as_name"),
    ] {
        let form = [
            ("email", "sato@example.com"),
            ("display_name", "Hanako Yamamoto"),
            ("password", password),
        ];
        let mut browser = app.browser();
        let answer = browser.submit("/api/signup", &form).await;
        let page = browser.follow(&answer).await;
        page.assert_field_problem("password", &words(&format!("fields.password.{problem}")));
    }
    assert_eq!(app.count("select count(*) from confirmations").await, 0);
}

#[tokio::test]
async fn a_mailbox_gets_three_mails_and_further_sign_ups_get_the_same_answer() {
    // With a key of its own it shares no limits with other tests.
    let key = "k1:AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=";
    let app = TestApp::start_with(&[("RATE_LIMITS", "on"), ("SECRET_KEYS", key)]).await;
    let (known, _) = app.member().await;
    let unknown = some_address();
    for email in [&known, &unknown] {
        let mut answers = Vec::new();
        for _ in 0..4 {
            let answer = app.browser().sign_up(email).await;
            answers.push(answer_shape(&answer));
        }
        for answer in &answers {
            assert_eq!(*answer, answers[0]);
        }
        // The member's own sign-up sent one of the three.
        assert_eq!(app.mails_to(email).await.len(), 3, "{email}");
    }
}

#[tokio::test]
async fn an_undelivered_mail_is_a_problem_of_the_address_or_of_the_mail_server() {
    let (address, _inbox) = mail_server();
    let smtp = format!("smtp://{address}");
    let app = TestApp::start_with(&[
        ("DEV_MAILBOX", "off"),
        ("SMTP_URL", &smtp),
        ("MAIL_FROM", "Genkan <genkan@example.org>"),
    ])
    .await;
    let (refused, later) = (form("nobody@example.com"), form("later@example.com"));
    let answer = app.browser().post("/api/signup", &refused).await;
    answer.assert_invalid(&[("email", "undeliverable")]);
    app.browser().post("/api/signup", &later).await.assert_problem(503, "mail_failed");

    let mut browser = app.browser();
    let answer = browser.submit("/api/signup", &refused).await;
    answer.assert_goes_to("/signup");
    let page = browser.follow(&answer).await;
    page.assert_field_problem("email", &words("fields.email.undeliverable"));
    let answer = browser.submit("/api/signup", &later).await;
    answer.assert_goes_to("/signup");
    let page = browser.follow(&answer).await;
    page.assert_focuses(&words("problems.mail_failed"));
    assert!(page.element(r#"id="email""#).contains("later@example.com"));
}

#[tokio::test]
async fn a_refused_sign_up_comes_back_with_its_input_but_not_the_password() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let form =
        [("email", "hana at home"), ("display_name", "Hana \"the\" <b>"), ("password", "pssst-42")];
    let answer = browser.submit("/api/signup", &form).await;
    answer.assert_goes_to("/signup");

    let page = browser.follow(&answer).await;
    page.assert_page(200);
    assert!(page.element(r#"id="email""#).contains(r#"value="hana at home""#));
    let name = page.element(r#"id="display_name""#);
    assert!(name.contains("value=\"Hana &quot;the&quot; &lt;b&gt;\""), "{name}");
    page.assert_lacks("pssst-42");
    page.assert_lacks("<b>\"");
    page.assert_field_problem("email", &words("fields.email.invalid"));
    page.assert_field_problem(
        "password",
        &words("fields.password.too_short").replace("{{ count }}", "15"),
    );
    assert!(page.element("id=\"display_name-problem\"").contains(" hidden"));

    // A reload keeps the input.
    let again = browser.navigate("/signup").await;
    again.assert_field_problem("email", &words("fields.email.invalid"));
    assert!(again.element(r#"id="email""#).contains(r#"value="hana at home""#));
}

#[tokio::test]
async fn the_minimum_password_length_can_be_configured() {
    let app = TestApp::start_with(&[("PASSWORD_MIN_LENGTH", "20")]).await;
    let answer = app.browser().post("/api/signup", &form("hana@example.com")).await;
    answer.assert_invalid(&[("password", "too_short")]);
}

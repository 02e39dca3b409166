//! `POST /api/confirm_email`, `POST /api/resend_confirmation` and the page around them.

use crate::helpers::{
    Answer, Ask, Browser, PASSWORD, TestApp, VISITOR, other_than, some_address, words,
};

#[tokio::test]
async fn five_wrong_codes_void_the_right_one() {
    let app = TestApp::start().await;
    let (email, mut program) = (some_address(), app.browser());
    program.sign_up(&email).await;
    let code = app.mailed_code(&email).await;
    let with = |code: &str| {
        vec![("email".to_owned(), email.clone()), ("code".to_owned(), code.to_owned())]
    };
    let tries = [
        (other_than(&code), "wrong"),
        (other_than(&code), "wrong"),
        (other_than(&code), "wrong"),
        (other_than(&code), "wrong"),
        (other_than(&code), "too_many_tries"),
        (code.as_str(), "too_many_tries"),
    ];
    for (code, problem) in tries {
        let form = with(code);
        let form: Vec<_> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let answer = program.post("/api/confirm_email", &form).await;
        answer.assert_invalid(&[("code", problem)]);
    }
    assert_eq!(app.count("select count(*) from members").await, 0);
    assert_eq!(program.session_id().await, None);
}

#[tokio::test]
async fn a_browser_is_told_of_a_wrong_code_beside_its_field() {
    let app = TestApp::start().await;
    let (email, mut browser) = (some_address(), app.browser());
    browser.sign_up(&email).await;
    let code = app.mailed_code(&email).await;
    let form = [("email", email.as_str()), ("code", other_than(&code))];
    let answer = browser.submit("/api/confirm_email", &form).await;
    answer.assert_goes_to("/signup/confirm");
    let page = browser.follow(&answer).await;
    page.assert_page(200);
    page.assert_holds(&email);
    page.assert_field_problem("code", &words("fields.code.wrong"));
}

#[tokio::test]
async fn a_form_without_code_or_address_says_so() {
    let app = TestApp::start().await;
    let mut program = app.browser();
    let answer = program.post("/api/confirm_email", &[]).await;
    answer.assert_invalid(&[("email", "required"), ("code", "required")]);
    let form = [("email", "hana@example.com"), ("code", "12345")];
    program.post("/api/confirm_email", &form).await.assert_invalid(&[("code", "wrong")]);
    program.post("/api/resend_confirmation", &[]).await.assert_invalid(&[("email", "required")]);
}

#[tokio::test]
async fn the_right_code_in_another_browser_confirms_nothing_and_spends_no_try() {
    let app = TestApp::start().await;
    let (email, mut own, mut other) = (some_address(), app.browser(), app.browser());
    own.sign_up(&email).await;
    let code = app.mailed_code(&email).await;
    // One that waits for something else, too.
    other.sign_up(&some_address()).await;
    let form = [("email", email.as_str()), ("code", code.as_str())];
    for mut browser in [other, app.browser()] {
        let answer = browser.post("/api/confirm_email", &form).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert_eq!(browser.session_id().await, None);
    }
    assert_eq!(app.count("select count(*) from members").await, 0);
    assert_eq!(own.post("/api/confirm_email", &form).await.status, 200);
}

#[tokio::test]
async fn a_code_expires() {
    let app = TestApp::start().await;
    let (email, mut program) = (some_address(), app.browser());
    program.sign_up(&email).await;
    let code = app.mailed_code(&email).await;
    app.sql(
        "update confirmations
         set created_at = created_at - interval '11 minutes', expires_at = expires_at - interval '11 minutes'",
    )
    .await;
    let form = [("email", email.as_str()), ("code", code.as_str())];
    let answer = program.post("/api/confirm_email", &form).await;
    answer.assert_invalid(&[("code", "expired")]);
}

#[tokio::test]
async fn opening_the_mails_link_changes_nothing_however_often_and_its_button_confirms() {
    let app = TestApp::start().await;
    let (email, mut own) = (some_address(), app.browser());
    own.sign_up(&email).await;
    let link = app.mailed_link(&email).await;

    let mut scanner = app.browser();
    for _ in 0..3 {
        let page = scanner.navigate(&link).await;
        page.assert_page(200);
        page.assert_leaves_cookies();
        page.assert_holds(&email);
    }
    scanner.get(&link).await.assert_leaves_cookies();
    assert_eq!(app.count("select count(*) from members").await, 0);
    assert_eq!(app.count("select count(*) from confirmations where tries > 0").await, 0);

    // The button posts what the page holds, with the password. In another browser nobody is signed in by it.
    let page = scanner.navigate(&link).await;
    let token = link.split_once("link=").unwrap().1;
    assert!(page.element(r#"name="code""#).contains(token));
    assert!(page.element(r#"id="password""#).contains(r#"type="password""#));
    page.assert_holds(&words("confirm.link_elsewhere"));
    page.assert_holds(&words("confirm.link_not_you"));
    let form = [("email", email.as_str()), ("code", token), ("password", PASSWORD)];
    let answer = scanner.submit("/api/confirm_email", &form).await;
    answer.assert_goes_to("/login");
    assert_eq!(answer.cookie_names(), [VISITOR]);
    scanner.follow(&answer).await.assert_holds(&words("notices.confirmed_log_in"));
    assert_eq!(scanner.session_id().await, None);
    assert_eq!(app.count("select count(*) from members").await, 1);
    assert_eq!(app.logged_in(&email).await.get("/auth/session").await.status, 200);

    // Opened again, it says that the address is confirmed, and names nobody.
    let used = app.browser().navigate(&link).await;
    used.assert_page(200);
    used.assert_lacks(&email);
    used.assert_holds(&words("confirm.confirmed_heading"));
    let answer = app.browser().post("/api/confirm_email", &form).await;
    assert_eq!((answer.status, answer.json()["to"].as_str()), (200, Some("/login")));
    assert_eq!(answer.json()["notice"], "confirmed_log_in");
}

#[tokio::test]
async fn a_stranger_who_presses_the_links_button_gives_the_address_to_nobody() {
    let app = TestApp::start().await;
    let (email, mut attacker, mut owner) = (some_address(), app.browser(), app.browser());
    attacker.sign_up(&email).await;
    let link = app.mailed_link(&email).await;
    let token = link.split_once("link=").unwrap().1;
    let post = |password| [("email", email.as_str()), ("code", token), ("password", password)];

    owner
        .post("/api/confirm_email", &post("")[..2])
        .await
        .assert_invalid(&[("password", "required")]);
    owner.post("/api/confirm_email", &post("")).await.assert_invalid(&[("password", "required")]);
    owner
        .post("/api/confirm_email", &post("what I have everywhere"))
        .await
        .assert_invalid(&[("password", "wrong")]);
    assert_eq!(app.count("select count(*) from members").await, 0);
    app.browser().log_in(&email).await.assert_problem(401, "bad_credentials");
    // The owner signs up: the other sign-up is gone with it, and its link and code are worth nothing.
    let mut owner = app.sign_up_and_confirm(&email).await;
    assert!(owner.session_id().await.is_some());
    assert_eq!(app.count("select count(*) from confirmations").await, 0);
    let answer = attacker.post("/api/confirm_email", &post("")[..2]).await;
    assert_eq!(answer.json()["to"], "/login");
    assert_eq!(attacker.session_id().await, None);
    assert_eq!(app.count("select count(*) from members").await, 1);
}

#[tokio::test]
async fn a_browser_without_scripts_comes_back_to_the_links_page_and_reads_what_is_wrong() {
    let app = TestApp::start().await;
    let (email, mut browser) = (some_address(), app.browser());
    app.browser().sign_up(&email).await;
    let link = app.mailed_link(&email).await;
    let token = link.split_once("link=").unwrap().1;
    for (typed, problem) in [("", "required"), ("another tree by it", "wrong")] {
        let form = [("email", email.as_str()), ("code", token), ("password", typed)];
        let answer = browser.submit("/api/confirm_email", &form).await;
        answer.assert_goes_to(&link);
        let page = browser.follow(&answer).await;
        page.assert_page(200);
        page.assert_field_problem("password", &words(&format!("fields.password.{problem}")));
        page.assert_holds(token);
    }
}

#[tokio::test]
async fn a_new_mail_voids_the_link_of_the_one_before() {
    let app = TestApp::start().await;
    let (email, mut browser) = (some_address(), app.browser());
    browser.sign_up(&email).await;
    let old = app.mailed_link(&email).await;
    browser.post("/api/resend_confirmation", &[("email", email.as_str())]).await;
    let new = app.mailed_link(&email).await;
    assert_ne!(old, new);
    browser.navigate(&old).await.assert_holds(&words("confirm.expired_heading"));
    let form = |link: &str| {
        let token = link.split_once("link=").unwrap().1.to_owned();
        [("email", email.clone()), ("code", token), ("password", PASSWORD.to_owned())]
    };
    let post = async |browser: &mut Browser, link: &str| {
        let form = form(link);
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post("/api/confirm_email", &form).await
    };
    for browser in [&mut browser, &mut app.browser()] {
        post(browser, &old).await.assert_invalid(&[("code", "older_mail")]);
    }
    assert_eq!(post(&mut browser, &new).await.status, 200);
}

#[tokio::test]
async fn a_button_pressed_twice_leads_to_the_log_in_and_not_to_a_new_sign_up() {
    let app = TestApp::start().await;
    let (email, mut browser) = (some_address(), app.browser());
    browser.sign_up(&email).await;
    // The answer to the first press never arrives, nor do its cookies.
    let mut lost = browser.clone();
    let code = app.mailed_code(&email).await;
    let form = [("email", email.as_str()), ("code", code.as_str())];
    lost.submit("/api/confirm_email", &form).await.assert_goes_to("/");
    let answer = browser.submit("/api/confirm_email", &form).await;
    answer.assert_goes_to("/login");
    browser.follow(&answer).await.assert_holds(&words("notices.confirmed_log_in"));
    let wrong = [("email", email.as_str()), ("code", other_than(&code))];
    let answer = app.browser().post("/api/confirm_email", &wrong).await;
    answer.assert_invalid(&[("code", "expired")]);
}

#[tokio::test]
async fn of_two_presses_at_once_the_slower_is_told_that_the_address_is_confirmed() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        let (email, mut browser) = (some_address(), app.browser());
        browser.sign_up(&email).await;
        let code = app.mailed_code(&email).await;
        let form = [("email", email.as_str()), ("code", code.as_str())];
        let (mut one, mut other) = (browser.clone(), browser);
        let (first, second) = tokio::join!(
            one.submit("/api/confirm_email", &form),
            other.submit("/api/confirm_email", &form),
        );
        let goes_home = |answer: &Answer| answer.header("location") == Some("/");
        assert!(goes_home(&first) != goes_home(&second), "one press makes the member");
        let (mut slower, answer) = if goes_home(&first) { (other, second) } else { (one, first) };
        answer.assert_goes_to("/login");
        slower.follow(&answer).await.assert_holds(&words("notices.confirmed_log_in"));
    }
}

#[tokio::test]
async fn the_first_mails_code_of_two_sign_ups_in_one_browser_is_called_the_older_one() {
    let app = TestApp::start().await;
    let (email, mut browser) = (some_address(), app.browser());
    browser.sign_up(&email).await;
    let first = app.mailed_code(&email).await;
    browser.sign_up(&email).await;
    let second = app.mailed_code(&email).await;
    assert_ne!(first, second, "one in a million");
    let form = [("email", email.as_str()), ("code", first.as_str())];
    let answer = browser.submit("/api/confirm_email", &form).await;
    let page = browser.follow(&answer).await;
    page.assert_field_problem("code", &words("fields.code.older_mail"));
    let form = [("email", email.as_str()), ("code", second.as_str())];
    browser.submit("/api/confirm_email", &form).await.assert_goes_to("/");
}

#[tokio::test]
async fn a_code_is_read_whatever_was_pasted_around_it() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.sign_up(&some_address()).await;
    let page = browser.navigate("/signup/confirm").await;
    assert!(!page.element(r#"id="code""#).contains("maxlength"));
    for around in ["{}.", "\u{200b}{}\u{3000}", "「{}」"] {
        let (email, mut browser) = (some_address(), app.browser());
        browser.sign_up(&email).await;
        let code = app.mailed_code(&email).await;
        let spaced: Vec<_> = code.chars().map(String::from).collect();
        let typed = around.replace("{}", &spaced.join(" "));
        let form = [("email", email.as_str()), ("code", typed.as_str())];
        let answer = browser.post("/api/confirm_email", &form).await;
        assert_eq!(answer.status, 200, "{typed:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_links_button_signs_in_the_browser_that_asked() {
    let app = TestApp::start().await;
    let (email, mut browser) = (some_address(), app.browser());
    browser.sign_up(&email).await;
    let link = app.mailed_link(&email).await;
    let token = link.split_once("link=").unwrap().1;
    let form = [("email", email.as_str()), ("code", token)];
    let answer = browser.submit("/api/confirm_email", &form).await;
    answer.assert_goes_to("/");
    answer.assert_signs_in(None);
    assert!(browser.session_id().await.is_some());
}

#[tokio::test]
async fn a_forged_link_names_nothing() {
    let app = TestApp::start().await;
    let email = some_address();
    app.browser().sign_up(&email).await;
    let link = app.mailed_link(&email).await;
    let (id, _) = link.split_once('.').unwrap();
    for forged in
        [format!("{id}.AAAA"), "/signup/confirm?link=a.b".into(), link.replace('.', "%00")]
    {
        let page = app.browser().navigate(&forged).await;
        page.assert_page(200);
        page.assert_lacks(&email);
        page.assert_holds(&words("confirm.expired_heading"));
    }
}

#[tokio::test]
async fn a_new_code_is_mailed_to_whom_waits_and_nobody_else_learns_who_that_is() {
    let app = TestApp::start().await;
    let (email, mut waiting) = (some_address(), app.browser());
    waiting.sign_up(&email).await;
    let form = [("email", email.as_str())];

    let to_a_stranger = app.browser().post("/api/resend_confirmation", &form).await;
    assert_eq!(app.mails_to(&email).await.len(), 1);
    let to_whom_waits = waiting.post("/api/resend_confirmation", &form).await;
    assert_eq!(app.mails_to(&email).await.len(), 2);
    assert_eq!((to_a_stranger.status, &to_a_stranger.body), (200, &to_whom_waits.body));

    let answer = waiting.submit("/api/resend_confirmation", &form).await;
    answer.assert_goes_to("/signup/confirm");
    waiting.follow(&answer).await.assert_holds(&words("notices.code_sent"));
    let code = app.mailed_code(&email).await;
    let form = [("email", email.as_str()), ("code", code.as_str())];
    assert_eq!(waiting.post("/api/confirm_email", &form).await.status, 200);
}

#[tokio::test]
async fn confirming_gives_the_visitor_session_a_new_id() {
    let app = TestApp::start().await;
    let (email, mut browser) = (some_address(), app.browser());
    browser.sign_up(&email).await;
    let before = browser.cookie(VISITOR).unwrap().to_owned();
    let code = app.mailed_code(&email).await;
    let form = [("email", email.as_str()), ("code", code.as_str())];
    assert_eq!(browser.submit("/api/confirm_email", &form).await.status, 303);
    assert_ne!(browser.cookie(VISITOR), Some(before.as_str()));
    // The planted one is worth nothing.
    let mut other = app.browser();
    other.set_cookie(VISITOR, &before);
    other.navigate("/signup/confirm").await.assert_lacks(&email);
}

#[tokio::test]
async fn the_page_without_a_waiting_sign_up_leads_back_to_the_form() {
    let app = TestApp::start().await;
    let page = app.browser().navigate("/signup/confirm").await;
    page.assert_page(200);
    page.assert_holds(&words("confirm.expired_heading"));
    page.assert_lacks(r#"name="code""#);
}

#[tokio::test]
async fn who_confirmed_elsewhere_meanwhile_is_told_to_log_in() {
    let app = TestApp::start().await;
    let email = some_address();
    let (mut first, mut second) = (app.browser(), app.browser());
    first.sign_up(&email).await;
    let first_code = app.mailed_code(&email).await;
    let form = [("email", email.as_str()), ("display_name", "Ken"), ("password", PASSWORD)];
    second.send(Ask::call("/api/signup", &form)).await;
    let second_code = app.mailed_code(&email).await;
    let confirm = |code| [("email", email.as_str()), ("code", code)];
    first.submit("/api/confirm_email", &confirm(&first_code)).await.assert_goes_to("/");
    let answer = second.submit("/api/confirm_email", &confirm(&second_code)).await;
    answer.assert_goes_to("/login");
    assert_eq!(second.session_id().await, None);
    assert_eq!(app.count("select count(*) from members where display_name = 'Hana'").await, 1);
}

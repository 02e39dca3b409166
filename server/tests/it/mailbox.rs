//! `GET /dev/mailbox` and `GET /dev/mailbox.json`.

use crate::helpers::{ORIGIN, TestApp, code_in, some_address};

#[tokio::test]
async fn the_mailbox_lists_mails_as_json_newest_last() {
    let app = TestApp::start().await;
    let (first, second) = (some_address(), some_address());
    for email in [&first, &second, &first] {
        app.browser().sign_up(email).await;
    }
    let answer = app.browser().get("/dev/mailbox.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let mails = answer.json();
    let ours: Vec<_> = mails
        .as_array()
        .unwrap()
        .iter()
        .filter(|mail| mail["to"] == first.as_str() || mail["to"] == second.as_str())
        .collect();
    let to: Vec<_> = ours.iter().map(|mail| mail["to"].as_str().unwrap()).collect();
    assert_eq!(to, [&first, &second, &first]);
    for mail in &ours {
        let mut names: Vec<_> = mail.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, ["html", "subject", "text", "to"]);
    }
    // The newest mail has the code of the last sign-up.
    let newest = app.mails_to(&first).await.pop().unwrap();
    assert_eq!(ours[2]["text"], newest.text.as_str());
    let code = code_in(&newest);
    assert!(newest.subject.contains(&code) && newest.html.contains(&code), "{}", newest.html);
    let link = format!("{ORIGIN}/signup/confirm?link=");
    assert!(newest.text.contains(&link) && newest.html.contains(&link), "{}", newest.text);
}

#[tokio::test]
async fn the_mailbox_is_shown_as_a_page() {
    let app = TestApp::start().await;
    let email = some_address();
    app.browser().sign_up(&email).await;
    let page = app.browser().navigate("/dev/mailbox").await;
    assert_eq!(page.status, 200);
    page.assert_holds(&email);
    page.assert_holds(&app.mailed_code(&email).await);
}

#[tokio::test]
async fn a_site_that_sends_mails_has_no_mailbox() {
    let smtp = [
        ("DEV_MAILBOX", "off"),
        ("SMTP_URL", "smtp://127.0.0.1:1"),
        ("MAIL_FROM", "a@example.com"),
    ];
    let app = TestApp::start_with(&smtp).await;
    for path in ["/dev/mailbox", "/dev/mailbox.json"] {
        assert_eq!(app.browser().navigate(path).await.status, 404);
        app.browser().get(path).await.assert_problem(404, "not_found");
    }
}

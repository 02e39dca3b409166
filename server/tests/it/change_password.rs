//! `POST /api/change_password` and its page.

use tokio::task::JoinSet;

use crate::helpers::{NEW_PASSWORD, PASSWORD, TestApp, VISITOR, words};

const FORM: [(&str, &str); 2] = [("current_password", PASSWORD), ("new_password", NEW_PASSWORD)];

#[tokio::test]
async fn a_change_of_password_ends_every_session_and_starts_a_new_one_here() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    let mut stolen = here.clone();
    let mut there = app.logged_in(&email).await;
    let before = here.session_id().await.unwrap();

    let answer = here.post("/api/change_password", &FORM).await;
    assert_eq!((answer.status, &answer.json()["to"]), (200, &"/settings/security".into()));
    answer.assert_signs_in(None);
    let after = here.session_id().await.unwrap();
    assert_ne!(before, after);
    for old in [&mut stolen, &mut there] {
        old.get("/auth/session").await.assert_problem(401, "password_changed");
        old.refresh().await.assert_problem(401, "password_changed");
    }
    assert_eq!(here.refresh().await.status, 200);
}

#[tokio::test]
async fn a_browser_is_told_that_the_password_is_changed_and_its_visitor_session_is_renewed() {
    let app = TestApp::start().await;
    let (_, mut here) = app.member().await;
    let visitor = here.cookie(VISITOR).map(str::to_owned);
    let answer = here.submit("/api/change_password", &FORM).await;
    answer.assert_goes_to("/settings/security");
    answer.assert_signs_in(None);
    assert_ne!(here.cookie(VISITOR).map(str::to_owned), visitor);
    here.follow(&answer).await.assert_holds(&words("notices.password_changed"));
}

#[tokio::test]
async fn a_refused_new_password_is_shown_beside_its_field_and_changes_nothing() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    for (form, problems) in [
        (["", ""], &[("current_password", "required"), ("new_password", "required")][..]),
        ([PASSWORD, "14 lanterns 花"], &[("new_password", "too_short")]),
        ([PASSWORD, email.as_str()], &[("new_password", "same_as_email")]),
        (["another tree by it", NEW_PASSWORD], &[("current_password", "wrong")]),
    ] {
        let form = [("current_password", form[0]), ("new_password", form[1])];
        let answer = here.post("/api/change_password", &form).await;
        answer.assert_invalid(problems);
        answer.assert_leaves_cookies();

        let answer = here.submit("/api/change_password", &form).await;
        answer.assert_goes_to("/settings/security");
        let page = here.follow(&answer).await;
        page.assert_page(200);
        for (field, code) in problems {
            let said = words(&format!("fields.password.{code}"));
            let said = said.replace("{{ count }}", "15").replace("{{ max }}", "256");
            page.assert_field_problem(field, &said);
        }
        // Everything typed is a secret, except an address.
        for (_, typed) in form.iter().filter(|(_, typed)| !typed.is_empty() && *typed != email) {
            page.assert_lacks(typed);
        }
    }
    assert_eq!(app.browser().log_in(&email).await.status, 200);
    assert_eq!(app.count("select count(*) from sessions where ended_at is not null").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_page_that_waits_for_its_data_is_complete_on_any_thread() {
    let app = TestApp::start().await;
    let (_, here) = app.member().await;
    let form = [("current_password", PASSWORD), ("new_password", "too short")];
    for _ in 0..10 {
        let mut pages = JoinSet::new();
        for _ in 0..8 {
            let mut browser = here.clone();
            pages.spawn(async move {
                let answer = browser.submit("/api/change_password", &form).await;
                browser.follow(&answer).await
            });
        }
        for page in pages.join_all().await {
            page.assert_page(200);
        }
    }
}

#[tokio::test]
async fn the_password_form_states_its_rules_to_people_and_password_managers() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    let page = here.navigate("/settings/security").await;
    page.assert_page(200);
    page.assert_holds(&words("fields.password.hint").replace("{{ count }}", "15"));
    for (field, autocomplete) in
        [("current_password", "current-password"), ("new_password", "new-password")]
    {
        let control = page.element(&format!(r#"id="{field}""#));
        assert!(control.contains(&format!(r#"autocomplete="{autocomplete}""#)), "{control}");
        assert!(control.contains(r#"type="password""#), "{control}");
        assert!(!control.contains("value="), "{control}");
    }
    assert!(page.element(r#"autocomplete="username""#).contains(&email));
    page.assert_holds(r#"href="/settings/sessions""#);
}

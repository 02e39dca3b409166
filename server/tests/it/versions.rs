//! Two versions of the site at once: an open page and a server that is newer or older.

use crate::helpers::{Ask, FUNCTIONS, TestApp};

const VERSION: &str = "genkan-version";

#[tokio::test]
async fn every_response_names_the_version_that_its_pages_name() {
    let app = TestApp::start().await;
    let (_, mut member) = app.member().await;
    let page = member.navigate("/profile").await;
    let version = page.header(VERSION).unwrap().to_owned();
    page.assert_holds(&format!(r#"data-version="{version}""#));
    let mut other_instance = app.browser_of_an_instance_with(&[]).await;
    for answer in [
        member.refresh().await,
        member.post("/api/update_profile", &[]).await,
        other_instance.navigate("/").await,
        other_instance.post("/api/login", &[]).await,
        other_instance.get("/nowhere").await,
    ] {
        assert_eq!(answer.header(VERSION), Some(version.as_str()));
    }
}

#[tokio::test]
async fn a_form_without_a_field_or_with_an_unknown_one_is_understood() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    for (function, fields) in FUNCTIONS.iter() {
        let path = format!("/api/{function}");
        for left_out in 0..fields.len().max(1) {
            let mut form = fields.to_vec();
            if left_out < form.len() {
                form.remove(left_out);
            }
            form.push(("of_another_version", "1"));
            // In a browser of its own, because some forms end the session.
            let answer = app.logged_in(&email).await.post(&path, &form).await;
            assert!(
                [200, 401, 404, 422].contains(&answer.status),
                "{form:?} to {path}: {} {}",
                answer.status,
                answer.body
            );
            if answer.status == 422 {
                let errors = answer.json()["errors"].as_object().unwrap().clone();
                let known = |name: &String| fields.iter().any(|(field, _)| field == name);
                assert!(errors.keys().all(known), "{path}: {errors:?} of {fields:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_page_of_another_version_gets_a_style_sheet_and_no_foreign_scripts() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let page = browser.navigate("/").await;
    let (_, style) = page.body.split_once(r#"rel="stylesheet" href=""#).unwrap();
    let (style, _) = style.split_once('"').unwrap();
    let answer = browser.get("/pkg/genkan.of-another-version.css").await;
    assert_eq!((answer.status, answer.header("location")), (307, Some(style)));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    for path in ["/pkg/genkan.of-another-version.js", "/pkg/genkan.of-another-version.wasm"] {
        browser.get(path).await.assert_problem(404, "not_found");
    }
    // Nothing leads in a circle: the tests have no built files.
    browser.get(style).await.assert_problem(404, "not_found");
    browser.send(Ask::page("/nowhere.css")).await.assert_page(404);
}

//! Pages rendered for another session than the browser's current one.

use app::api::FORMS;
use contract::headers::PAGE_SESSION;

use crate::helpers::{Ask, TestApp, words};

#[tokio::test]
async fn requests_from_a_page_of_another_session_are_refused() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let before = browser.session_id().await.unwrap();
    let (email, _) = app.member().await;
    browser.log_in(&email).await.assert_signs_in(None);
    let now = browser.session_id().await.unwrap();

    let form = [("display_name", "Somebody else"), ("bio", ""), ("locale", "en")];
    let save = |page: &str| Ask::call("/api/update_profile", &form).with(PAGE_SESSION, page);
    let refresh = |page: &str| Ask::call("/auth/refresh", &[]).with(PAGE_SESSION, page);
    let renamed = "select count(*) from members where display_name = 'Somebody else'";
    for ask in [save(&before), save(""), refresh(&before), refresh("a page of nobody's")] {
        let answer = browser.send(ask).await;
        answer.assert_problem(409, "other_session");
        answer.assert_leaves_cookies();
    }
    assert_eq!(app.count(renamed).await, 0);

    assert_eq!(browser.send(refresh(&now)).await.status, 200);
    assert_eq!(browser.send(save(&now)).await.status, 200);
    assert_eq!(app.count(renamed).await, 1);
}

#[tokio::test]
async fn a_plain_form_of_another_members_page_is_kept_for_that_member() {
    let app = TestApp::start().await;
    let (bob, mut browser) = app.member().await;
    let page = browser.navigate("/profile").await;
    let (_, field) = page.body.split_once(r#"name="page_member" value=""#).unwrap();
    let member = field.split('"').next().unwrap();
    let (carol, _) = app.member().await;
    browser.log_in(&carol).await.assert_signs_in(None);

    let form =
        [("display_name", "Bob"), ("bio", "Bob's"), ("locale", "en"), ("page_member", member)];
    let answer = browser.submit("/api/update_profile", &form).await;
    let answer = browser.follow(&answer).await;
    let page = browser.follow(&answer).await;
    page.assert_holds(&words("notices.other_member"));
    page.assert_lacks("Bob");
    assert_eq!(app.count("select count(*) from members where bio <> ''").await, 0);

    browser.log_in(&bob).await.assert_signs_in(None);
    browser.navigate("/profile").await.assert_holds("Bob's");
    let answer = browser.submit("/api/update_profile", &form).await;
    browser.follow(&answer).await.assert_holds(&words("notices.saved"));
}

#[tokio::test]
async fn every_form_of_a_members_page_names_the_member() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let mut forms = 0;
    for form in FORMS.iter().filter(|form| form.is_for_members()) {
        let page = browser.navigate(form.page).await;
        for (at, _) in page.body.match_indices(&format!(r#"action="{}""#, form.action())) {
            let form = page.body[at..].split("</form>").next().unwrap();
            assert!(form.contains(r#"name="page_member""#), "{form}");
            forms += 1;
        }
    }
    assert!(forms >= 4, "{forms}");
}

//! Pages rendered for another session than the browser's current one.

use contract::headers::PAGE_SESSION;

use crate::helpers::{Ask, TestApp};

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

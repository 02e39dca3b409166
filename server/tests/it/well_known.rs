//! What others look for at a fixed place.

use crate::helpers::TestApp;

#[tokio::test]
async fn a_password_manager_finds_the_page_to_change_a_password() {
    let app = TestApp::start().await;
    let answer = app.browser().get("/.well-known/change-password").await;
    assert_eq!((answer.status, answer.header("location")), (302, Some("/settings/security")));
    answer.assert_leaves_cookies();
}

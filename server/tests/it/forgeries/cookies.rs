//! Cookies that no browser of ours sends: a name twice, odd white space, far too much.

use super::MUCH;
use crate::helpers::{ACCESS, Ask, Browser, REFRESH, TestApp, instances::Instances};

fn both(browser: &Browser) -> (&str, &str) {
    (browser.cookie(ACCESS).unwrap(), browser.cookie(REFRESH).unwrap())
}

#[tokio::test]
async fn a_token_that_came_twice_is_nobodys_and_consumes_nothing() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let (_, stranger) = app.member().await;
    app.pass_grace().await;
    let ((own, refresh), (others, others_refresh)) = (both(&browser), both(&stranger));
    for (one, other) in [(own, "x"), ("x", own), (own, others), (others, own), (own, own)] {
        let one_header = format!("{ACCESS}={one}; {ACCESS}={other}");
        let (first, second) = (format!("{ACCESS}={one}"), format!("{ACCESS}={other}"));
        for ask in [
            Ask::data("/auth/session").with("cookie", &one_header),
            Ask::data("/auth/session").with("cookie", &first).with_another("cookie", &second),
            Ask::data("/auth/session")
                .with("cookie", &format!("{one_header}; {REFRESH}={refresh}")),
        ] {
            app.browser().send(ask).await.assert_problem(401, "invalid");
        }
    }
    for (one, other) in
        [(refresh, "x"), ("x", refresh), (refresh, others_refresh), (others_refresh, refresh)]
    {
        let twice = format!("{REFRESH}={one}; {REFRESH}={other}");
        let ask = Ask::call("/auth/refresh", &[]).with("cookie", &twice);
        let answer = app.browser().send(ask).await;
        answer.assert_problem(401, "invalid");
        answer.assert_signs_out();
        // Nor do two of them log anybody out.
        let ask = Ask::call("/api/logout", &[]).with("cookie", &twice);
        app.browser().send(ask).await;
    }
    let untouched = "select count(*) from sessions where generation = 1 and ended_at is null";
    assert_eq!(app.count(untouched).await, 2);
    assert!(browser.session_id().await.is_some());
    assert_eq!(browser.refresh().await.status, 200);
}

#[tokio::test]
async fn white_space_around_a_cookie_is_no_part_of_it() {
    let app = TestApp::start().await;
    let (_, browser) = app.member().await;
    let (access, _) = both(&browser);
    for cookies in [
        format!(" {ACCESS}={access} "),
        format!("a=1;{ACCESS}={access}\t"),
        format!(";; {ACCESS}={access};"),
    ] {
        let answer = app.browser().send(Ask::data("/auth/session").with("cookie", &cookies)).await;
        assert_eq!(answer.status, 200, "{cookies:?}");
    }
    for cookies in
        [format!("{ACCESS} ={access} x"), format!("{ACCESS}={}", access.replace('.', " ."))]
    {
        let ask = Ask::data("/auth/session").with("cookie", &cookies);
        app.browser().send(ask).await.assert_problem(401, "invalid");
    }
}

#[tokio::test]
async fn a_cookie_that_fills_the_whole_head_is_refused_like_every_other() {
    let app = TestApp::start().await;
    let (_, browser) = app.member().await;
    let instances = Instances::start(&app.db.url, &[]).await;
    let (access, refresh) = both(&browser);
    let much = "A".repeat(MUCH);
    for forged in [much.clone(), format!("{access}.{much}"), format!("{access}{much}")] {
        let mut browser = instances.browser(0);
        browser.set_cookie(ACCESS, &forged);
        browser.get("/auth/session").await.assert_problem(401, "invalid");
    }
    for forged in [much.clone(), format!("{refresh}.{much}"), format!("v1.k1.{much}")] {
        let mut browser = instances.browser(0);
        browser.set_cookie(REFRESH, &forged);
        browser.refresh().await.assert_problem(401, "invalid");
    }
}

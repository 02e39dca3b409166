//! The sessions page, and `POST /api/list_sessions`.

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::helpers::{Ask, Browser, PASSWORD, TestApp, japanese_words, words};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";

/// A member's log-in with this `User-Agent`.
async fn logged_in_with(app: &TestApp, form: &[(&str, &str)], user_agent: &str) -> Browser {
    let mut browser = app.browser();
    let ask = Ask::call("/api/login", form).with("user-agent", user_agent);
    assert_eq!(browser.send(ask).await.status, 200);
    browser
}

fn with_value(words: &str, name: &str, value: &str) -> String {
    words.replace(&format!("{{{{ {name} }}}}"), value)
}

#[tokio::test]
async fn the_sessions_page_describes_this_browser_and_the_others() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    app.member().await;
    let form = [("email", email.as_str()), ("password", PASSWORD), ("remember", "on")];
    let mut there = logged_in_with(&app, &form, FIREFOX).await;
    let there_id = there.session_id().await.unwrap();
    let aged = "update sessions set last_seen_at = now() - interval '3 minutes'";
    app.sql(&format!("{aged} where id = '{there_id}'")).await;

    let page = here.navigate("/settings/sessions").await;
    page.assert_page(200);
    page.assert_holds(&words("sessions.here"));
    page.assert_holds(&words("sessions.unknown_device"));
    page.assert_holds("Firefox on Linux");
    page.assert_holds("192.0.2.1");
    page.assert_holds(">3 minutes ago<");
    page.assert_holds("After 30 minutes without use, in 12 hours at the latest");
    page.assert_holds("or until 30 days pass without use.");
    // Only the other session has a form: this browser logs out by the page's header.
    assert_eq!(page.body.matches(r#"action="/api/end_session""#).count(), 1);
    assert!(page.element(r#"name="session_id""#).contains(&there_id));
    page.assert_holds(r#"action="/api/end_other_sessions""#);
    page.assert_holds(r#"action="/api/logout_everywhere""#);
    page.assert_lacks(&words("sessions.none_elsewhere"));
    for element in page.body.split("<time ").skip(1) {
        let moment = element.split('"').nth(1).unwrap();
        assert!(OffsetDateTime::parse(moment, &Rfc3339).is_ok(), "{moment}");
    }
}

#[tokio::test]
async fn the_sessions_page_says_if_there_is_no_other_session() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    let mut gone = app.logged_in(&email).await;
    assert_eq!(gone.post("/api/logout", &[]).await.status, 200);
    let page = here.navigate("/settings/sessions").await;
    page.assert_page(200);
    page.assert_holds(&words("sessions.none_elsewhere"));
    page.assert_lacks(r#"action="/api/end_session""#);
    page.assert_lacks(r#"action="/api/end_other_sessions""#);
}

#[tokio::test]
async fn the_sessions_page_is_shown_in_japanese() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    let form = [("email", email.as_str()), ("password", PASSWORD)];
    logged_in_with(&app, &form, FIREFOX).await;
    here.submit("/api/choose_locale", &[("locale", "ja")]).await;
    let page = here.navigate("/settings/sessions").await;
    page.assert_page(200);
    page.assert_holds(&japanese_words("sessions.heading"));
    page.assert_holds("Firefox（Linux）");
    page.assert_holds("遅くとも12時間後に終わります");
}

#[tokio::test]
async fn the_sessions_page_shows_replays_from_elsewhere_if_any() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    let mut there = app.logged_in(&email).await;
    let told = with_value(&words("sessions.replays"), "count", "2");
    here.navigate("/settings/sessions").await.assert_lacks(told.split(':').next().unwrap());
    let id = there.session_id().await.unwrap();
    app.sql(&format!("update sessions set replays_from_elsewhere = 2 where id = '{id}'")).await;
    here.navigate("/settings/sessions").await.assert_holds(&told);
}

#[tokio::test]
async fn a_user_agent_is_escaped_on_the_sessions_page() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    let form = [("email", email.as_str()), ("password", PASSWORD)];
    logged_in_with(&app, &form, "<script>x</script> Firefox/1 Linux").await;
    let page = here.navigate("/settings/sessions").await;
    page.assert_holds("Firefox on Linux");
    page.assert_lacks("<script>x");
}

#[tokio::test]
async fn a_program_reads_the_sessions_with_times_and_durations() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    let form = [("email", email.as_str()), ("password", PASSWORD), ("remember", "on")];
    let mut there = logged_in_with(&app, &form, FIREFOX).await;
    let answer = here.post("/api/list_sessions", &[]).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let list = answer.json();
    assert_eq!(list["this"]["id"], here.session_id().await.unwrap());
    assert_eq!(
        (&list["this"]["browser"], &list["this"]["system"]),
        (&None::<&str>.into(), &None::<&str>.into())
    );
    let others = list["others"].as_array().unwrap();
    assert_eq!(others.len(), 1);
    let other = &others[0];
    assert_eq!(other["id"], there.session_id().await.unwrap());
    assert_eq!((&other["browser"], &other["system"]), (&"Firefox".into(), &"Linux".into()));
    assert_eq!(
        (&other["ip_address"], &other["is_remembered"]),
        (&"192.0.2.1".into(), &true.into())
    );
    assert_eq!(
        (&other["idle_timeout"], &other["replays_from_elsewhere"]),
        (&2_592_000.into(), &0.into())
    );
    let moment =
        |name: &str| OffsetDateTime::parse(other[name].as_str().unwrap(), &Rfc3339).unwrap();
    assert!(
        (moment("ends_at") - moment("signed_in_at") - Duration::days(90)).abs()
            < Duration::minutes(1)
    );
    assert!((OffsetDateTime::now_utc() - moment("seen_at")).abs() < Duration::minutes(1));
}

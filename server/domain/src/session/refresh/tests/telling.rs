//! Tests of notices and counters for tokens from another browser or network.

use super::*;
use crate::{
    counters::tests::{counted, recorder},
    mail::Message,
    session::list_sessions::list_sessions,
};

/// A browser with a consumed token, which only a thief would still present.
async fn stolen() -> (InMemory, SignedInBrowser) {
    let (world, browser) = InMemory::with_browser().await;
    let mut newest = browser.refresh.clone();
    for _ in 0..2 {
        world.pass(Duration::from_secs(200));
        let tokens = refreshed(&world, &newest).await;
        newest = tokens.unwrap().refresh.to_string();
    }
    (world, browser)
}

#[tokio::test]
async fn a_reuse_detected_twice_at_once_sends_one_mail() {
    let recorder = recorder();
    let _local = metrics::set_default_local_recorder(&recorder);
    let (world, browser) = stolen().await;
    let (one, other) = (world.session(), world.session());
    let client = Client::default();
    let reused = async |resources| refresh(resources, &browser.refresh, &client, world.now()).await;
    // Two instances, and then once more.
    let answers = futures_util::future::join(reused(&one), reused(&other)).await;
    for refused in [answers.0, answers.1, reused(&one).await] {
        assert!(matches!(refused, Err(RefreshError::Ended(EndReason::Reuse))), "{refused:?}");
    }
    // An orderly shutdown waits for the outbox, and so for the notice.
    let mails = world.mails_sent().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(
        matches!(&mails[0].message, Message::Reuse { sessions } if sessions.ends_with("/settings/sessions"))
    );
    assert_eq!(mails[0].to.as_str(), world.email_of(browser.member_id));
    let ends = r#"session_ends_total{reason="reuse"} 1"#;
    assert!(counted(&recorder).iter().any(|line| line == ends), "{:?}", counted(&recorder));
}

#[tokio::test]
async fn a_failed_mail_about_reuse_does_not_keep_the_session_alive() {
    let (world, browser) = stolen().await;
    world.break_mailer();
    assert_eq!(end_of(&world, &browser.refresh).await, EndReason::Reuse);
    assert!(world.mails_sent().await.is_empty());
    assert_eq!(world.ended(browser.session_id), Some(EndReason::Reuse));
}

#[tokio::test]
async fn only_replays_from_elsewhere_are_counted_and_shown() {
    let recorder = recorder();
    let _local = metrics::set_default_local_recorder(&recorder);
    let (world, browser) = InMemory::with_browser().await;
    let resources = world.session();
    let here = Client::default();
    let elsewhere = Client { ip: Some([192, 0, 2, 7].into()), ..Client::default() };
    let who = browser.authenticated(&world).await;
    let replays = async || {
        let own = list_sessions(&resources, &who, None).await.unwrap();
        own.this.unwrap().replays_from_elsewhere
    };
    // A renewal or rotation from elsewhere is not a replay: members move between networks.
    refresh(&resources, &browser.refresh, &elsewhere, world.now()).await.unwrap();
    world.pass(Duration::from_secs(200));
    refresh(&resources, &browser.refresh, &here, world.now()).await.unwrap();
    refresh(&resources, &browser.refresh, &here, world.now()).await.unwrap();
    assert_eq!(replays().await, 0);

    refresh(&resources, &browser.refresh, &elsewhere, world.now()).await.unwrap();
    assert_eq!(replays().await, 1);
    world.pass(Duration::from_secs(200));
    refresh(&resources, &browser.refresh, &elsewhere, world.now()).await.unwrap();
    assert_eq!(replays().await, 2);
    let line = "session_replays_from_elsewhere_total 2";
    assert!(counted(&recorder).iter().any(|it| it == line), "{:?}", counted(&recorder));
}

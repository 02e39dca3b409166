//! The development mailbox in Redis.

use app::letters::RenderedMail;
use fred::prelude::{Builder, ClientLike, Config, KeysInterface};
use server::redis::{Mailbox, Redis};
use url::Url;
use uuid::Uuid;

use super::redis_url;

/// A Redis database that no other test uses, because this test fills the mailbox.
fn own_database() -> String {
    let mut url = Url::parse(&redis_url()).unwrap();
    url.set_path("/9");
    url.into()
}

fn mail(subject: &str) -> RenderedMail {
    RenderedMail {
        to: "hana@example.com".into(),
        subject: subject.into(),
        text: "花".into(),
        html: "<p>花</p>".into(),
    }
}

#[tokio::test]
async fn the_mailbox_keeps_the_newest_two_hundred_mails_for_a_day() {
    let redis = Redis::connect(&own_database()).await.unwrap();
    let mailbox = Mailbox::new(redis);
    let subjects: Vec<_> = (0..201).map(|_| Uuid::new_v4().to_string()).collect();
    for subject in &subjects {
        mailbox.put(&mail(subject)).await.unwrap();
    }
    let kept = mailbox.mails().await.unwrap();
    assert_eq!(kept.len(), 200);
    assert_eq!(kept.last(), Some(&mail(&subjects[200])));
    assert!(!kept.contains(&mail(&subjects[0])));

    let raw = Builder::from_config(Config::from_url(&own_database()).unwrap()).build().unwrap();
    raw.init().await.unwrap();
    let left: i64 = raw.ttl("dev:mailbox").await.unwrap();
    assert!((86_000..=86_400).contains(&left), "{left}");
}

#[test]
fn a_stored_mail_is_an_object_of_four_strings_and_is_never_logged() {
    let json = serde_json::to_value(mail("a subject")).unwrap();
    let expected = serde_json::json!({
        "to": "hana@example.com", "subject": "a subject", "text": "花", "html": "<p>花</p>",
    });
    assert_eq!(json, expected);
    assert_eq!(format!("{:?}", mail("a subject")), "RenderedMail(redacted)");
}

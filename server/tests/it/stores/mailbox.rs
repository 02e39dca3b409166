//! The development mailbox in Redis and in Postgres.

use app::letters::RenderedMail;
use fred::prelude::{Builder, ClientLike, Config, KeysInterface};
use server::{
    mail::Mailbox,
    postgres::PgMailbox,
    redis::{Redis, RedisMailbox},
};
use url::Url;
use uuid::Uuid;

use super::{database::fresh_database, redis_url};

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

async fn keeps_the_newest_two_hundred(mailbox: &dyn Mailbox) {
    let subjects: Vec<_> = (0..201).map(|_| Uuid::new_v4().to_string()).collect();
    for subject in &subjects {
        mailbox.put(&mail(subject)).await.unwrap();
    }
    let kept = mailbox.mails().await.unwrap();
    assert_eq!(kept.len(), 200);
    assert_eq!(kept.last(), Some(&mail(&subjects[200])));
    assert!(!kept.contains(&mail(&subjects[0])));
}

#[tokio::test]
async fn the_mailbox_in_redis_keeps_the_newest_two_hundred_mails_for_a_day() {
    let redis = Redis::connect(&own_database()).await.unwrap();
    keeps_the_newest_two_hundred(&RedisMailbox::new(redis)).await;

    let raw = Builder::from_config(Config::from_url(&own_database()).unwrap()).build().unwrap();
    raw.init().await.unwrap();
    let left: i64 = raw.ttl("dev:mailbox").await.unwrap();
    assert!((86_000..=86_400).contains(&left), "{left}");
}

#[tokio::test]
async fn the_mailbox_in_postgres_keeps_the_newest_two_hundred_mails_for_a_day() {
    let db = fresh_database().await;
    let mailbox = PgMailbox::new(db.database.clone());
    keeps_the_newest_two_hundred(&mailbox).await;

    let age = "update development_mails set kept_at = kept_at - interval '24 hours'";
    sqlx::query(age).execute(&db.pool).await.unwrap();
    assert_eq!(mailbox.mails().await.unwrap(), []);
    mailbox.put(&mail("a new one")).await.unwrap();
    let kept = sqlx::query_scalar::<_, i64>("select count(*) from development_mails");
    assert_eq!(kept.fetch_one(&db.pool).await.unwrap(), 1);
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

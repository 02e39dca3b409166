//! When a page writes its session's row in Postgres. Instead of waiting, the row is made older.

use std::time::Duration;

use axum::http::StatusCode;
use lab::approaches::Approach;
use sqlx::PgPool;
use time::OffsetDateTime;
use tower_sessions::session::Id;
use uuid::Uuid;

use crate::{
    browser::Browser,
    instance::{Instance, settings},
    stored::USE_OF_EVERY_SESSION,
};

#[tokio::test]
async fn a_session_in_postgres_is_written_by_every_page() {
    let _undisturbed = USE_OF_EVERY_SESSION.lock().await;
    let (mut browser, row) = signed_in(Approach::RdbEveryRequest).await;
    let before = row.expires_at().await;
    assert_eq!(browser.get("/page").await.status, StatusCode::OK);
    assert!(row.expires_at().await > before);
}

#[tokio::test]
async fn a_session_in_postgres_can_be_written_at_most_once_a_minute() {
    let _undisturbed = USE_OF_EVERY_SESSION.lock().await;
    let (mut browser, row) = signed_in(Approach::RdbOnceAMinute).await;
    let written = row.expires_at().await;
    for (seconds_later, is_written) in [(0, false), (50, false), (11, true), (0, false)] {
        let before = row.age(Duration::from_secs(seconds_later)).await;
        assert_eq!(browser.get("/page").await.status, StatusCode::OK);
        let after = row.expires_at().await;
        assert_eq!(after != before, is_written, "{seconds_later} s later");
    }
    assert!(row.expires_at().await > written, "the timeout begins again");
}

async fn signed_in(approach: Approach) -> (Browser, Row) {
    let instance = Instance::of(approach).await;
    let member = instance.member("member").await;
    let browser = instance.signed_in(&member).await;
    let id: Id = browser.cookies.values().next().unwrap().parse().unwrap();
    let database = PgPool::connect(&settings().await.database_url).await.unwrap();
    (browser, Row { database, id: Uuid::from_bytes(id.0.to_be_bytes()) })
}

/// The row of a session.
struct Row {
    database: PgPool,
    id: Uuid,
}

impl Row {
    async fn expires_at(&self) -> OffsetDateTime {
        self.age(Duration::ZERO).await
    }

    /// Lets so much of the idle timeout be used up, and returns when it ends.
    async fn age(&self, by: Duration) -> OffsetDateTime {
        sqlx::query_scalar(
            "
            update lab_sessions
            set expires_at = expires_at - $2
            where id = $1
            returning expires_at
            ",
        )
        .bind(self.id)
        .bind(by)
        .fetch_one(&self.database)
        .await
        .unwrap()
    }
}

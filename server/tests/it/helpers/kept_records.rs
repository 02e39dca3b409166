//! The visitor records of a site, as its store has them.

use std::str::FromStr;

use fred::{
    interfaces::{KeysInterface, LuaInterface},
    prelude::Client,
};
use server::config::VisitorStore;
use sqlx::PgPool;
use tower_sessions::session::Id;
use url::Url;
use uuid::Uuid;

use super::{TestApp, raw_redis};
use crate::stores::given_redis_url;

/// The store of a site's visitor sessions.
pub(crate) enum KeptRecords {
    Redis(Client),
    Postgres(PgPool),
}

impl KeptRecords {
    pub(crate) async fn of(app: &TestApp) -> Self {
        let config = &app.genkan.config;
        match config.visitor_sessions {
            VisitorStore::Redis => {
                Self::Redis(raw_redis(config.redis_url.as_ref().unwrap().expose()).await)
            }
            VisitorStore::Postgres => Self::Postgres(app.db.pool.clone()),
        }
    }

    /// A site in whose store no other site keeps anything.
    pub(crate) async fn of_a_store_of_its_own() -> (TestApp, Self) {
        let app = match given_redis_url() {
            Some(url) => {
                let mut own_database = Url::parse(&url).unwrap();
                own_database.set_path("/15");
                TestApp::start_with(&[("REDIS_URL", own_database.as_str())]).await
            }
            None => TestApp::start().await,
        };
        let kept = Self::of(&app).await;
        (app, kept)
    }

    /// The number of everything that is kept there.
    pub(crate) async fn count(&self) -> usize {
        match self {
            Self::Redis(redis) => {
                let none = Vec::<String>::new;
                let keys: Vec<String> =
                    redis.eval("return redis.call('keys', '*')", none(), none()).await.unwrap();
                keys.len()
            }
            Self::Postgres(pool) => {
                let count: i64 = sqlx::query_scalar(
                    "select (select count(*) from visitor_records)
                          + (select count(*) from limits)
                          + (select count(*) from live_sessions)",
                )
                .fetch_one(pool)
                .await
                .unwrap();
                usize::try_from(count).unwrap()
            }
        }
    }

    pub(crate) async fn get(&self, id: &str) -> Option<Vec<u8>> {
        match self {
            Self::Redis(redis) => redis.get(key(id)).await.unwrap(),
            Self::Postgres(pool) => sqlx::query_scalar(
                "select sealed from visitor_records where id = $1 and expires_at > now()",
            )
            .bind(column(id))
            .fetch_optional(pool)
            .await
            .unwrap(),
        }
    }

    pub(crate) async fn seconds_left(&self, id: &str) -> i64 {
        match self {
            Self::Redis(redis) => redis.ttl(key(id)).await.unwrap(),
            Self::Postgres(pool) => sqlx::query_scalar(
                "select ceil(extract(epoch from expires_at - now()))::bigint
                 from visitor_records where id = $1",
            )
            .bind(column(id))
            .fetch_one(pool)
            .await
            .unwrap(),
        }
    }

    pub(crate) async fn put(&self, id: &str, record: &[u8]) {
        match self {
            Self::Redis(redis) => {
                redis.set::<(), _, _>(key(id), record, None, None, false).await.unwrap();
            }
            Self::Postgres(pool) => {
                sqlx::query(
                    "insert into visitor_records values ($1, $2, now() + interval '1 minute')
                     on conflict (id) do update set sealed = excluded.sealed",
                )
                .bind(column(id))
                .bind(record)
                .execute(pool)
                .await
                .unwrap();
            }
        }
    }

    pub(crate) async fn delete(&self, id: &str) {
        match self {
            Self::Redis(redis) => redis.del::<(), _>(key(id)).await.unwrap(),
            Self::Postgres(pool) => {
                sqlx::query("delete from visitor_records where id = $1")
                    .bind(column(id))
                    .execute(pool)
                    .await
                    .unwrap();
            }
        }
    }
}

fn key(id: &str) -> String {
    format!("visitor:{id}")
}

fn column(id: &str) -> Uuid {
    Uuid::from_bytes(Id::from_str(id).unwrap().0.to_be_bytes())
}

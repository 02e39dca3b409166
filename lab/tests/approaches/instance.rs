//! Instances of the small site, on the stores that the environment names.

use std::{env, time::Duration};

use axum::{Router, http::StatusCode};
use lab::{
    approaches::Approach,
    site::{Settings, SharedKey},
};
use url::Url;
use uuid::Uuid;

use crate::{browser::Browser, memcached};

/// `LAB_KEY`
pub(crate) const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// Nothing listens there.
pub(crate) const NOWHERE: &str = "127.0.0.1:1";

/// An instance with one of the approaches.
pub(crate) struct Instance {
    site: Router,
}

impl Instance {
    /// An instance with the usual settings.
    pub(crate) async fn of(approach: Approach) -> Self {
        Self::with(approach, &settings().await).await
    }

    pub(crate) async fn with(approach: Approach, settings: &Settings) -> Self {
        approach.prepare(settings).await.unwrap();
        Self::without_tables(approach, settings).await
    }

    /// An instance whose database may be unavailable.
    pub(crate) async fn without_tables(approach: Approach, settings: &Settings) -> Self {
        Self { site: approach.site(settings).await.unwrap() }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.site.clone())
    }

    /// The name of a new member with this role.
    pub(crate) async fn member(&self, role: &str) -> String {
        let name = Uuid::new_v4().simple().to_string();
        let form = [("member", name.as_str()), ("role", role)];
        assert_eq!(self.browser().post("/members", &form).await.status, StatusCode::NO_CONTENT);
        name
    }

    /// A browser of this member, signed in.
    pub(crate) async fn signed_in(&self, member: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser.log_in(member).await;
        assert!(answer.status.is_success(), "{}", answer.status);
        browser
    }
}

/// Usual settings, on a database for these tests.
pub(crate) async fn settings() -> Settings {
    let named = |variable: &str| env::var(variable).expect("`cargo xtask test unit` sets it");
    let mut database = Url::parse(&named("DATABASE_URL")).unwrap();
    database.set_path("lab");
    server::postgres::migrate(database.as_str()).await.unwrap();
    Settings {
        port: 0,
        database_url: database.into(),
        redis_url: Some(named("REDIS_URL")),
        memcached_url: Some(memcached::address().await),
        live_sessions: None,
        key: SharedKey::parse(KEY).unwrap(),
        access_ttl: Duration::from_secs(300),
        session_ttl: Duration::from_secs(1800),
    }
}

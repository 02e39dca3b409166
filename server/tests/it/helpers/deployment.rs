//! Instances of the site, and the stores that they use.

use std::collections::HashMap;

use axum::Router;
use server::{config::Config, state::Genkan};

use super::KEY;
use crate::stores::given_redis_url;

/// The site on a database, with additional settings.
pub(crate) async fn site(database_url: &str, settings: &[(&str, &str)]) -> Router {
    instance(database_url, settings).await.router()
}

/// An instance of the site on a database, with additional settings.
pub(crate) async fn instance(database_url: &str, settings: &[(&str, &str)]) -> Genkan {
    let (variable, value) = deployment();
    let mut environment = HashMap::from([
        ("DATABASE_URL", database_url),
        (variable, value.as_str()),
        ("SECRET_KEYS", KEY),
        ("DEV_MAILBOX", "on"),
        // Required for the mailbox if PUBLIC_URL names another machine.
        ("PRIVATE_NETWORK", "on"),
        ("HASH_MEMORY_KIB", "8"),
        ("HASH_PASSES", "1"),
        ("HASH_PERMITS", "4"),
        ("RATE_LIMITS", "off"),
    ]);
    environment.extend(settings.iter().copied());
    let lookup = |variable: &str| environment.get(variable).map(|value| (*value).to_owned());
    Genkan::connect(Config::read(lookup).unwrap()).await.unwrap()
}

/// The setting that selects the stores: Redis, or without `REDIS_URL` the smallest deployment, which needs none.
pub(crate) fn deployment() -> (&'static str, String) {
    match given_redis_url() {
        Some(url) => ("REDIS_URL", url),
        None => ("LIVE_SESSIONS", "postgres".to_owned()),
    }
}

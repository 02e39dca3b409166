//! What is kept in which store.

use super::{super::*, read, refusal};

#[test]
fn live_sessions_are_in_the_configured_store() {
    for (name, store) in [
        ("", LiveSessionStore::Redis),
        ("redis", LiveSessionStore::Redis),
        ("postgres", LiveSessionStore::Postgres),
        ("memory", LiveSessionStore::Memory),
    ] {
        assert_eq!(read(&[("LIVE_SESSIONS", name)]).unwrap().live_sessions, store, "{name}");
    }
}

#[test]
fn redis_is_required_only_if_something_is_kept_there() {
    for (live, visitors, store, uses_redis) in [
        ("", "", VisitorStore::Redis, true),
        ("", "postgres", VisitorStore::Postgres, true),
        ("postgres", "", VisitorStore::Postgres, false),
        ("postgres", "redis", VisitorStore::Redis, true),
        ("memory", "", VisitorStore::Postgres, false),
        ("memory", "redis", VisitorStore::Redis, true),
    ] {
        let stores = [("LIVE_SESSIONS", live), ("VISITOR_SESSIONS", visitors)];
        let config = read(&stores).unwrap();
        assert_eq!(config.visitor_sessions, store, "{stores:?}");
        assert_eq!(config.redis_url.is_some(), uses_redis, "{stores:?}");
        let without = read(&[stores[0], stores[1], ("REDIS_URL", "")]);
        match without {
            Ok(_) => assert!(!uses_redis, "{stores:?}"),
            Err(error) => assert!(error.to_string().starts_with("REDIS_URL is missing"), "{error}"),
        }
    }
    let sentence = refusal(&[("VISITOR_SESSIONS", "memory")]);
    assert_eq!(sentence, "VISITOR_SESSIONS must be redis or postgres.");
}

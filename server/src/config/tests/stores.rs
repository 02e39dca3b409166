//! What is kept in which store.

use super::{super::*, read, refusal};

const MEMCACHED: &str = "memcached://127.0.0.1:11211";

#[test]
fn live_sessions_are_in_the_configured_store() {
    for (name, store) in [
        ("", LiveSessionStore::Redis),
        ("redis", LiveSessionStore::Redis),
        ("memcached", LiveSessionStore::Memcached),
        ("postgres", LiveSessionStore::Postgres),
        ("memory", LiveSessionStore::Memory),
    ] {
        let settings = [("LIVE_SESSIONS", name), ("MEMCACHED_URL", MEMCACHED)];
        assert_eq!(read(&settings).unwrap().live_sessions, store, "{name}");
    }
}

#[test]
fn redis_is_required_only_if_something_is_kept_there() {
    for (live, visitors, store, uses_redis) in [
        ("", "", VisitorStore::Redis, true),
        ("", "postgres", VisitorStore::Postgres, true),
        ("postgres", "", VisitorStore::Postgres, false),
        ("postgres", "redis", VisitorStore::Redis, true),
        ("memcached", "", VisitorStore::Postgres, false),
        ("memcached", "redis", VisitorStore::Redis, true),
        ("memory", "", VisitorStore::Postgres, false),
        ("memory", "redis", VisitorStore::Redis, true),
    ] {
        let stores =
            [("LIVE_SESSIONS", live), ("VISITOR_SESSIONS", visitors), ("MEMCACHED_URL", MEMCACHED)];
        let config = read(&stores).unwrap();
        assert_eq!(config.visitor_sessions, store, "{stores:?}");
        assert_eq!(config.redis_url.is_some(), uses_redis, "{stores:?}");
        let without = read(&[stores[0], stores[1], stores[2], ("REDIS_URL", "")]);
        match without {
            Ok(_) => assert!(!uses_redis, "{stores:?}"),
            Err(error) => assert!(error.to_string().starts_with("REDIS_URL is missing"), "{error}"),
        }
    }
    let sentence = refusal(&[("VISITOR_SESSIONS", "memory")]);
    assert_eq!(sentence, "VISITOR_SESSIONS must be redis or postgres.");
}

#[test]
fn memcached_is_required_only_for_live_sessions_and_is_named_by_host_and_port_alone() {
    let in_memcached = |url| [("LIVE_SESSIONS", "memcached"), ("MEMCACHED_URL", url)];
    assert!(read(&in_memcached(MEMCACHED)).unwrap().memcached.is_some());
    assert!(read(&[("MEMCACHED_URL", MEMCACHED)]).unwrap().memcached.is_none());
    assert_eq!(
        refusal(&in_memcached("")),
        "MEMCACHED_URL is missing: it names the server, as memcached://host:11211."
    );
    assert_eq!(
        refusal(&in_memcached("memcached://genkan:sesame@127.0.0.1")),
        "MEMCACHED_URL must be as memcached://host:11211, and nothing more."
    );
}

use super::*;

/// Made up, as for the tests of a report.
pub(crate) fn some_results() -> Results {
    let variants = [
        ("memory", On::Alone),
        ("memory", On::RoundRobin),
        ("memory", On::StickyBalancer),
        ("memory", On::StickyApplication),
        ("memcached", On::Memcached),
        ("redis_common", On::Redis),
        ("redis", On::Redis),
        ("redis", On::Valkey),
        ("redis", On::Cluster),
        ("redis", On::Sentinel),
        ("rdb_every_request", On::Postgres),
        ("rdb_once_a_minute", On::Postgres),
        ("sealed_cookie", On::Client),
        ("jwt_long", On::Client),
        ("jwt_short", On::Client),
        ("jwe", On::Client),
        ("spa_local_storage", On::Client),
        ("spa_memory", On::Client),
        ("jwt_store", On::Redis),
        ("genkan", On::Redis),
        ("genkan", On::Sentinel),
        ("genkan", On::Postgres),
        ("genkan", On::Memcached),
        ("genkan", On::Memory),
    ];
    Results {
        machine: Machine { cores: 2, kernel: "6.1".to_owned(), cpu: "some processor".to_owned() },
        stores: vec!["Postgres 15.18".to_owned(), "memcached 1.6.18".to_owned()],
        date: "2026-11-30".to_owned(),
        rounds: 3,
        variants: variants.map(|(approach, on)| some_variant(approach, on)).into(),
    }
}

fn some_variant(approach: &str, on: On) -> Variant {
    let spread = |median: f64| Spread { median, min: median * 0.9, max: median * 1.2 };
    let cost = Cost {
        requests_per_second: spread(12_000.0),
        p50_ms: spread(1.3),
        p99_ms: spread(2.9),
        alone_p50_ms: spread(0.2),
        alone_p99_ms: spread(0.4),
        server_us: spread(60.0),
        store_us: spread(25.0),
    };
    let trips = Trips { postgres: 1.0, cache: 1.0 };
    let is_alone = matches!(on, On::Alone | On::Memory);
    let has_one_instance =
        !matches!(on, On::RoundRobin | On::StickyBalancer | On::StickyApplication);
    let has_store = on == On::Redis;
    Variant {
        approach: approach.to_owned(),
        on,
        lines_of_code: 80,
        check: has_one_instance.then(|| cost.clone()),
        count: has_one_instance.then(|| cost.clone()),
        balanced: (!is_alone && on != On::RoundRobin)
            .then(|| Balanced { cost: cost.clone(), balancer_us: spread(40.0) }),
        refresh: (approach == "genkan").then_some(cost),
        round_trips: RoundTrips { check: trips, count: trips, refresh: None },
        bytes: Bytes {
            cookie: 45,
            request_head: 160,
            response_head: 180,
            store_per_session: has_store.then_some(420.0),
            sessions: 100_000,
        },
        writes: Writes {
            per_check: 0.0,
            per_check_after_a_minute: 1.0,
            per_count: 1.0,
            per_refresh: None,
        },
        after_log_out: Access {
            ended_after_s: (approach != "jwt_long").then_some(0.01),
            watched_s: 6.0,
            lifetime_s: 2.0,
        },
        after_role_change: Access {
            ended_after_s: Some(if approach == "jwt_long" { 2.1 } else { 0.01 }),
            watched_s: 6.0,
            lifetime_s: 2.0,
        },
        lost: Lost {
            undisturbed: Some(match on {
                On::RoundRobin => Loss { sessions: 0.67, counters: None },
                _ => Loss { sessions: 0.0, counters: Some(0.0) },
            }),
            store_restarted: match (approach, on) {
                ("genkan", On::Redis) => Some(Loss { sessions: 0.0, counters: Some(1.0) }),
                (_, On::Redis) => Some(Loss { sessions: 1.0, counters: Some(1.0) }),
                (_, On::Postgres) => Some(Loss { sessions: 0.0, counters: Some(0.0) }),
                _ => None,
            },
            ..Lost::default()
        },
        lost_updates: 12,
        store_down: has_store.then_some(StoreDown { status: Some(503), waited_s: 0.8 }),
        forged: Forged {
            server_us: Some(spread(30.0)),
            store_us: Some(spread(0.5)),
            round_trips: trips,
        },
    }
}

#[test]
fn results_are_read_as_they_were_written() -> anyhow::Result<()> {
    let results = some_results();
    let read: Results = serde_json::from_str(&serde_json::to_string(&results)?)?;
    assert_eq!(read, results);
    assert!(results.variant("genkan@redis").is_some());
    Ok(())
}

#[test]
fn a_store_has_one_name_in_the_file_and_in_a_variants_name() -> anyhow::Result<()> {
    for on in [On::Alone, On::StickyApplication, On::RoundRobin, On::Memcached] {
        assert_eq!(serde_json::to_value(on)?, on.to_string());
    }
    Ok(())
}

#[test]
fn a_spread_is_the_middle_figure_and_both_ends() {
    let spread = |figures: &[f64]| Spread::of(figures.to_vec());
    assert_eq!(spread(&[3.0, 1.0, 2.0]), Some(Spread { median: 2.0, min: 1.0, max: 3.0 }));
    assert_eq!(spread(&[4.0, 1.0]), Some(Spread { median: 2.5, min: 1.0, max: 4.0 }));
    assert_eq!(spread(&[]), None);
}

#[test]
fn what_ends_at_once_ends_with_the_next_request() {
    let after = |ended_after_s| Access { ended_after_s, watched_s: 6.0, lifetime_s: 2.0 };
    assert_eq!(after(Some(0.01)).until(), Until::NextRequest);
    assert_eq!(after(Some(1.9)).until(), Until::TokenExpires);
    assert_eq!(after(None).until(), Until::StillWorks);
}

#[test]
fn what_is_written_at_most_once_a_minute_is_half_of_an_hours_pages() {
    let writes = |per_check, per_refresh| Writes {
        per_check,
        per_check_after_a_minute: 1.0,
        per_count: 1.0,
        per_refresh,
    };
    let hours = [writes(1.0, None), writes(0.0, None), writes(0.0, Some(2.0))];
    assert_eq!(hours.map(|it| it.per_hour()), [120.0, 60.0, 84.0]);
}

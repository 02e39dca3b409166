//! The live-session store in memcached.

use std::time::Duration;

use async_trait::async_trait;
use domain::session::{
    EndReason, Lifetimes, SessionId,
    ports::{CheckMode, Checked, LiveSessions, Opened},
};
use server::memcached::{Memcached, MemcachedLiveSessions};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    super::{
        lifetimes,
        memcached_server::{KEEPING, MemcachedServer, RawMemcached, memcached},
        outages::{Door, HEALED_WITHIN, soon},
    },
    conformance::keeps_every_rule,
    probe::{Behind, Probe, Store},
};

struct InMemcached;

keeps_every_rule!(InMemcached);

#[async_trait]
impl Store for InMemcached {
    async fn probe_with(&self, lifetimes: Lifetimes) -> Probe {
        probe_in(memcached().await, lifetimes).0
    }
}

#[async_trait]
impl Behind for RawMemcached {
    async fn pass(&self, id: SessionId, time: Duration) {
        let Some(left) = ttl_of(self, id) else { return };
        match left.saturating_sub(time.as_secs()) {
            0 => self.ask(&format!("md {}", key(id))),
            left => self.ask(&format!("mg {} T{left}", key(id))),
        };
    }
}

fn probe_in(server: &MemcachedServer, lifetimes: Lifetimes) -> (Probe, RawMemcached) {
    let raw = RawMemcached::connect(server);
    (Probe::new(live_in(&server.url(), &lifetimes), raw.clone()), raw)
}

fn live_in(url: &str, lifetimes: &Lifetimes) -> MemcachedLiveSessions {
    MemcachedLiveSessions::new(Memcached::new(url.parse().unwrap()), lifetimes)
}

fn key(id: SessionId) -> String {
    format!("session:{id}")
}

/// The seconds that a record has left.
fn ttl_of(raw: &RawMemcached, id: SessionId) -> Option<u64> {
    let answer = raw.ask(&format!("mg {} t", key(id)));
    answer.strip_prefix("HD t").map(|rest| rest.split(' ').next().unwrap().parse().unwrap())
}

/// A server with little memory, which is filled with records of this lifetime.
async fn full_server(ttl: u64) -> (MemcachedServer, RawMemcached) {
    let server = MemcachedServer::start(&[KEEPING.as_slice(), &["-m", "3"]].concat()).await;
    let raw = RawMemcached::connect(&server);
    fill(&raw, ttl);
    (server, raw)
}

fn fill(raw: &RawMemcached, ttl: u64) {
    while raw.set(&key(SessionId::random()), &" ".repeat(128), ttl) == "STORED" {}
}

#[tokio::test]
async fn memcached_expires_a_live_session_at_its_timeout() {
    let idle = Duration::from_secs(1);
    let (probe, raw) = probe_in(memcached().await, Lifetimes { idle, ..lifetimes() });
    probe.open(&probe.session()).await;
    let gone = async {
        while ttl_of(&raw, probe.id).is_some() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), gone).await.unwrap();
    assert_eq!(probe.check(0).await, Checked::Absent);
}

#[tokio::test]
async fn a_live_session_may_last_longer_than_thirty_days() {
    let days = |days: u64| Duration::from_secs(days * 24 * 3600);
    let idle = days(40);
    let long = Lifetimes { idle, remembered_idle: idle, ..lifetimes() };
    let (probe, _) = probe_in(memcached().await, long);
    probe.open(&probe.session_with(days(60))).await;
    probe.kept().await.assert_left(idle);
    probe.pass(days(15)).await;
    let seen = probe.seen(0).await;
    assert!(seen.is_extended);
    probe.kept().await.assert_left(idle);
}

#[tokio::test]
async fn an_unreadable_record_fails_closed_and_can_be_closed() {
    let (probe, raw) = probe_in(memcached().await, lifetimes());
    let of_length = |text: &str, length: usize| format!("{text:length$}");
    let live = "live 0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee member 3 1 4102444800000000 0";
    for (record, ttl) in [
        (of_length(live, 127), 60),
        (of_length(live, 129), 60),
        (of_length("live", 128), 60),
        (of_length("ended because", 128), 60),
        // Without a TTL
        (of_length(live, 128), 0),
    ] {
        assert_eq!(raw.set(&key(probe.id), &record, ttl), "STORED");
        assert!(probe.live.check(probe.id, CheckMode::Peek).await.is_err(), "{record}");
        assert!(probe.live.open(probe.id, &probe.session()).await.is_err(), "{record}");
    }
    assert_eq!(raw.set(&key(probe.id), &of_length(live, 128), 60), "STORED");
    assert_eq!(probe.kept().await.session.authority_version, 3);
    raw.set(&key(probe.id), "", 0);
    probe.close(EndReason::Reuse).await;
    assert_eq!(probe.check(0).await, Checked::Ended(EndReason::Reuse));
}

#[tokio::test]
async fn a_full_server_refuses_new_sessions_and_keeps_and_extends_existing_ones() {
    let server = MemcachedServer::start(&[KEEPING.as_slice(), &["-m", "3"]].concat()).await;
    let (probe, raw) = probe_in(&server, lifetimes());
    let given = probe.session();
    probe.open(&given).await;
    let closed = SessionId::random();
    probe.live.close(closed, EndReason::Logout).await.unwrap();
    fill(&raw, 3600);

    let new = SessionId::random();
    assert!(probe.live.open(new, &given).await.is_err());
    assert!(probe.live.close(new, EndReason::Logout).await.is_err());
    assert_eq!(probe.live.check(new, CheckMode::Peek).await.unwrap(), Checked::Absent);

    assert!(probe.live.open(probe.id, &given).await.is_err());
    probe.pass(Duration::from_secs(600)).await;
    assert!(probe.seen(1).await.is_extended);
    let kept = probe.kept().await;
    kept.assert_left(lifetimes().idle);
    // There was no memory to note the generation.
    assert_eq!(kept.session, given);

    assert_eq!(probe.live.open(closed, &given).await.unwrap(), Opened::Ended(EndReason::Logout));
    // A close that is refused leaves no live session.
    assert!(probe.live.close(probe.id, EndReason::Logout).await.is_err());
    assert_eq!(probe.check(1).await, Checked::Absent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_that_a_full_server_refuses_leaves_the_tombstone_that_took_the_last_place() {
    let (server, raw) = full_server(3600).await;
    let (probe, _) = probe_in(&server, lifetimes());
    let given = probe.session();
    let mut refused = 0;
    for _ in 0..200 {
        let (id, place) = (SessionId::random(), SessionId::random());
        // One place is free, and taken again afterwards.
        raw.ask(&format!("md {}", key(place)));
        let mut opens = JoinSet::new();
        for _ in 0..4 {
            let live = probe.live.clone();
            opens.spawn(async move { live.open(id, &given).await.is_err() });
        }
        let closed = probe.live.close(id, EndReason::Logout).await;
        refused += opens.join_all().await.into_iter().filter(|is_refused| *is_refused).count();
        if closed.is_ok() {
            let found = probe.live.check(id, CheckMode::Peek).await.unwrap();
            assert_eq!(found, Checked::Ended(EndReason::Logout));
        }
        raw.ask(&format!("md {}", key(id)));
    }
    assert!(refused > 0, "no open met a full server");
}

#[tokio::test]
async fn a_full_server_reuses_the_places_of_expired_sessions() {
    let (server, _) = full_server(1).await;
    let (probe, _) = probe_in(&server, lifetimes());
    let given = probe.session();
    let opened = async {
        while probe.live.open(probe.id, &given).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(HEALED_WITHIN, opened).await.unwrap();
}

#[tokio::test]
async fn a_server_that_may_lose_records_is_not_used() {
    for arguments in [
        [].as_slice(),
        &["-M"],
        &["-o", "no_slab_automove"],
        &["-M", "-o", "no_slab_automove", "-C"],
    ] {
        let server = MemcachedServer::start(arguments).await;
        let live = live_in(&server.url(), &lifetimes());
        let error = live.check(SessionId::random(), CheckMode::Peek).await.unwrap_err();
        let reason = std::error::Error::source(&error).unwrap().to_string();
        assert!(reason.contains("must be started with -M"), "{arguments:?}: {reason}");
    }
}

#[tokio::test]
async fn memcached_is_found_again_after_every_outage() {
    let server = memcached().await;
    let mut door = Door::shut_before("127.0.0.1", server.port()).await;
    let live = live_in(&format!("memcached://{}", door.address), &lifetimes());
    let check = async || live.check(SessionId::random(), CheckMode::Peek).await;
    let heals = async || {
        let healed = async {
            while check().await.is_err() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(HEALED_WITHIN, healed).await.unwrap();
    };
    // It starts without the server.
    assert!(soon(check()).await.is_err());
    door.open().await;
    heals().await;
    door.close().await;
    assert!(soon(check()).await.is_err());
    door.open().await;
    heals().await;
    // A connection that answers nothing is not used again, nor is any other.
    door.silence();
    assert!(soon(check()).await.is_err());
    check().await.unwrap();
    door.hang().await;
    assert!(soon(check()).await.is_err());
    door.open().await;
    heals().await;
}

#[tokio::test]
async fn a_restarted_server_is_empty_and_its_first_request_succeeds() {
    let mut server = MemcachedServer::start(&KEEPING).await;
    let live = live_in(&server.url(), &lifetimes());
    let id = SessionId::random();
    live.close(id, EndReason::Logout).await.unwrap();
    server.restart().await;
    assert_eq!(live.check(id, CheckMode::Peek).await.unwrap(), Checked::Absent);
}

//! The front desk in Redis: every rule of the three scripts.

use std::time::Duration;

use domain::{
    member::{MemberId, Role},
    ports::{Checked, LiveSessions, Look, Opened},
    session::{EndReason, Lifetimes, LiveSession, SessionId},
};
use fred::prelude::{
    Builder, Client, ClientLike, Config, HashesInterface, KeysInterface, LuaInterface,
};
use server::redis::{Redis, RedisLiveSessions};
use time::OffsetDateTime;

use super::{lifetimes, redis_url};

/// The front desk, and a look behind it.
struct Desk {
    live: RedisLiveSessions,
    raw: Client,
    id: SessionId,
}

async fn desk_with(lifetimes: Lifetimes) -> Desk {
    let redis = Redis::connect(&redis_url()).await.unwrap();
    let raw = Builder::from_config(Config::from_url(&redis_url()).unwrap()).build().unwrap();
    raw.init().await.unwrap();
    let live = RedisLiveSessions::new(redis, &lifetimes);
    Desk { live, raw, id: SessionId::random() }
}

async fn desk() -> Desk {
    desk_with(lifetimes()).await
}

impl Desk {
    fn key(&self) -> String {
        format!("session:{{{}}}", self.id)
    }

    async fn open(&self, session: &LiveSession) -> Opened {
        self.live.open(self.id, session).await.unwrap()
    }

    async fn check(&self, generation: u32) -> Checked {
        self.live.check(self.id, Look::Request { generation }).await.unwrap()
    }

    async fn live(&self, generation: u32) -> (LiveSession, Duration) {
        match self.check(generation).await {
            Checked::Live { session, idle_left } => (session, idle_left),
            other => panic!("not live: {other:?}"),
        }
    }

    async fn ttl(&self) -> Duration {
        let left: i64 = self.raw.pttl(self.key()).await.unwrap();
        Duration::from_millis(u64::try_from(left).expect("every key has a TTL"))
    }

    /// As if this much of the idle window were used up.
    async fn use_up(&self, used: Duration) {
        let left = i64::try_from((lifetimes().idle - used).as_millis()).unwrap();
        let _: () = self.raw.pexpire(self.key(), left, None).await.unwrap();
    }
}

/// Postgres gives microseconds, so more than that never has to be kept.
fn in_an_hour() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(OffsetDateTime::now_utc().unix_timestamp() + 3600).unwrap()
        + Duration::from_micros(123_456)
}

fn session() -> LiveSession {
    LiveSession {
        member_id: MemberId::random(),
        role: Role::Member,
        authority_version: 3,
        authenticated_at: in_an_hour() - Duration::from_secs(3600),
        absolute_end: in_an_hour(),
        newest_generation: 0,
    }
}

fn about(actual: Duration, expected: Duration) -> bool {
    actual <= expected && actual + Duration::from_secs(5) > expected
}

#[tokio::test]
async fn an_opened_session_is_live_as_it_was_given() {
    let desk = desk().await;
    let given = session();
    assert_eq!(desk.check(1).await, Checked::Absent);
    assert_eq!(desk.open(&given).await, Opened::Live);
    let (read, idle_left) = desk.live(0).await;
    assert_eq!(read, given);
    assert!(about(idle_left, lifetimes().idle), "{idle_left:?}");
    assert!(about(desk.ttl().await, lifetimes().idle));
}

#[tokio::test]
async fn a_check_never_makes_a_record() {
    let desk = desk().await;
    assert_eq!(desk.check(5).await, Checked::Absent);
    assert!(!desk.raw.exists::<bool, _>(desk.key()).await.unwrap());
}

#[tokio::test]
async fn opening_twice_is_opening_once() {
    let desk = desk().await;
    let given = session();
    desk.open(&given).await;
    desk.use_up(Duration::from_secs(600)).await;
    assert_eq!(desk.open(&given).await, Opened::Live);
    assert_eq!(desk.live(0).await.0, given);
    assert!(about(desk.ttl().await, lifetimes().idle));
}

#[tokio::test]
async fn a_tombstone_refuses_to_be_opened_and_says_why() {
    let desk = desk().await;
    for reason in EndReason::ALL {
        desk.live.close(desk.id, reason).await.unwrap();
        assert_eq!(desk.open(&session()).await, Opened::Ended(reason));
        assert_eq!(desk.check(1).await, Checked::Ended(reason));
    }
}

#[tokio::test]
async fn closing_leaves_nothing_of_the_record_and_a_tombstone_for_an_hour() {
    let desk = desk().await;
    desk.open(&session()).await;
    for _ in 0..2 {
        desk.live.close(desk.id, EndReason::Logout).await.unwrap();
        let fields: Vec<String> = desk.raw.hkeys(desk.key()).await.unwrap();
        assert_eq!(fields, ["ended"]);
        assert!(about(desk.ttl().await, Duration::from_secs(3600)));
    }
}

#[tokio::test]
async fn a_check_of_a_tombstone_does_not_extend_it() {
    let desk = desk().await;
    desk.live.close(desk.id, EndReason::Revoked).await.unwrap();
    desk.use_up(Duration::from_secs(600)).await;
    let before = desk.ttl().await;
    desk.check(1).await;
    assert!(desk.ttl().await <= before);
}

#[tokio::test]
async fn a_late_open_neither_restores_a_role_nor_forgets_a_generation() {
    let desk = desk().await;
    let old = LiveSession { role: Role::Admin, authority_version: 3, ..session() };
    let new = LiveSession { role: Role::Member, authority_version: 4, ..old };
    desk.open(&new).await;
    desk.live(7).await;
    assert_eq!(desk.open(&old).await, Opened::Live);
    assert_eq!(desk.live(0).await.0, LiveSession { newest_generation: 7, ..new });

    let newer =
        LiveSession { role: Role::Admin, authority_version: 5, newest_generation: 9, ..old };
    desk.open(&newer).await;
    assert_eq!(desk.live(8).await.0, newer);
}

#[tokio::test]
async fn the_newest_generation_is_noted_once_and_never_goes_back() {
    let desk = desk().await;
    desk.open(&session()).await;
    for (presented, seen) in [(1, 1), (3, 3), (2, 3), (0, 3), (3, 3)] {
        assert_eq!(desk.live(presented).await.0.newest_generation, seen);
    }
}

#[tokio::test]
async fn a_check_extends_only_when_more_than_a_minute_is_used_up() {
    let desk = desk().await;
    let idle = lifetimes().idle;
    desk.open(&session()).await;
    let used = Duration::from_secs(50);
    desk.use_up(used).await;
    let (_, idle_left) = desk.live(0).await;
    assert!(about(idle_left, idle - used), "{idle_left:?}");
    assert!(about(desk.ttl().await, idle - used));

    desk.use_up(Duration::from_secs(61)).await;
    let (_, idle_left) = desk.live(0).await;
    assert!(about(idle_left, idle), "{idle_left:?}");
    assert!(about(desk.ttl().await, idle));
}

#[tokio::test]
async fn a_short_idle_window_is_extended_when_half_of_it_is_used_up() {
    let idle = Duration::from_secs(20);
    let desk = desk_with(Lifetimes { idle, ..lifetimes() }).await;
    desk.open(&session()).await;
    let _: () = desk.raw.pexpire(desk.key(), 9_000, None).await.unwrap();
    assert!(about(desk.live(0).await.1, idle));
}

#[tokio::test]
async fn neither_open_nor_check_goes_past_the_absolute_end() {
    let desk = desk().await;
    let left = Duration::from_secs(600);
    let given = LiveSession { absolute_end: OffsetDateTime::now_utc() + left, ..session() };
    desk.open(&given).await;
    assert!(about(desk.ttl().await, left));
    desk.use_up(Duration::from_secs(1700)).await;
    assert!(about(desk.live(0).await.1, left));
    assert!(about(desk.ttl().await, left));
}

#[tokio::test]
async fn a_session_past_its_absolute_end_is_not_opened() {
    let desk = desk().await;
    let past = OffsetDateTime::now_utc() - Duration::from_secs(1);
    let given = LiveSession { absolute_end: past, ..session() };
    assert_eq!(desk.open(&given).await, Opened::Ended(EndReason::Absolute));
    assert_eq!(desk.check(0).await, Checked::Absent);
}

#[tokio::test]
async fn a_session_goes_when_its_idle_timeout_has_passed() {
    let idle = Duration::from_millis(300);
    let desk = desk_with(Lifetimes { idle, ..lifetimes() }).await;
    desk.open(&session()).await;
    let gone = async { while desk.raw.exists::<bool, _>(desk.key()).await.unwrap() {} };
    tokio::time::timeout(Duration::from_secs(10), gone).await.unwrap();
    assert_eq!(desk.check(0).await, Checked::Absent);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_fails_closed() {
    let broken = [
        ("member", "not-a-uuid"),
        ("role", "root"),
        ("authority", "many"),
        ("authenticated", "noon"),
        ("absolute", "midnight"),
        ("seen", "-1"),
    ];
    let desk = desk().await;
    for (field, value) in broken {
        let _: () = desk.raw.del(desk.key()).await.unwrap();
        desk.open(&session()).await;
        let _: () = desk.raw.hset(desk.key(), (field, value)).await.unwrap();
        assert!(desk.live.check(desk.id, Look::Glance).await.is_err(), "{field} = {value}");
        let _: () = desk.raw.hdel(desk.key(), field).await.unwrap();
        assert!(desk.live.check(desk.id, Look::Glance).await.is_err(), "no {field}");
    }
    desk.live.close(desk.id, EndReason::Logout).await.unwrap();
    let _: () = desk.raw.hset(desk.key(), ("ended", "because")).await.unwrap();
    assert!(desk.live.check(desk.id, Look::Glance).await.is_err());
    assert!(desk.live.open(desk.id, &session()).await.is_err());
}

#[tokio::test]
async fn a_record_without_a_ttl_or_of_another_type_fails_closed() {
    let desk = desk().await;
    desk.open(&session()).await;
    let _: () = desk.raw.persist(desk.key()).await.unwrap();
    assert!(desk.live.check(desk.id, Look::Glance).await.is_err());
    let _: () = desk.raw.set(desk.key(), "x", None, None, false).await.unwrap();
    assert!(desk.live.check(desk.id, Look::Glance).await.is_err());
    assert!(desk.live.open(desk.id, &session()).await.is_err());
    // An end is an end all the same.
    desk.live.close(desk.id, EndReason::Reuse).await.unwrap();
    assert_eq!(desk.check(0).await, Checked::Ended(EndReason::Reuse));
}

#[tokio::test]
async fn a_record_of_another_member_is_not_opened_over() {
    let desk = desk().await;
    desk.open(&session()).await;
    assert!(desk.live.open(desk.id, &session()).await.is_err());
}

#[tokio::test]
async fn a_store_that_forgot_the_scripts_is_told_them_again() {
    let desk = desk().await;
    desk.open(&session()).await;
    desk.live(0).await;
    let _: () = desk.raw.script_flush(false).await.unwrap();
    desk.live(1).await;
    let _: () = desk.raw.script_flush(false).await.unwrap();
    assert_eq!(desk.open(&session_of(&desk).await).await, Opened::Live);
    let _: () = desk.raw.script_flush(false).await.unwrap();
    desk.live.close(desk.id, EndReason::Logout).await.unwrap();
    assert_eq!(desk.check(0).await, Checked::Ended(EndReason::Logout));
}

async fn session_of(desk: &Desk) -> LiveSession {
    desk.live(0).await.0
}

#[tokio::test]
async fn opens_and_checks_in_flight_never_undo_a_close() {
    for _ in 0..20 {
        let desk = desk().await;
        let given = session();
        desk.open(&given).await;
        let (live, id) = (desk.live.clone(), desk.id);
        let mut flights = tokio::task::JoinSet::new();
        for number in 0..40 {
            let live = live.clone();
            flights.spawn(async move {
                if number % 2 == 0 {
                    live.open(id, &given).await.map(drop)
                } else {
                    live.check(id, Look::Request { generation: number }).await.map(drop)
                }
            });
        }
        flights.spawn(async move { live.close(id, EndReason::Logout).await });
        while let Some(landed) = flights.join_next().await {
            landed.unwrap().unwrap();
        }
        assert_eq!(desk.check(0).await, Checked::Ended(EndReason::Logout));
    }
}

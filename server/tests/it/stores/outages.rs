//! Stores that are late, go down, hang, and come back, simulated by a proxy in front of the real store.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::{
    account::{member::MemberId, ports::Members},
    session::{
        SessionId,
        keys::KeyRing,
        ports::{CheckMode, Checked, LiveSessions},
    },
};
use futures_util::future::join_all;
use server::{
    postgres::PgMembers,
    redis::{Redis, RedisLiveSessions, VisitorRecords},
    sealing::Sealing,
};
use time::OffsetDateTime;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tower_sessions::{SessionStore, session::Record};
use url::Url;

use super::{lifetimes, redis_url};
use crate::helpers::KEY;

/// Much longer than the longest pause between two attempts to reconnect.
pub(crate) const HEALED_WITHIN: Duration = Duration::from_secs(20);

/// What a door no longer lets through.
#[derive(Debug, Clone, Copy)]
enum KeptBack {
    Everything,
    /// The store executes what it is asked, and its answers are lost.
    Answers,
}

/// A proxy in front of a store, with an address of its own.
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    /// The store's address.
    store: (String, u16),
    open: Option<JoinSet<()>>,
    /// Whether further connections are forwarded
    forwards: Arc<AtomicBool>,
    /// What is kept back from then on, in connections that are open.
    kept_back: watch::Sender<KeptBack>,
}

impl Door {
    /// A closed door in front of the Redis of `REDIS_URL`.
    pub(crate) async fn shut() -> Self {
        let store = Url::parse(&redis_url()).unwrap();
        Self::shut_before(store.host_str().unwrap(), store.port().unwrap_or(6379)).await
    }

    /// A closed door in front of a store.
    pub(crate) async fn shut_before(host: &str, port: u16) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let store = (host.to_owned(), port);
        let kept_back = watch::Sender::new(KeptBack::Everything);
        Self { address, store, open: None, forwards: Arc::default(), kept_back }
    }

    pub(crate) fn url(&self) -> String {
        let mut url = Url::parse(&redis_url()).unwrap();
        url.set_ip_host(self.address.ip()).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url.into()
    }

    /// Lets everything through.
    pub(crate) async fn open(&mut self) {
        self.stand(true).await;
    }

    /// Accepts connections and never responds.
    pub(crate) async fn hang(&mut self) {
        self.stand(false).await;
    }

    /// Keeps every connection open but forwards nothing more; new ones are not affected.
    pub(crate) fn silence(&self) {
        self.kept_back.send_replace(KeptBack::Everything);
    }

    /// Goes on to forward questions on every connection, but no answers; new connections are not affected.
    pub(crate) fn swallow_answers(&self) {
        self.kept_back.send_replace(KeptBack::Answers);
    }

    /// Accepts further connections and never responds in them; those that are open are not affected.
    pub(crate) fn hang_newcomers(&self) {
        self.forwards.store(false, Ordering::Relaxed);
    }

    async fn stand(&mut self, forwards: bool) {
        self.close().await;
        self.forwards.store(forwards, Ordering::Relaxed);
        let forwards = Arc::clone(&self.forwards);
        let listener = TcpListener::bind(self.address).await.unwrap();
        let mut guard = JoinSet::new();
        let kept_back = self.kept_back.subscribe();
        let store = self.store.clone();
        guard.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut outside, _)) = listener.accept().await {
                let mut kept_back = kept_back.clone();
                let forwards = forwards.load(Ordering::Relaxed);
                let store = store.clone();
                kept_back.mark_unchanged();
                connections.spawn(async move {
                    if !forwards {
                        return std::future::pending().await;
                    }
                    let mut inside = TcpStream::connect(store).await.unwrap();
                    tokio::select! {
                        // Ends when either side closes.
                        _ = tokio::io::copy_bidirectional(&mut outside, &mut inside) => return,
                        _ = kept_back.changed() => {}
                    }
                    if matches!(*kept_back.borrow(), KeptBack::Answers) {
                        let _ = tokio::io::copy(&mut outside, &mut inside).await;
                    }
                    std::future::pending().await
                });
            }
        });
        self.open = Some(guard);
    }

    /// Cuts every connection and refuses new ones.
    pub(crate) async fn close(&mut self) {
        if let Some(mut guard) = self.open.take() {
            guard.shutdown().await;
        }
    }
}

pub(crate) async fn heals(redis: &Redis) {
    let healed = async {
        while redis.ping().await.is_err() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(HEALED_WITHIN, healed).await.expect("the clients find the store by themselves");
}

/// Fails tests that hang without a timeout of their own, even on a busy machine.
pub(crate) async fn soon<T>(answer: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), answer).await.expect("it is given up")
}

async fn is_told_quickly(redis: &Redis) {
    let live = RedisLiveSessions::new(redis.clone(), &lifetimes());
    assert!(soon(live.check(SessionId::random(), CheckMode::Peek)).await.is_err());
    assert!(soon(redis.ping()).await.is_err());
}

#[tokio::test]
async fn the_site_starts_without_redis_and_connects_later() {
    let mut door = Door::shut().await;
    let redis = soon(Redis::connect(&door.url())).await.unwrap();
    is_told_quickly(&redis).await;
    door.open().await;
    heals(&redis).await;
    let live = RedisLiveSessions::new(redis, &lifetimes());
    assert_eq!(live.check(SessionId::random(), CheckMode::Peek).await.unwrap(), Checked::Absent);
}

#[tokio::test]
async fn redis_is_found_again_after_every_outage() {
    let mut door = Door::shut().await;
    door.open().await;
    let redis = Redis::connect(&door.url()).await.unwrap();
    for _ in 0..3 {
        redis.ping().await.unwrap();
        door.close().await;
        is_told_quickly(&redis).await;
        door.open().await;
        heals(&redis).await;
    }
}

#[tokio::test]
async fn a_hanging_redis_times_out_quickly_and_is_found_again() {
    let mut door = Door::shut().await;
    door.open().await;
    let redis = Redis::connect(&door.url()).await.unwrap();
    redis.ping().await.unwrap();
    door.hang().await;
    is_told_quickly(&redis).await;
    door.open().await;
    heals(&redis).await;
}

#[tokio::test]
async fn a_silent_redis_connection_is_replaced() {
    let mut door = Door::shut().await;
    door.open().await;
    let redis = Redis::connect(&door.url()).await.unwrap();
    redis.ping().await.unwrap();
    door.silence();
    is_told_quickly(&redis).await;
    heals(&redis).await;
}

#[tokio::test]
async fn the_site_starts_with_a_hanging_redis() {
    let mut door = Door::shut().await;
    door.hang().await;
    let redis = soon(Redis::connect(&door.url())).await.unwrap();
    is_told_quickly(&redis).await;
    door.open().await;
    heals(&redis).await;
}

#[tokio::test]
async fn every_start_with_an_available_redis_connects_at_once() {
    for _ in 0..30 {
        let redis = soon(Redis::connect(&redis_url())).await.unwrap();
        redis.ping().await.unwrap();
        redis.close().await;
    }
}

#[tokio::test]
async fn visitor_sessions_use_the_same_connections_and_time_out_as_quickly() {
    let mut door = Door::shut().await;
    door.open().await;
    let redis = Redis::connect(&door.url()).await.unwrap();
    let store = VisitorRecords::new(redis, Sealing::new(&KeyRing::parse(KEY).unwrap()));
    let mut record = Record {
        id: tower_sessions::session::Id::default(),
        data: [("flash".to_owned(), serde_json::json!("hello"))].into(),
        expiry_date: OffsetDateTime::now_utc() + Duration::from_secs(60),
    };
    store.create(&mut record).await.unwrap();
    assert_eq!(store.load(&record.id).await.unwrap().unwrap().data, record.data);

    door.close().await;
    assert!(soon(store.load(&record.id)).await.is_err());
}

#[tokio::test]
async fn a_malformed_redis_url_is_refused() {
    assert!(Redis::connect("not a url").await.is_err());
}

#[tokio::test]
async fn the_site_starts_without_the_database_and_queries_fail_within_seconds() {
    let address = Door::shut().await.address;
    let url = format!("postgres://postgres@{address}/none");
    let database = server::postgres::connect(&url).unwrap();
    assert!(soon(server::postgres::ping(&database)).await.is_err());
    assert!(soon(server::postgres::is_migrated(&database)).await.is_err());
}

#[tokio::test]
async fn connections_cut_by_the_database_are_replaced() {
    let db = super::database::fresh_database().await;
    let ping = || server::postgres::ping(&db.database);
    for result in join_all((0..5).map(|_| ping())).await {
        result.unwrap();
    }
    let (open, mut idle) = db.database.connections();
    while idle < open {
        tokio::task::yield_now().await;
        (_, idle) = db.database.connections();
    }
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()",
    )
    .execute(&db.pool)
    .await
    .unwrap();
    // The first failure shows that the others may be cut as well, and they are replaced without being tried.
    assert!(ping().await.is_err());
    ping().await.unwrap();
}

#[tokio::test]
async fn a_lock_that_is_waited_for_in_vain_is_no_outage_and_costs_no_connection() {
    let db = super::database::fresh_database().await;
    let members = PgMembers::new(db.database.clone());
    assert_eq!(members.find(MemberId::random()).await.unwrap(), None);
    let mut lock = db.pool.begin().await.unwrap();
    sqlx::query("lock table members").execute(&mut *lock).await.unwrap();
    let pid = "select min(pid) from pg_stat_activity
               where datname = current_database() and application_name = 'genkan'";
    let pid = async || sqlx::query_scalar::<_, i32>(pid).fetch_one(&db.pool).await.unwrap();
    let before = pid().await;
    // More often than it takes to open the circuit.
    for _ in 0..4 {
        let error = members.find(MemberId::random()).await.unwrap_err();
        assert!(format!("{error:?}").contains("lock timeout"), "{error:?}");
    }
    server::postgres::ping(&db.database).await.unwrap();
    assert_eq!(pid().await, before);
}

//! The live-session store in a Redis with a sentinel.

use std::time::Duration;

use async_trait::async_trait;
use domain::session::{Lifetimes, SessionId};
use fred::{
    prelude::{Client, ClientLike, KeysInterface},
    types::{CustomCommand, Expiration},
};
use server::redis::{Redis, RedisLiveSessions};
use tokio::{
    sync::RwLock,
    time::{sleep, timeout},
};
use url::Url;

use super::{
    super::redis_server::sentinel_url,
    conformance::keeps_every_rule,
    probe::{Probe, Store},
    redis::{InCalm, Raw, key},
};
use crate::helpers::TestApp;

struct InSentinel;

keeps_every_rule!(InSentinel);

/// Locked exclusively by tests that trigger a failover.
pub(super) static CALM: RwLock<()> = RwLock::const_new(());

/// Shorter than the ten seconds or so after which the sentinel demotes the old master.
const FOUND_WITHIN: Duration = Duration::from_secs(5);
/// The sentinel has to discover the replica first.
const READY_WITHIN: Duration = Duration::from_secs(20);

#[async_trait]
impl Store for InSentinel {
    async fn probe_with(&self, lifetimes: Lifetimes) -> Probe {
        let calm = CALM.read().await;
        let redis = Redis::connect(&sentinel_url().await).await.unwrap();
        let behind = InCalm::new(Raw::connect(&sentinel_url().await).await, calm);
        Probe::new(RedisLiveSessions::new(redis, &lifetimes), behind)
    }
}

/// The sentinel itself.
struct Sentinel {
    raw: Client,
    service: String,
}

impl Sentinel {
    async fn connect() -> Self {
        let url = Url::parse(&sentinel_url().await).unwrap();
        let (_, service) = url.query_pairs().next().unwrap();
        let plain = format!("redis://127.0.0.1:{}", url.port().unwrap());
        Self { raw: Raw::connect(&plain).await.0, service: service.into_owned() }
    }

    async fn master(&self) -> (String, u16) {
        let command = CustomCommand::new_static("SENTINEL", None, false);
        let question = vec!["GET-MASTER-ADDR-BY-NAME", &self.service];
        self.raw.custom(command, question).await.unwrap()
    }

    /// Returns once the replica has caught up with the master.
    async fn replica_has_it_all(&self) {
        let (host, port) = self.master().await;
        let master = Raw::connect(&format!("redis://{host}:{port}")).await.0;
        let _: () = master.set("last", "", Some(Expiration::EX(60)), None, false).await.unwrap();
        let command = CustomCommand::new_static("WAIT", None, false);
        let all = async {
            while master.custom::<u32, _>(command.clone(), vec!["1", "500"]).await.unwrap() == 0 {}
        };
        timeout(READY_WITHIN, all).await.expect("there is a replica");
    }

    /// Fails over to the replica, and returns a client of the new master.
    async fn fail_over(&self) -> Client {
        let old = self.master().await;
        let over = async {
            loop {
                let command = CustomCommand::new_static("SENTINEL", None, false);
                let wish = vec!["FAILOVER", &self.service];
                if self.raw.custom::<(), _>(command, wish).await.is_ok() {
                    break;
                }
                sleep(Duration::from_millis(100)).await;
            }
            while self.master().await == old {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(READY_WITHIN, over).await.expect("there is a replica to take over");
        let (host, port) = self.master().await;
        Raw::connect(&format!("redis://{host}:{port}")).await.0
    }
}

#[tokio::test]
async fn after_a_failover_the_site_finds_the_new_master_and_ended_sessions_stay_ended() {
    let _alone = CALM.write().await;
    let sentinel = Sentinel::connect().await;
    let app = TestApp::start_with(&[("REDIS_URL", &sentinel_url().await)]).await;
    let (email, mut browser) = app.member().await;
    let id = SessionId(browser.session_id().await.unwrap().parse().unwrap());
    let mut leaving = app.logged_in(&email).await;
    let mut kept = leaving.clone();
    assert_eq!(leaving.post("/api/logout", &[]).await.status, 200);
    sentinel.replica_has_it_all().await;

    let new_master = sentinel.fail_over().await;
    // The session is unknown only on the new master.
    let _: () = new_master.del(key(id)).await.unwrap();
    let found = async {
        let mut answers = 0;
        // On all of the site's connections.
        while answers < 4 {
            let answer = browser.get("/auth/session").await;
            let is_from_there = answer.status == 401 && answer.json()["reason"] == "not_live";
            answers = if is_from_there { answers + 1 } else { 0 };
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(FOUND_WITHIN, found).await.expect("the site finds the new master by itself");

    assert_eq!(browser.refresh().await.status, 200);
    assert_eq!(browser.get("/auth/session").await.status, 200);
    kept.get("/auth/session").await.assert_problem(401, "logout");
    kept.refresh().await.assert_problem(401, "logout");
    // Visitor sessions and the mailbox work there, too: a sign-up succeeds.
    let (_, mut newcomer) = app.member().await;
    assert_eq!(newcomer.get("/auth/session").await.status, 200);
}

//! The site while its database hangs, is gone, or answers too late. Requests that need it are refused soon, nobody
//! counts as logged out, everything else goes on, and the site recovers by itself.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use futures_util::future::{join, join_all, select_all};
use server::{
    config::LiveSessionStore,
    postgres::{self, Database, POOL_SIZE},
};
use sqlx::{AssertSqlSafe, Executor};
use tokio::time::timeout;
use url::Url;
use uuid::Uuid;

use crate::{
    helpers::{ACCESS, Answer, Browser, REFRESH, TestApp},
    stores::{
        database::{TestDatabase, fresh_database},
        outages::Door,
        postgres_server::PostgresServer,
    },
};

/// The first refusal comes within this time …
const FIRST_REFUSAL: Duration = Duration::from_secs(1);
/// … no request takes longer than this …
const LONGEST_REQUEST: Duration = Duration::from_secs(5);
/// … and the site serves again within this time after the database is back.
const RECOVERY: Duration = Duration::from_secs(5);
/// How long the database is unavailable: longer than any of its timeouts.
const OUTAGE: Duration = Duration::from_secs(4);
const BROWSERS: usize = 20;

/// Two members, each with the address and a browser.
async fn two_members(app: &TestApp) -> [(String, Browser); 2] {
    [app.member().await, app.member().await]
}

/// Has several browsers of the members ask for what is in the database, again and again, and watches how they are
/// refused.
async fn endure(members: &[(String, Browser)]) {
    let began = Instant::now();
    let asking = members.iter().cycle().take(BROWSERS).map(|(_, browser)| {
        let mut browser = browser.clone();
        async move {
            let mut first = None;
            while began.elapsed() < OUTAGE {
                let asked = Instant::now();
                assert_refused(&browser.post("/api/get_profile", &[]).await);
                assert!(asked.elapsed() < LONGEST_REQUEST, "{:?}", asked.elapsed());
                first.get_or_insert(began.elapsed());
                tokio::task::yield_now().await;
            }
            first.unwrap()
        }
    });
    let first = join_all(asking).await.into_iter().min().unwrap();
    assert!(first < FIRST_REFUSAL, "{first:?}");
}

fn assert_refused(answer: &Answer) {
    answer.assert_problem(503, "unavailable");
    answer.assert_leaves_cookies();
    assert!(answer.header("retry-after").is_some());
}

/// What needs no SQL goes on, without waiting.
async fn assert_the_rest_goes_on(app: &TestApp, member: &Browser) {
    let began = Instant::now();
    let mut stranger = app.browser();
    for path in ["/", "/login", "/signup"] {
        stranger.navigate(path).await.assert_page(200);
    }
    stranger.get("/auth/session").await.assert_problem(401, "no_token");
    assert_eq!(stranger.get("/health/live").await.status, 200);
    if app.genkan.config.live_sessions == LiveSessionStore::Redis {
        // It knows whom the access token belongs to.
        member.clone().navigate("/login").await.assert_goes_to("/");
    }
    assert!(began.elapsed() < FIRST_REFUSAL, "{:?}", began.elapsed());
}

/// Each member reads their own profile again, and not an answer that was meant for the other.
async fn assert_recovers(app: &TestApp, members: [(String, Browser); 2]) {
    let began = Instant::now();
    let in_postgres = app.genkan.config.live_sessions == LiveSessionStore::Postgres;
    let recovering = members.into_iter().map(|(email, mut browser)| async move {
        loop {
            let answer = browser.post("/api/get_profile", &[]).await;
            if answer.status == 200 {
                answer.assert_holds(&email);
                break;
            }
            if in_postgres && answer.status == 401 {
                // A crash empties the unlogged table. The next refresh restores the session from its row.
                answer.assert_problem(401, "not_live");
                browser.refresh().await;
            } else {
                assert_refused(&answer);
            }
            assert!(began.elapsed() < RECOVERY);
            tokio::task::yield_now().await;
        }
        assert_eq!(browser.refresh().await.status, 200);
    });
    join_all(recovering).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_database_is_reported_within_a_second_and_used_again_within_five() {
    let server = PostgresServer::start().await;
    let app = TestApp::start_on(server.database().await, &[]).await;
    let members = two_members(&app).await;

    let frozen = server.freeze().await;
    endure(&members).await;
    assert_the_rest_goes_on(&app, &members[0].1).await;
    drop(frozen);
    assert_recovers(&app, members).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_database_is_reported_within_a_second_and_used_again_within_five() {
    let mut server = PostgresServer::start().await;
    let app = TestApp::start_on(server.database().await, &[]).await;
    let members = two_members(&app).await;

    server.kill();
    endure(&members).await;
    assert_the_rest_goes_on(&app, &members[0].1).await;
    server.restart().await;
    assert_recovers(&app, members).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_request_to_a_frozen_database_is_refused_within_a_second() {
    let server = PostgresServer::start().await;
    let app = TestApp::start_on(server.database().await, &[]).await;
    let (_, mut browser) = app.member().await;

    let _frozen = server.freeze().await;
    let began = Instant::now();
    assert_refused(&browser.post("/api/get_profile", &[]).await);
    assert!(began.elapsed() < FIRST_REFUSAL, "{:?}", began.elapsed());
}

/// The same database behind a door, which is open.
async fn behind_a_door(db: &TestDatabase) -> (TestDatabase, Door) {
    let mut url = Url::parse(&db.url).unwrap();
    let mut door = Door::shut_before(url.host_str().unwrap(), url.port().unwrap_or(5432)).await;
    door.open().await;
    url.set_port(Some(door.address.port())).unwrap();
    (TestDatabase::at(url.as_str()), door)
}

/// Each ping begins to open one, even if it is served by another.
async fn open_all_connections(database: &Database) {
    let pings = join_all((0..POOL_SIZE).map(|_| postgres::ping(database))).await;
    assert!(pings.iter().all(Result::is_ok));
    let opened = async {
        while database.connections() != (POOL_SIZE, POOL_SIZE) {
            tokio::task::yield_now().await;
        }
    };
    timeout(RECOVERY, opened).await.unwrap();
}

#[tokio::test]
async fn a_request_that_waits_for_a_connection_is_refused_before_one_whose_statement_hangs() {
    let db = fresh_database().await;
    let (behind, door) = behind_a_door(&db).await;
    let ping = || Box::pin(postgres::ping(&behind.database));
    open_all_connections(&behind.database).await;

    door.swallow_answers();
    let (first, ..) = select_all((0..=POOL_SIZE).map(|_| ping())).await;
    let reason = first.unwrap_err().source().expect("a source").to_string();
    assert_eq!(reason, sqlx::Error::PoolTimedOut.to_string());
}

#[tokio::test]
async fn requests_share_a_connection_while_the_database_is_slow_to_open_others() {
    let db = fresh_database().await;
    let (behind, door) = behind_a_door(&db).await;
    let ping = || Box::pin(postgres::ping(&behind.database));
    ping().await.unwrap();

    door.hang_newcomers();
    let served = join_all((0..4 * POOL_SIZE).map(|_| ping())).await;
    assert!(served.iter().all(Result::is_ok));
}

#[tokio::test]
async fn requests_share_the_connections_that_the_server_has_room_for() {
    let db = fresh_database().await;
    let role = format!("limited_{}", Uuid::new_v4().simple());
    let run = async |statement| db.pool.execute(AssertSqlSafe(statement)).await.unwrap();
    run(format!("create role {role} login connection limit 2")).await;
    let mut url = Url::parse(&db.url).unwrap();
    url.set_username(&role).unwrap();
    let limited = postgres::connect(url.as_str()).unwrap();
    postgres::ping(&limited).await.unwrap();

    let served = join_all((0..4 * POOL_SIZE).map(|_| postgres::ping(&limited))).await;
    assert!(served.iter().all(Result::is_ok), "{served:?}");
    limited.close().await;
    run(format!("drop role {role}")).await;
}

#[tokio::test]
async fn closing_waits_for_connections_in_use_and_opens_no_other() {
    let db = fresh_database().await;
    let (behind, door) = behind_a_door(&db).await;
    postgres::ping(&behind.database).await.unwrap();
    door.hang_newcomers();
    let pings = join_all((0..POOL_SIZE).map(|_| postgres::ping(&behind.database)));

    let (pings, closed) = join(pings, timeout(RECOVERY, behind.database.close())).await;
    closed.unwrap();
    assert!(pings.iter().any(Result::is_ok), "the one that was open has served");
    assert_eq!(behind.database.connections(), (0, 0));
    assert!(postgres::ping(&behind.database).await.is_err());
}

#[tokio::test]
async fn a_request_that_has_given_up_waiting_opens_no_connection() {
    let db = fresh_database().await;
    let (behind, door) = behind_a_door(&db).await;
    let ping = || Box::pin(postgres::ping(&behind.database));
    open_all_connections(&behind.database).await;

    door.swallow_answers();
    let refused = join_all((0..2 * POOL_SIZE).map(|_| ping())).await;
    assert!(refused.iter().all(Result::is_err));
    let recovered = async {
        while ping().await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(RECOVERY, recovered).await.unwrap();
    let (open, _) = behind.database.connections();
    assert_eq!(open, 1);
}

#[tokio::test]
async fn a_refresh_whose_answer_from_the_database_was_lost_can_be_repeated() {
    let db = fresh_database().await;
    let (behind, door) = behind_a_door(&db).await;
    let app = TestApp::start_on(behind, &[]).await;
    let (_, mut browser) = app.member().await;
    app.pass_grace().await;

    // The refresh waits for the row, which it would rotate.
    let mut lock = db.pool.begin().await.unwrap();
    sqlx::query("select from sessions for update").execute(&mut *lock).await.unwrap();
    let mut refreshing = browser.clone();
    let refresh = tokio::spawn(async move { (refreshing.refresh().await, refreshing) });
    let waiting = "select count(*) from pg_stat_activity
                   where datname = current_database() and wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&db.pool).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    door.swallow_answers();
    lock.commit().await.unwrap();
    let (answer, after) = refresh.await.unwrap();
    assert_refused(&answer);
    let generation = "select generation from sessions";
    let generation: i64 = sqlx::query_scalar(generation).fetch_one(&db.pool).await.unwrap();
    assert_eq!(generation, 2, "the statement was executed");
    for name in [ACCESS, REFRESH] {
        assert_eq!(after.cookie(name), browser.cookie(name));
    }

    // The old token is a replay within grace, on a connection of its own.
    assert_eq!(browser.refresh().await.status, 200);
    assert!(browser.session_id().await.is_some());
}

//! A browser's requests over TCP: throughput, latency, and store commands of each. All cases are measured several times
//! in turn, so that other load on the machine affects them alike. Client and server share the machine: compare only
//! within a run.

mod site;
#[path = "../tests/it/stores/tap.rs"]
#[expect(clippy::unwrap_used, reason = "it is a test's, and what panics has failed here, too")]
mod tap;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use domain::session::IssuedTokens;
use measuring::client::Connection;
use server::{serve::listen, state::Genkan};
use site::{PASSWORD, STORES, SomeMember, Stores, some_email};
use tap::Tap;
use tokio::task::JoinSet;

/// The number of concurrent connections.
const BROWSERS: usize = 16;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(600);
/// The number of repetitions when single requests are timed.
const TIMES: usize = 15;

/// One kind of request.
struct Case {
    name: &'static str,
    request: fn(&IssuedTokens) -> Vec<u8>,
    status: u16,
}

const CASES: [Case; 6] = [
    Case { name: "a page, nobody signed in", request: |_| get("/login", ""), status: 200 },
    Case {
        name: "a page, forged access token",
        request: |_| get("/login", "cookie: __Host-Http-access=a.b.c\r\n"),
        status: 200,
    },
    // Only identifies the member.
    Case {
        name: "who is signed in goes on",
        request: |it| get("/login", &cookies(it)),
        status: 303,
    },
    Case {
        name: "a function, signed in",
        request: |it| post("/api/get_profile", &cookies(it), ""),
        status: 200,
    },
    Case { name: "/auth/session", request: |it| get("/auth/session", &cookies(it)), status: 200 },
    Case {
        name: "/auth/refresh",
        request: |it| post("/auth/refresh", &cookies(it), ""),
        status: 200,
    },
];

fn cookies(tokens: &IssuedTokens) -> String {
    format!(
        "cookie: __Host-Http-access={}; __Host-Http-refresh={}\r\n",
        tokens.access.expose(),
        *tokens.refresh
    )
}

fn get(path: &str, cookies: &str) -> Vec<u8> {
    let accept = if path.starts_with("/auth") { "application/json" } else { "text/html" };
    format!("GET {path} HTTP/1.1\r\nhost: localhost:3000\r\naccept: {accept}\r\n{cookies}\r\n")
        .into()
}

fn post(path: &str, cookies: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost:3000\r\norigin: {}\r\naccept: application/json\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n{cookies}\r\n{body}",
        site::PUBLIC_URL,
        body.len(),
    )
    .into()
}

#[tokio::main]
async fn main() {
    let stores = Stores::prepare().await;
    println!("{BROWSERS} connections at once; the least busy of {ROUNDS} rounds counts\n");
    println!(
        "{:<9} {:<28} {:>11} {:>10} {:>10} {:>11} {:>9}",
        "sessions", "request", "requests/s", "median", "99 %", "statements", "commands"
    );
    for store in STORES {
        measure(&stores, store).await;
    }
    println!(
        "\nAnother member, while 500 requests come at once to three instances; medians of {TIMES}"
    );
    println!("{:<28} {:>10} {:>10}", "", "log-in", "refresh");
    wait_beside_a_storm(&stores).await;
}

async fn serve(site: Genkan) -> SocketAddr {
    let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    let service = site.router().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

async fn open(address: SocketAddr) -> Connection {
    Connection::open(address).await.expect("the server listens")
}

async fn ask(connection: &mut Connection, request: &[u8]) -> u16 {
    connection.ask(request).await.expect("the connection is kept")
}

async fn measure(stores: &Stores, store: &str) {
    let site = stores.instance(store).await;
    let member = SomeMember::join(&site, &some_email()).await;
    let mut tokens = Vec::new();
    for _ in 0..BROWSERS {
        tokens.push(member.sign_in(&site).await);
    }
    let address = serve(site.clone()).await;
    let mut best: Vec<Measured> = CASES.iter().map(|_| Measured::default()).collect();
    for _ in 0..ROUNDS {
        for (case, best) in CASES.iter().zip(&mut best) {
            let measured = round(address, case, &tokens).await;
            if measured.per_second > best.per_second {
                *best = measured;
            }
        }
    }
    for (case, measured) in CASES.iter().zip(best) {
        // An instance does not know another's live sessions in memory.
        let cost = match store {
            "memory" => None,
            store => Some(cost(stores, store, &site, &member, case).await),
        };
        let [statements, commands] =
            cost.map_or(["".into(), "".into()], |cost| cost.map(|it| it.to_string()));
        println!(
            "{store:<9} {:<28} {:>11.0} {:>7.2} ms {:>7.2} ms {statements:>11} {commands:>9}",
            case.name,
            measured.per_second,
            milliseconds(measured.median),
            milliseconds(measured.slow),
        );
    }
}

#[derive(Default)]
struct Measured {
    per_second: f64,
    median: Duration,
    slow: Duration,
}

async fn round(address: SocketAddr, case: &'static Case, tokens: &[IssuedTokens]) -> Measured {
    let begun = Instant::now();
    let mut browsers = JoinSet::new();
    for tokens in tokens {
        let request = (case.request)(tokens);
        browsers.spawn(async move {
            let mut connection = open(address).await;
            let mut took = Vec::new();
            while begun.elapsed() < ROUND {
                let asked = Instant::now();
                assert_eq!(ask(&mut connection, &request).await, case.status, "{}", case.name);
                took.push(asked.elapsed());
            }
            took
        });
    }
    let mut took: Vec<Duration> = browsers.join_all().await.into_iter().flatten().collect();
    let per_second = took.len() as f64 / begun.elapsed().as_secs_f64();
    took.sort();
    Measured { per_second, median: took[took.len() / 2], slow: took[took.len() * 99 / 100] }
}

/// The statements and commands of one request, counted on the wire: the minimum of several runs, because a new
/// connection sends more.
async fn cost(
    stores: &Stores,
    store: &str,
    site: &Genkan,
    member: &SomeMember,
    case: &Case,
) -> [usize; 2] {
    let (postgres, redis) =
        (Tap::on_postgres(&stores.database_url).await, Tap::on_redis(&stores.redis_url).await);
    let tapped = Stores { database_url: postgres.url().into(), redis_url: redis.url().into() };
    let address = serve(tapped.instance(store).await).await;
    let request = (case.request)(&member.sign_in(site).await);
    let mut connection = open(address).await;
    let mut fewest = [usize::MAX; 2];
    for _ in 0..TIMES {
        postgres.take();
        redis.take();
        assert_eq!(ask(&mut connection, &request).await, case.status, "{}", case.name);
        fewest = fewest.min([postgres.take().len(), redis.take().len()]);
    }
    fewest
}

/// Measures a claim of the design: another member hardly notices what one member's browsers do.
async fn wait_beside_a_storm(stores: &Stores) {
    let mut addresses = Vec::new();
    let site = stores.instance("redis").await;
    for _ in 0..3 {
        addresses.push(serve(stores.instance("redis").await).await);
    }
    let tokens = SomeMember::join(&site, &some_email()).await.sign_in(&site).await;
    let email = some_email();
    let other = SomeMember::join(&site, &email).await;
    let storms: [(&str, Option<Vec<u8>>); 4] = [
        ("nothing", None),
        ("500 requests for liveness", Some(get("/health/live", ""))),
        ("500 refreshes that renew", Some(post("/auth/refresh", &cookies(&tokens), ""))),
        ("500 refreshes, one rotates", Some(post("/auth/refresh", &cookies(&tokens), ""))),
    ];
    let mut connections = Vec::new();
    for number in 0..500 {
        connections.push(open(addresses[number % 3]).await);
    }
    for (name, request) in storms {
        let (mut log_ins, mut refreshes) = (Vec::new(), Vec::new());
        for _ in 0..TIMES {
            if name.ends_with("rotates") {
                pass_grace(&site).await;
            }
            let mut storm = JoinSet::new();
            if let Some(request) = &request {
                for mut connection in connections.drain(..) {
                    let request = request.clone();
                    storm.spawn(async move {
                        ask(&mut connection, &request).await;
                        connection
                    });
                }
            }
            let (log_in, refresh) = another_member(&site, addresses[0], &email, &other).await;
            log_ins.push(log_in);
            refreshes.push(refresh);
            connections.extend(storm.join_all().await);
        }
        println!(
            "{name:<28} {:>7.2} ms {:>7.2} ms",
            milliseconds(median(log_ins)),
            milliseconds(median(refreshes))
        );
    }
}

async fn another_member(
    site: &Genkan,
    address: SocketAddr,
    email: &str,
    other: &SomeMember,
) -> (Duration, Duration) {
    let mut connection = open(address).await;
    let body = format!("email={email}&password={}", PASSWORD.replace(' ', "+"));
    let begun = Instant::now();
    assert_eq!(ask(&mut connection, &post("/api/login", "", &body)).await, 200);
    let log_in = begun.elapsed();
    let tokens = other.sign_in(site).await;
    let begun = Instant::now();
    assert_eq!(ask(&mut connection, &post("/auth/refresh", &cookies(&tokens), "")).await, 200);
    (log_in, begun.elapsed())
}

async fn pass_grace(site: &Genkan) {
    sqlx::query(
        "update sessions
         set rotated_at = rotated_at - interval '11 seconds',
             last_seen_at = last_seen_at - interval '11 seconds'",
    )
    .execute(&site.database)
    .await
    .expect("time passes");
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all[all.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

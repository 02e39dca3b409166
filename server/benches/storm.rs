//! A claim of the design: another member hardly notices what one member's browsers do. Client, instances and stores share
//! the machine: compare only within a run.

mod site;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use domain::session::IssuedTokens;
use measuring::client::Connection;
use server::{serve::listen, state::Genkan};
use site::{PASSWORD, SomeMember, Stores, some_email};
use tokio::task::JoinSet;

/// The number of repetitions.
const TIMES: usize = 15;
const LIVENESS: &str = "GET /health/live HTTP/1.1\r\nhost: localhost:3000\r\n\r\n";

#[tokio::main]
async fn main() {
    let stores = Stores::prepare().await;
    println!(
        "Another member, while 500 requests come at once to three instances; medians of {TIMES}"
    );
    println!("{:<28} {:>10} {:>10}", "", "log-in", "refresh");
    wait_beside_a_storm(&stores).await;
}

fn cookies(tokens: &IssuedTokens) -> String {
    format!(
        "cookie: __Host-Http-access={}; __Host-Http-refresh={}\r\n",
        tokens.access.expose(),
        *tokens.refresh
    )
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
        ("500 requests for liveness", Some(LIVENESS.into())),
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

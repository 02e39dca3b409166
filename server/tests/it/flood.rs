//! A flood of log-ins against the running program.

use std::fs;

use domain::session::keys::KeyRing;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::JoinSet,
};

use crate::{
    helpers::{ACCESS, ORIGIN, TestApp},
    process::{Running, connected, free_port, serving},
};

const PERMITS: u64 = 2;
/// The usual cost of a hash
const HASH_KIB: u64 = 19 * 1024;
/// Other memory that a flood may use
const SPARE_KIB: u64 = 32 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_log_ins_uses_bounded_memory_and_pages_stay_available() {
    let key = KeyRing::new_entry("k1").unwrap();
    let app = TestApp::start_with(&[("SECRET_KEYS", &key)]).await;
    let (_, member) = app.member().await;
    let cookie = format!("cookie: {ACCESS}={}\r\n", member.cookie(ACCESS).unwrap());
    let port = free_port();
    let child = serving(&app.db.url, port)
        .env("SECRET_KEYS", key.as_str())
        .env("PUBLIC_URL", ORIGIN)
        .env("TRUSTED_HOPS", "1")
        .env("HASH_PERMITS", PERMITS.to_string())
        .spawn()
        .unwrap();
    let process = Running(child);
    let profile = format!("GET /profile HTTP/1.1\r\naccept: text/html\r\n{cookie}");
    for _ in 0..3 {
        assert_eq!(status(port, &profile, "").await, 200);
    }
    let idle = kib(&process, "VmHWM");

    // One client that guesses at many accounts, and others that guess twice each. These have room in the queue beside
    // the quarter that the first one can take.
    let mut flood = JoinSet::new();
    for number in 0..200 {
        let address = if number < 150 { 1 } else { 2 + number % 25 };
        flood.spawn(async move {
            let body = format!("email=ken-{number}@example.com&password=a+tree+by+the+gate");
            let head = format!(
                "POST /api/login HTTP/1.1\r\norigin: {ORIGIN}\r\n\
                 x-forwarded-for: 198.51.100.{address}\r\n\
                 content-type: application/x-www-form-urlencoded\r\n"
            );
            (address, status(port, &head, &body).await)
        });
    }
    let mut answers = Vec::new();
    while let Some(answer) = flood.join_next().await {
        if answers.len() % 20 == 0 {
            assert_eq!(status(port, &profile, "").await, 200);
        }
        answers.push(answer.unwrap());
    }

    let count = |address: Option<i32>, wanted: u16| {
        let of_address = answers.iter().filter(|(it, _)| address.is_none_or(|only| only == *it));
        of_address.filter(|(_, status)| *status == wanted).count()
    };
    let (tried, limited, busy) = (count(None, 401), count(None, 429), count(None, 503));
    assert_eq!(tried + limited + busy, 200, "{answers:?}");
    // A burst of twenty, and two more if it takes that long.
    assert!(count(Some(1), 401) <= 22, "{answers:?}");
    assert!(limited >= 128, "{answers:?}");
    assert!(tried >= 50, "{answers:?}");

    let peak = kib(&process, "VmHWM");
    let bound = idle + PERMITS * HASH_KIB + SPARE_KIB;
    assert!(peak <= bound, "{peak} KiB at the peak, {idle} idle, at most {bound}");
}

/// Sends a request over a connection of its own, and returns the status.
async fn status(port: u16, head: &str, body: &str) -> u16 {
    let mut connection = connected(port).await;
    let length = body.len();
    let request = format!(
        "{head}host: localhost\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    let line = String::from_utf8_lossy(&answer[..answer.len().min(64)]).into_owned();
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).expect(&line)
}

/// A memory value of the process, in KiB (proc(5)).
fn kib(process: &Running, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.0.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
}

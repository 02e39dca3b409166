//! The program itself: its sockets, its metrics, and its shutdown.

use std::{
    io::Read,
    net::TcpListener,
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    helpers::{KEY, TestApp, deployment},
    stores::database::fresh_database,
};

const KEYS: &str = "test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// The program without the developer's environment and `.env`.
pub(crate) fn genkan() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_genkan"));
    command.env_clear().current_dir(std::env::temp_dir());
    command
}

/// The program with the settings to serve a site, and to stop at once.
pub(crate) fn serving(database_url: &str, port: u16) -> Command {
    let mut command = configured();
    command.env("DATABASE_URL", database_url).env("PORT", port.to_string()).stderr(Stdio::null());
    command.env("LAME_DUCK", "0");
    command
}

/// The program with a complete configuration except the address, and a database without migrations.
pub(crate) fn configured() -> Command {
    let mut command = genkan();
    let (variable, value) = deployment();
    command
        .env(variable, value)
        .env("DATABASE_URL", std::env::var("DATABASE_URL").unwrap())
        .env("SECRET_KEYS", KEYS)
        .env("DEV_MAILBOX", "on");
    command
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Connects to a program that is starting.
pub(crate) async fn connected(port: u16) -> TcpStream {
    let connecting = async {
        loop {
            match TcpStream::connect(("127.0.0.1", port)).await {
                Ok(connection) => break connection,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    timeout(SOON, connecting).await.unwrap()
}

pub(crate) async fn get(port: u16, path: &str) -> String {
    get_as(port, path, "*/*").await
}

async fn get_as(port: u16, path: &str, accept: &str) -> String {
    let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\n");
    exchange(port, &format!("{head}connection: close\r\n\r\n")).await
}

/// Sends a request over a connection of its own, which the server closes, and returns the response.
pub(crate) async fn exchange(port: u16, request: &str) -> String {
    let mut connection = connected(port).await;
    connection.write_all(request.as_bytes()).await.unwrap();
    rest_of(&mut connection).await
}

async fn rest_of(connection: &mut TcpStream) -> String {
    let mut answer = String::new();
    timeout(SOON, connection.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

/// A form post with additional header lines.
pub(crate) fn form_post(port: u16, path: &str, headers: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost:{port}\r\n\
         {headers}content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n\
         {body}",
        body.len()
    )
}

/// A log-in that always fails.
pub(crate) fn log_in_request(port: u16, headers: &str) -> String {
    form_post(port, "/api/login", headers, "email=hana@example.com&password=a+tree+by+the+gate")
}

/// The program's error output.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn metrics_are_served_only_on_their_own_address() {
    let database = fresh_database().await;
    let (port, metrics) = (free_port(), free_port());
    let _process = Running(
        serving(&database.url, port)
            .env("METRICS_ADDR", format!("127.0.0.1:{metrics}"))
            .spawn()
            .unwrap(),
    );
    // Once as a program and once as a browser.
    for accept in ["application/json", "text/html"] {
        let answer = get_as(port, "/auth/session", accept).await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
    // A failed log-in is counted by its reason, even by a form, whose response is 303.
    for (accept, status) in [("application/json", 401), ("text/html", 303)] {
        let headers = format!("accept: {accept}\r\nconnection: close\r\n");
        let answer = exchange(port, &log_in_request(port, &headers)).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    let counted = get(metrics, "/metrics").await;
    for line in [
        r#"session_unauthorized_total{reason="bad_credentials"} 2"#,
        r#"session_unauthorized_total{reason="no_token"} 2"#,
        r#"session_ends_total{reason="reuse"} 0"#,
        r#"log_ins_total{result="bad_credentials"} 2"#,
        r#"log_ins_total{result="success"} 0"#,
        r#"http_request_duration_seconds_bucket{route="/api/login",status="4xx",le="10"} 2"#,
        r#"http_request_duration_seconds_count{route="/auth/session",status="4xx"} 2"#,
        "# HELP session_unauthorized_total ",
    ] {
        assert!(counted.contains(line), "{line} in {counted}");
    }
    let public = get(port, "/metrics").await;
    assert!(public.starts_with("HTTP/1.1 404"), "{public}");
}

#[tokio::test]
async fn a_site_for_this_machine_listens_only_on_loopback_in_both_families() {
    let database = fresh_database().await;
    let (narrow, wide) = (free_port(), free_port());
    let _narrow = Running(serving(&database.url, narrow).spawn().unwrap());
    let _wide = Running(serving(&database.url, wide).env("LISTEN", "0.0.0.0").spawn().unwrap());
    for port in [narrow, wide] {
        let alive = get(port, "/health/live").await;
        assert!(alive.starts_with("HTTP/1.1 200"), "{alive}");
    }
    // Another address of this machine stands for the network.
    assert!(TcpStream::connect(("127.0.0.2", narrow)).await.is_err());
    assert!(TcpStream::connect(("127.0.0.2", wide)).await.is_ok());
    if TcpListener::bind("[::1]:0").is_ok() {
        assert!(TcpStream::connect(("::1", narrow)).await.is_ok());
        assert!(TcpStream::connect(("::1", wide)).await.is_err());
    }
}

#[tokio::test]
async fn the_idle_timeout_of_connections_can_be_configured() {
    let database = fresh_database().await;
    let port = free_port();
    let _process = Running(serving(&database.url, port).env("KEEP_ALIVE", "1").spawn().unwrap());
    // Closed by the server long before the usual ten minutes.
    let answer = exchange(port, "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok"), "{answer}");
}

#[tokio::test]
async fn a_graceful_shutdown_answers_open_requests_and_accepts_no_others() {
    let database = fresh_database().await;
    let port = free_port();
    // A slow log-in.
    let child = serving(&database.url, port).env("HASH_PASSES", "60").spawn().unwrap();
    let process = Running(child);
    let mut connection = connected(port).await;
    connection.write_all(log_in_request(port, "").as_bytes()).await.unwrap();
    // A later answered request shows that the server has read the slow one.
    let alive = get(port, "/health/live").await;
    assert!(alive.starts_with("HTTP/1.1 200"), "{alive}");

    process.signal("TERM");
    let answer = rest_of(&mut connection).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    process.ended().await;
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

#[tokio::test]
async fn after_sigterm_an_instance_is_not_ready_but_serves_until_its_lame_duck_time_is_over() {
    const LAME_DUCK: Duration = Duration::from_secs(2);
    let database = fresh_database().await;
    let port = free_port();
    let lame_duck = LAME_DUCK.as_secs().to_string();
    let process =
        Running(serving(&database.url, port).env("LAME_DUCK", lame_duck).spawn().unwrap());
    ready(port, "200").await;

    let mut kept = connected(port).await;
    let told = Instant::now();
    process.signal("TERM");
    // Over new connections.
    ready(port, "503").await;
    let request = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    kept.write_all(request.as_bytes()).await.unwrap();
    let page = rest_of(&mut kept).await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    process.ended().await;
    assert!(told.elapsed() >= LAME_DUCK, "{:?}", told.elapsed());
}

#[tokio::test]
async fn ctrl_c_or_a_second_signal_ends_the_lame_duck_time() {
    let database = fresh_database().await;
    for signals in [&["INT"][..], &["TERM", "TERM"], &["TERM", "INT"]] {
        let port = free_port();
        let child = serving(&database.url, port).env("LAME_DUCK", "8").spawn().unwrap();
        let process = Running(child);
        ready(port, "200").await;
        let told = Instant::now();
        for (number, signal) in signals.iter().enumerate() {
            if number > 0 {
                // The first one has been handled.
                ready(port, "503").await;
            }
            process.signal(signal);
        }
        process.ended().await;
        assert!(told.elapsed() < Duration::from_secs(8), "{signals:?} {:?}", told.elapsed());
    }
}

/// Waits until `/health/ready` has this status, over a connection of its own each time.
pub(crate) async fn ready(port: u16, status: &str) {
    let waiting = async {
        while !get(port, "/health/ready").await.starts_with(&format!("HTTP/1.1 {status} ")) {}
    };
    timeout(SOON, waiting).await.unwrap();
}

#[tokio::test]
async fn a_graceful_shutdown_sends_promised_mails_and_logs_no_token() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let port = free_port();
    let child = serving(&app.db.url, port)
        .env("SECRET_KEYS", KEY)
        .env("RUST_LOG", "debug")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut process = Running(child);
    let post = async |path: &str, body: &str| {
        let headers = "accept: text/html\r\nconnection: close\r\n";
        let answer = exchange(port, &form_post(port, path, headers, body)).await;
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    };
    let link = async |mails: usize| {
        let mail = app.mails_awaited(&email, mails).await.pop().unwrap();
        mail.text.split_once("/reset?token=").unwrap().1[..43].to_owned()
    };
    let ask_for_a_link = format!("email={email}");
    post("/api/request_password_reset", &ask_for_a_link).await;
    let token = link(2).await;
    get_as(port, &format!("/reset?token={token}"), "text/html").await;
    post("/api/reset_password", &format!("token={token}&password=short")).await;
    post("/api/reset_password", &format!("token={token}&password=a+pond+behind+it")).await;
    app.mails_awaited(&email, 3).await;

    post("/api/request_password_reset", &ask_for_a_link).await;
    process.signal("TERM");
    let log = tokio::task::spawn_blocking(move || {
        let mut log = String::new();
        process.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert!(process.wait().success());
        log
    });
    let log = timeout(SOON, log).await.unwrap().unwrap();
    let last = link(4).await;
    assert_eq!(app.mails_to(&email).await.len(), 4);
    assert!(log.contains("/api/reset_password"), "{log}");
    for secret in [token.as_str(), &last, &email] {
        assert!(!log.contains(secret), "{log}");
    }
}

/// A server process that is killed when its test ends or fails.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits for the end, and asserts that it is a regular one.
    async fn ended(mut self) {
        let ending = tokio::task::spawn_blocking(move || self.wait());
        let status = timeout(SOON, ending).await.unwrap().unwrap();
        assert!(status.success(), "{status}");
    }

    fn wait(&mut self) -> ExitStatus {
        self.0.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Killing fails if the process has already ended.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

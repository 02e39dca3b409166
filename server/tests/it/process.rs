//! The program itself: what it says when it cannot start, and how it ends.

use std::{
    io::Read,
    net::TcpListener,
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    helpers::{KEY, TestApp},
    stores::{database::fresh_database, redis_url},
};

const KEYS: &str = "test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const SOON: Duration = Duration::from_secs(20);

/// The program, with nothing of the developer's own: neither the environment nor a `.env`.
pub(crate) fn genkan() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_genkan"));
    command.env_clear().current_dir(std::env::temp_dir());
    command
}

/// The site, about to be served.
pub(crate) fn serving(database_url: &str, port: u16) -> Command {
    let mut command = genkan();
    command
        .env("DATABASE_URL", database_url)
        .env("REDIS_URL", redis_url())
        .env("SECRET_KEYS", KEYS)
        .env("DEV_MAILBOX", "on")
        .env("PORT", port.to_string())
        .stderr(Stdio::null());
    command
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// A connection to a program that is just starting.
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

async fn get(port: u16, path: &str) -> String {
    get_as(port, path, "*/*").await
}

async fn get_as(port: u16, path: &str, accept: &str) -> String {
    let mut connection = connected(port).await;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\nconnection: close\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(SOON, connection.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

/// A log-in that nobody can succeed with.
fn log_in_request(port: u16, headers: &str) -> String {
    let body = "email=hana@example.com&password=a+tree+by+the+gate";
    format!(
        "POST /api/login HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost:{port}\r\n\
         {headers}content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n\
         {body}",
        body.len()
    )
}

async fn post_log_in(port: u16, accept: &str) -> String {
    let mut connection = connected(port).await;
    let request = log_in_request(port, &format!("accept: {accept}\r\nconnection: close\r\n"));
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(SOON, connection.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

/// What it said to whoever started it.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_start_without_configuration_names_what_is_missing() {
    let output = genkan().output().unwrap();
    assert!(!output.status.success());
    assert!(said(&output).contains("DATABASE_URL"), "{}", said(&output));
}

#[test]
fn a_new_key_is_an_entry_that_the_configuration_takes() {
    let output = genkan().args(["keys", "new"]).output().unwrap();
    let line = String::from_utf8(output.stdout).unwrap();
    assert!(domain::session::keys::KeyRing::parse(line.trim()).is_ok(), "{line}");
}

#[tokio::test]
async fn a_database_without_its_migrations_is_told_and_not_served_from() {
    let output = genkan()
        .env("DATABASE_URL", std::env::var("DATABASE_URL").unwrap())
        .env("REDIS_URL", redis_url())
        .env("SECRET_KEYS", KEYS)
        .env("DEV_MAILBOX", "on")
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(said(&output).contains("genkan migrate"), "{}", said(&output));
}

#[tokio::test]
async fn a_store_for_one_instance_is_warned_of_at_the_start() {
    let warning = async |store| {
        let output = genkan()
            .env("DATABASE_URL", std::env::var("DATABASE_URL").unwrap())
            .env("REDIS_URL", redis_url())
            .env("SECRET_KEYS", KEYS)
            .env("DEV_MAILBOX", "on")
            .env("LIVE_SESSIONS", store)
            .output()
            .unwrap();
        said(&output).contains("LIVE_SESSIONS=memory is for one instance")
    };
    assert!(warning("memory").await);
    assert!(!warning("postgres").await);
}

#[tokio::test]
async fn what_is_counted_is_shown_on_an_address_of_its_own_and_nowhere_else() {
    let database = fresh_database().await;
    let (port, metrics) = (free_port(), free_port());
    let _process = Running(
        serving(&database.url, port)
            .env("METRICS_ADDR", format!("127.0.0.1:{metrics}"))
            .spawn()
            .unwrap(),
    );
    // Once for a program and once as a page.
    for accept in ["application/json", "text/html"] {
        let answer = get_as(port, "/auth/session", accept).await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
    // A wrong log-in counts as what it is, also by a form, whose answer is 303.
    for (accept, status) in [("application/json", 401), ("text/html", 303)] {
        let answer = post_log_in(port, accept).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    let counted = get(metrics, "/metrics").await;
    for line in [
        r#"session_unauthorized_total{reason="bad_credentials"} 2"#,
        r#"log_ins_total{result="bad_credentials"} 2"#,
        r#"log_ins_total{result="success"} 0"#,
    ] {
        assert!(counted.contains(line), "{counted}");
    }
    assert!(counted.contains(r#"session_unauthorized_total{reason="no_token"} 2"#), "{counted}");
    assert!(counted.contains(r#"session_ends_total{reason="reuse"} 0"#), "{counted}");
    assert!(counted.contains("# HELP session_unauthorized_total "), "{counted}");
    let public = get(port, "/metrics").await;
    assert!(public.starts_with("HTTP/1.1 404"), "{public}");
}

/// `genkan admin`, with the settings of the site but for where live sessions are.
async fn administrate(app: &TestApp, live_sessions: &str, arguments: &[&str]) -> Output {
    let mut command = genkan();
    command
        .arg("admin")
        .args(arguments)
        .env("DATABASE_URL", &app.db.url)
        .env("REDIS_URL", redis_url())
        .env("LIVE_SESSIONS", live_sessions)
        .env("SECRET_KEYS", KEY)
        .env("DEV_MAILBOX", "on")
        .env("LOG_FORMAT", "json")
        .env("RUST_LOG", "error");
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_command_leaves_it_to_the_process_with_the_live_sessions_in_its_memory_to_close_them() {
    let app = TestApp::start_with(&[("LIVE_SESSIONS", "memory")]).await;
    let (email, _) = app.member().await;
    assert!(administrate(&app, "memory", &["suspend", &email]).await.status.success());
    let ended = "select count(*) from sessions where ended_at is not null";
    assert_eq!(app.count(ended).await, 1);
    assert_eq!(app.count(&format!("{ended} and closed_at is not null")).await, 0);
}

#[tokio::test]
async fn what_the_staff_does_at_a_terminal_acts_on_the_next_request() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let administrate = async |arguments: &[&str]| administrate(&app, "redis", arguments).await;
    for (command, role) in [("grant", "admin"), ("revoke", "member")] {
        let output = administrate(&[command, &email]).await;
        assert!(output.status.success(), "{}", said(&output));
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(answer.contains(&format!("has the role {role}")), "{answer}");
        // One line, whatever else is not logged.
        let event: serde_json::Value = serde_json::from_str(&said(&output)).unwrap();
        assert_eq!(
            (&event["target"], &event["message"]),
            (&"audit".into(), &"authz_change".into())
        );
        assert_eq!((&event["by"], &event["reason"]), (&"staff".into(), &role.into()));
        let session = browser.get("/auth/session").await;
        assert_eq!(session.json()["member"]["role"], role);
    }

    let output = administrate(&["suspend", &email]).await;
    assert!(output.status.success());
    assert!(said(&output).contains("user_updated"), "{}", said(&output));
    assert!(!said(&output).contains(&email), "{}", said(&output));
    browser.get("/auth/session").await.assert_problem(401, "suspended");
    app.browser().log_in(&email).await.assert_problem(403, "suspended");
    assert!(administrate(&["reinstate", &email]).await.status.success());
    let mut again = app.logged_in(&email).await;
    browser.get("/auth/session").await.assert_problem(401, "suspended");

    assert!(administrate(&["end-all-sessions"]).await.status.success());
    again.get("/auth/session").await.assert_problem(401, "revoked");
    again.refresh().await.assert_problem(401, "revoked");

    let output = administrate(&["suspend", "nobody@example.com"]).await;
    assert!(!output.status.success());
    assert!(said(&output).contains("no member with this address"), "{}", said(&output));
}

#[tokio::test]
async fn a_site_for_this_machine_listens_on_its_loopback_in_both_families_and_nowhere_else() {
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
async fn a_kept_connection_idles_as_long_as_the_variable_says() {
    let database = fresh_database().await;
    let port = free_port();
    let _process = Running(serving(&database.url, port).env("KEEP_ALIVE", "1").spawn().unwrap());
    let mut connection = connected(port).await;
    connection.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    // Closed by the server, though nobody said so and long before the usual ten minutes.
    timeout(SOON, connection.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok"), "{answer}");
}

#[test]
fn what_is_wrong_with_a_url_is_said_without_what_it_holds() {
    for (variable, url) in [
        ("DATABASE_URL", "postgres://genkan@localhost/genkan?pasword=sesame"),
        ("DATABASE_URL", "postgres://genkan@localhost/genkan?sslmode=sesame"),
        ("DATABASE_URL", "postgres://genkan:sesame@db.example/genkan?sslmode=prefer"),
        ("REDIS_URL", "redis://:sesame@cache.example"),
    ] {
        let output = genkan()
            .env("DATABASE_URL", "postgres://genkan@localhost/genkan")
            .env("REDIS_URL", "redis://localhost")
            .env("SECRET_KEYS", KEYS)
            .env("SMTP_URL", "smtp://localhost")
            .env("MAIL_FROM", "genkan@genkan.example")
            .env("PUBLIC_URL", "https://genkan.example")
            .env(variable, url)
            .output()
            .unwrap();
        assert!(!output.status.success());
        assert!(said(&output).contains(variable), "{}", said(&output));
        assert!(!said(&output).contains("sesame"), "{}", said(&output));
    }
}

#[tokio::test]
async fn told_to_end_it_still_answers_what_was_asked_and_takes_nothing_new() {
    let database = fresh_database().await;
    let port = free_port();
    // A log-in that takes a while.
    let child = serving(&database.url, port).env("HASH_PASSES", "60").spawn().unwrap();
    let mut process = Running(child);
    let address = ("127.0.0.1", port);
    let mut connection = connected(port).await;

    let request = log_in_request(port, "");
    connection.write_all(request.as_bytes()).await.unwrap();
    // The request is on its way once the server has been scheduled to read it; one more answered request
    // shows that it was.
    let alive = get(port, "/health/live").await;
    assert!(alive.starts_with("HTTP/1.1 200"), "{alive}");

    process.terminate();
    let mut answer = String::new();
    timeout(SOON, connection.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let ending = tokio::task::spawn_blocking(move || process.wait());
    let status = timeout(SOON, ending).await.unwrap().unwrap();
    assert!(status.success(), "{status}");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn an_orderly_end_waits_for_the_mail_that_was_promised_and_no_token_is_in_the_log() {
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
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost:{port}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\
             accept: text/html\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut connection = connected(port).await;
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        timeout(SOON, connection.read_to_string(&mut answer)).await.unwrap().unwrap();
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
    process.terminate();
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

/// A server that ends with its test, however that ends.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    fn terminate(&self) {
        let told = Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        assert!(told.success());
    }

    fn wait(&mut self) -> ExitStatus {
        self.0.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // What has ended already cannot be killed, which is fine.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

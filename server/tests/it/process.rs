//! The program itself: what it says when it cannot start, and how it ends.

use std::{
    net::TcpListener,
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::stores::{database::fresh_database, redis_url};

const KEYS: &str = "test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const SOON: Duration = Duration::from_secs(20);

fn genkan() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_genkan"));
    // Nothing of the developer's own: neither the environment nor a `.env`.
    command.env_clear().current_dir(std::env::temp_dir());
    command
}

fn said(output: &Output) -> String {
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
    assert!(domain::keys::KeyRing::parse(line.trim()).is_ok(), "{line}");
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
async fn told_to_end_it_still_answers_what_was_asked_and_takes_nothing_new() {
    let database = fresh_database().await;
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let child = genkan()
        .env("DATABASE_URL", &database.url)
        .env("REDIS_URL", redis_url())
        .env("SECRET_KEYS", KEYS)
        .env("DEV_MAILBOX", "on")
        .env("PORT", port.to_string())
        // A log-in that takes a while.
        .env("HASH_PASSES", "60")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut process = Running(child);
    let address = ("127.0.0.1", port);
    let mut connection = timeout(SOON, async {
        loop {
            match TcpStream::connect(address).await {
                Ok(connection) => break connection,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    })
    .await
    .unwrap();

    let body = "email=hana@example.com&password=a+tree+by+the+gate";
    let request = format!(
        "POST /api/login HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost:{port}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    // The request is on its way once the server has been scheduled to read it; one more answered request
    // shows that it was.
    let mut other = TcpStream::connect(address).await.unwrap();
    other
        .write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut alive = String::new();
    timeout(SOON, other.read_to_string(&mut alive)).await.unwrap().unwrap();
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

/// A server that ends with its test, however that ends.
struct Running(Child);

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

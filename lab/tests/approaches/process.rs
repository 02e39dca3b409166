//! The program.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::time::sleep;

use crate::instance::{KEY, settings};

const STARTS_WITHIN: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

#[tokio::test]
async fn the_program_serves_an_approach_on_its_port_and_prints_nothing() {
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"));
    lab.args(["serve", "memory"]).env("PORT", port.to_string()).env("LAB_KEY", KEY);
    lab.env("DATABASE_URL", settings().await.database_url);
    let mut lab = Running(lab.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let deadline = Instant::now() + STARTS_WITHIN;
    let mut stream = loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => break stream,
            Err(_) => assert!(Instant::now() < deadline, "it does not start"),
        }
        sleep(POLL).await;
    };
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: lab\r\nconnection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");

    lab.0.kill().unwrap();
    let mut printed = String::new();
    lab.0.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    lab.0.stderr.take().unwrap().read_to_string(&mut printed).unwrap();
    assert_eq!(printed, "");
}

#[tokio::test]
async fn a_missing_setting_is_named() {
    let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"));
    lab.args(["serve", "memory"]).env("PORT", "0").env_remove("LAB_KEY");
    lab.env("DATABASE_URL", settings().await.database_url);
    let output = lab.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "Error: LAB_KEY is missing\n");
}

/// Ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

//! `genkan health` and `genkan keys ensure`, by the program itself.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

use domain::session::keys::KeyRing;
use uuid::Uuid;

use crate::{
    process::{Running, connected, free_port, genkan, said, serving},
    stores::database::{drop_database, fresh_database},
};

/// `genkan health` with only these settings.
async fn health(settings: &[(&str, &str)]) -> Output {
    let mut command = genkan();
    command.arg("health").envs(settings.iter().copied());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn assert_fails_with(output: &Output, sentence: &str) {
    assert!(!output.status.success(), "{}", said(output));
    assert!(said(output).contains(sentence), "{sentence}: {}", said(output));
    assert_eq!(said(output).lines().count(), 1, "{}", said(output));
}

#[tokio::test]
async fn health_succeeds_only_while_the_instance_is_ready() {
    let database = fresh_database().await;
    let port = free_port();
    let settings = [("PORT", port.to_string())];
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let nobody = format!("no instance listens at [::1]:{port}");
    assert_fails_with(&health(&settings).await, &nobody);

    let process = Running(serving(&database.url, port).spawn().unwrap());
    connected(port).await;
    let ready = health(&settings).await;
    assert!(ready.status.success() && ready.stderr.is_empty(), "{}", said(&ready));
    drop_database(&database.url).await;
    assert_fails_with(&health(&settings).await, "not ready: /health/ready answers 503");
    drop(process);
    assert_fails_with(&health(&settings).await, &nobody);
}

#[tokio::test]
async fn health_asks_at_an_address_that_the_instance_listens_at() {
    let database = fresh_database().await;
    for (listen, is_on_loopback) in [("127.0.0.2", false), ("0.0.0.0", true)] {
        let port = free_port();
        let process = serving(&database.url, port).env("LISTEN", listen).spawn().unwrap();
        let _process = Running(process);
        tokio::task::spawn_blocking(move || await_listener("127.0.0.2", port)).await.unwrap();
        let port = port.to_string();
        for (settings, is_found) in [
            (&[("PORT", port.as_str()), ("LISTEN", listen)][..], true),
            (&[("PORT", port.as_str())], is_on_loopback),
        ] {
            let output = health(settings).await;
            assert_eq!(output.status.success(), is_found, "{settings:?}: {}", said(&output));
        }
    }
}

fn await_listener(address: &str, port: u16) {
    while std::net::TcpStream::connect((address, port)).is_err() {
        thread::yield_now();
    }
}

#[tokio::test]
async fn health_takes_no_other_program_for_a_ready_instance() {
    for (answer, sentence) in [
        ("HTTP/1.1 404 Not Found\r\n\r\n", "not ready: /health/ready answers 404"),
        ("220 mail.example\r\n", "does not speak HTTP"),
        ("", "does not speak HTTP"),
    ] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let other = thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            // Closing with unread bytes would reset the connection.
            assert_ne!(connection.read(&mut [0; 1024]).unwrap(), 0);
            connection.write_all(answer.as_bytes()).unwrap();
        });
        assert_fails_with(&health(&[("PORT", &port)]).await, sentence);
        other.join().unwrap();
    }
}

#[tokio::test]
async fn health_says_that_a_frozen_instance_does_not_answer() {
    // The operating system accepts connections, and nobody responds.
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let output = health(&[("PORT", &port), ("LISTEN", "127.0.0.1")]).await;
    assert_fails_with(&output, "Error: the instance does not answer within 5s");
}

/// An empty folder, removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("genkan-key-{}", Uuid::new_v4().simple()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    /// The names of its files.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn ensure(file: &Path) -> Output {
    genkan().args(["keys", "ensure"]).arg(file).output().unwrap()
}

#[test]
fn ensuring_a_key_fills_a_missing_or_empty_file_and_keeps_a_key() {
    let folder = Folder::new();
    let file = folder.0.join("secret-keys");
    for held in [None, Some(""), Some(" \n")] {
        if let Some(held) = held {
            fs::write(&file, held).unwrap();
        }
        let output = ensure(&file);
        assert!(output.status.success() && output.stdout.is_empty(), "{}", said(&output));
        let key = fs::read_to_string(&file).unwrap();
        assert!(KeyRing::parse(key.trim()).is_ok(), "{held:?}");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{held:?}");

        assert!(ensure(&file).status.success());
        assert_eq!(fs::read_to_string(&file).unwrap(), key);
    }
    assert_eq!(folder.names(), ["secret-keys"]);
}

#[test]
fn a_file_that_holds_something_else_than_keys_is_reported_and_kept() {
    let folder = Folder::new();
    let file = folder.0.join("secret-keys");
    for held in [&b"not a key"[..], b"\xff"] {
        fs::write(&file, held).unwrap();
        assert_fails_with(&ensure(&file), &format!("{} cannot be provided", file.display()));
        assert_eq!(fs::read(&file).unwrap(), held);
    }
    assert_eq!(folder.names(), ["secret-keys"]);
}

#[test]
fn a_key_that_cannot_be_written_leaves_no_file() {
    let folder = Folder::new();
    let file = folder.0.join("secret-keys");
    // Without room for a byte, as on a full disk.
    let mut without_room = Command::new("sh");
    without_room.args(["-c", r#"trap '' XFSZ; ulimit -f 0; exec "$0" keys ensure "$1""#]);
    without_room.arg(genkan().get_program()).arg(&file);
    let output = without_room.output().unwrap();
    assert_fails_with(&output, &format!("{} cannot be provided", file.display()));
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn ensuring_a_key_from_several_processes_makes_one_that_all_see() {
    let folder = Folder::new();
    let file = folder.0.join("secret-keys");
    let seen: Vec<String> = thread::scope(|scope| {
        let one = || {
            assert!(ensure(&file).status.success());
            fs::read_to_string(&file).unwrap()
        };
        let all: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
        all.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert!(seen.iter().all(|key| *key == seen[0] && !key.is_empty()));
    assert_eq!(folder.names(), ["secret-keys"]);
}

#[test]
fn a_key_file_that_cannot_be_made_is_reported_by_name() {
    let folder = Folder::new();
    let file = folder.0.join("missing/secret-keys");
    let output = ensure(&file);
    assert_fails_with(&output, &format!("{} cannot be provided", file.display()));
}

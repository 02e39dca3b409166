//! Memcached servers started by the tests, and direct access to them.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::{sync::OnceCell, time::sleep};

use super::redis_server::free_port;

/// What a server needs, so that its records stay until they expire.
pub(crate) const KEEPING: [&str; 3] = ["-M", "-o", "no_slab_automove"];
/// Runs the server until its standard input closes, at the latest when the tests' process ends.
const LEASH: &str = r#"
"$0" "$@" &
read -r _
kill -KILL $!
wait
"#;
const STARTS_WITHIN: Duration = Duration::from_secs(20);

/// A running server on loopback that stops on drop.
pub(crate) struct MemcachedServer {
    port: u16,
    process: Child,
}

impl MemcachedServer {
    /// Starts `MEMCACHED_SERVER`, or `memcached`, with additional arguments.
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        Self::start_at(free_port(), arguments).await
    }

    /// Starts one at this port.
    pub(crate) async fn start_at(port: u16, arguments: &[&str]) -> Self {
        let program = std::env::var("MEMCACHED_SERVER").unwrap_or_else(|_| "memcached".to_owned());
        let process = Command::new("sh")
            .args(["-c", LEASH, &program, "-l", "127.0.0.1", "-p", &port.to_string()])
            // For a root; others cannot change the account.
            .args(["-u", "nobody"])
            .args(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + STARTS_WITHIN;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "{program} does not start");
            sleep(Duration::from_millis(20)).await;
        }
        Self { port, process }
    }

    /// Stops it, and starts an empty one in its place.
    pub(crate) async fn restart(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
        *self = Self::start_at(self.port, &KEEPING).await;
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("memcached://127.0.0.1:{}", self.port)
    }
}

/// A server that keeps its records, started on first use.
pub(crate) async fn memcached() -> &'static MemcachedServer {
    static SERVER: OnceCell<MemcachedServer> = OnceCell::const_new();

    SERVER.get_or_init(|| MemcachedServer::start(&KEEPING)).await
}

/// A connection that sends commands as they are.
#[derive(Clone)]
pub(crate) struct RawMemcached(Arc<Mutex<BufReader<TcpStream>>>);

impl RawMemcached {
    pub(crate) fn connect(server: &MemcachedServer) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        Self(Arc::new(Mutex::new(BufReader::new(stream))))
    }

    /// The first line of the answer to a command.
    pub(crate) fn ask(&self, command: &str) -> String {
        let mut connection = self.0.lock().unwrap();
        connection.get_mut().write_all(format!("{command}\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }

    pub(crate) fn set(&self, key: &str, value: &str, ttl: u64) -> String {
        self.ask(&format!("set {key} 0 {ttl} {}\r\n{value}", value.len()))
    }
}

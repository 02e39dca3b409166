//! The memcached of these tests.

use std::{
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::{sync::OnceCell, time::sleep};

/// Runs the server until its standard input closes, at the latest when the tests' process ends.
const LEASH: &str = r#"
"$0" "$@" &
read -r _
kill -KILL $!
wait
"#;
const STARTS_WITHIN: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

/// The address of a server for all tests, which is started on first use: `MEMCACHED_SERVER`, or `memcached`.
pub(crate) async fn address() -> String {
    static SERVER: OnceCell<(u16, Child)> = OnceCell::const_new();

    let (port, _) = SERVER.get_or_init(start).await;
    format!("127.0.0.1:{port}")
}

async fn start() -> (u16, Child) {
    let program = std::env::var("MEMCACHED_SERVER").unwrap_or_else(|_| "memcached".to_owned());
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let process = Command::new("sh")
        .args(["-c", LEASH, &program, "-l", "127.0.0.1", "-U", "0", "-p", &port.to_string()])
        // Without evictions, as the product needs it.
        .args(["-M", "-o", "no_slab_automove"])
        // For root; others cannot change the account.
        .args(["-u", "nobody"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + STARTS_WITHIN;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "{program} does not start");
        sleep(POLL).await;
    }
    (port, process)
}

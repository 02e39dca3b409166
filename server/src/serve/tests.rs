//! Tests of connections over loopback, with shorter timeouts than the site's.

use axum::{http::Request, routing::any};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(100);
/// Much longer than [`SHORT`], however busy the machine is.
const SOON: Duration = Duration::from_secs(20);
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// A site that responds "ok" without reading a body, and a handle to shut it down.
async fn served(timeouts: Timeouts, most: usize) -> (SocketAddr, Arc<Notify>) {
    let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let site = Router::new().route("/", any(async || "ok"));
    let connections = Connections::new(site, timeouts, most);
    let end = Arc::new(Notify::new());
    let ended = Arc::clone(&end);
    tokio::spawn(async move {
        let listeners = [listener];
        tokio::select! {
            never = connections.accept(&listeners) => match never {},
            () = ended.notified() => {}
        }
        drop(listeners);
        connections.drain().await;
    });
    (address, end)
}

async fn ask(connection: &mut TcpStream) {
    connection.write_all(REQUEST).await.unwrap();
    assert_answered(connection).await;
}

async fn assert_answered(connection: &mut TcpStream) {
    let mut answer = Vec::new();
    while !answer.ends_with(b"ok") {
        let read = timeout(SOON, connection.read_buf(&mut answer)).await.unwrap().unwrap();
        assert!(read > 0, "closed after {}", String::from_utf8_lossy(&answer));
    }
    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
}

async fn assert_closed(mut connection: TcpStream) {
    let mut rest = Vec::new();
    // A reset also closes the connection.
    drop(timeout(SOON, connection.read_to_end(&mut rest)).await.expect("it is closed"));
    assert_eq!(String::from_utf8_lossy(&rest), "");
}

#[tokio::test]
async fn a_kept_connection_may_idle_for_longer_than_a_head_may_take() {
    let timeouts = Timeouts { head: SHORT, keep_alive: LONG, byte: LONG };
    let (address, _end) = served(timeouts, 9).await;
    let mut connection = TcpStream::connect(address).await.unwrap();
    ask(&mut connection).await;
    sleep(SHORT * 3).await;
    ask(&mut connection).await;
}

#[tokio::test]
async fn a_connection_with_an_incomplete_head_is_closed() {
    let timeouts = Timeouts { head: SHORT, keep_alive: LONG, byte: LONG };
    let (address, _end) = served(timeouts, 9).await;
    for beginning in
        [&b""[..], b"GET / HT", b"GET / HTTP/1.1\r\nhost: local", b"PRI * HTTP/2.0\r\n"]
    {
        let mut first = TcpStream::connect(address).await.unwrap();
        first.write_all(beginning).await.unwrap();
        assert_closed(first).await;
    }
    let mut kept = TcpStream::connect(address).await.unwrap();
    ask(&mut kept).await;
    kept.write_all(b"GET / HT").await.unwrap();
    assert_closed(kept).await;
}

#[tokio::test]
async fn the_answer_to_an_unread_body_arrives_and_the_connection_is_kept() {
    // More than the sockets' buffers take: it is all sent only if somebody reads.
    let body = vec![b'a'; 12 * 1024 * 1024];
    let (address, _end) = served(Timeouts { head: LONG, keep_alive: LONG, byte: LONG }, 9).await;
    let mut connection = TcpStream::connect(address).await.unwrap();
    let head =
        format!("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", body.len());
    connection.write_all(head.as_bytes()).await.unwrap();
    timeout(SOON, connection.write_all(&body)).await.unwrap().expect("it is read");
    assert_answered(&mut connection).await;
    ask(&mut connection).await;
}

#[tokio::test]
async fn a_connection_whose_unread_body_does_not_come_is_closed() {
    let head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n";
    for (further, timeouts) in [
        ("", Timeouts { head: SHORT, keep_alive: LONG, byte: LONG }),
        // Such a client sends nothing, so there is nothing to wait for.
        ("expect: 100-continue\r\n", Timeouts { head: LONG, keep_alive: LONG, byte: LONG }),
    ] {
        let (address, _end) = served(timeouts, 9).await;
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(format!("{head}{further}\r\n").as_bytes()).await.unwrap();
        assert_answered(&mut connection).await;
        assert_closed(connection).await;
    }
}

#[tokio::test]
async fn a_kept_connection_that_idles_for_too_long_is_closed() {
    let (address, _end) = served(Timeouts { head: LONG, keep_alive: SHORT, byte: LONG }, 9).await;
    let mut connection = TcpStream::connect(address).await.unwrap();
    ask(&mut connection).await;
    assert_closed(connection).await;
}

#[tokio::test]
async fn an_http2_connection_without_a_request_is_closed_however_often_it_pings() {
    let (address, _end) = served(Timeouts { head: LONG, keep_alive: SHORT, byte: LONG }, 9).await;
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut client, mut connection) = h2::client::handshake(stream).await.unwrap();
    let mut pings = connection.ping_pong().unwrap();
    let ended = tokio::spawn(connection);
    let request = Request::get("http://localhost/").body(()).unwrap();
    let (answer, _) = client.send_request(request, true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 200);
    let pinging = async {
        // Until nothing responds.
        while pings.ping(h2::Ping::opaque()).await.is_ok() {}
    };
    timeout(SOON, pinging).await.expect("the server ends it");
    // Told so (GOAWAY), and not cut off.
    timeout(SOON, ended).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn beyond_the_bound_a_connection_waits_until_an_idle_one_gives_way() {
    let timeouts = Timeouts { head: SHORT, keep_alive: LONG, byte: LONG };
    let (address, _end) = served(timeouts, 1).await;
    let mut first = TcpStream::connect(address).await.unwrap();
    ask(&mut first).await;
    let mut second = TcpStream::connect(address).await.unwrap();
    ask(&mut second).await;
    assert_closed(first).await;
}

#[tokio::test]
async fn an_idle_connection_stays_open_while_no_other_waits_for_its_place() {
    let timeouts = Timeouts { head: SHORT, keep_alive: LONG, byte: LONG };
    let (address, _end) = served(timeouts, 1).await;
    let mut only = TcpStream::connect(address).await.unwrap();
    ask(&mut only).await;
    tokio::time::sleep(GIVE_WAY_EVERY * 2).await;
    ask(&mut only).await;
}

#[tokio::test]
async fn idle_connections_are_closed_at_shutdown() {
    let (address, end) = served(Timeouts::with_keep_alive(LONG), 9).await;
    let mut connection = TcpStream::connect(address).await.unwrap();
    ask(&mut connection).await;
    end.notify_one();
    assert_closed(connection).await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn the_site_listens_on_ipv4_and_ipv6() {
    let listeners = listen_at(&["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()], 0).unwrap();
    assert!(listeners[0].local_addr().unwrap().is_ipv4());
    let has_ipv6 = std::net::TcpListener::bind("[::1]:0").is_ok();
    assert_eq!(listeners.len(), if has_ipv6 { 2 } else { 1 });
    // Also for wildcard addresses: one family's socket does not take the other's port.
    let v4 = listen("0.0.0.0:0".parse().unwrap()).unwrap();
    let port = v4.local_addr().unwrap().port();
    let everywhere = listen(SocketAddr::new("::".parse().unwrap(), port));
    assert_eq!(everywhere.is_ok(), has_ipv6);
}

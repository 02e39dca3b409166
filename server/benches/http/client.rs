//! A cheap client: it keeps one connection, and only looks for the end of each response.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection that is kept open (RFC 9112 §9.3).
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, received: Vec::with_capacity(64 * 1024) }
    }

    /// Sends a request, reads the whole response, and returns its status.
    pub async fn ask(&mut self, request: &[u8]) -> u16 {
        self.stream.write_all(request).await.expect("the connection is kept");
        self.received.clear();
        loop {
            let read =
                self.stream.read_buf(&mut self.received).await.expect("the connection is kept");
            assert_ne!(read, 0, "the server hung up");
            if let Some(status) = whole_answer(&self.received) {
                return status;
            }
        }
    }
}

/// The status, once the response is complete.
fn whole_answer(received: &[u8]) -> Option<u16> {
    let end = received.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&received[..end]).expect("a head is ASCII");
    let body = &received[end + 4..];
    let value_of = |name: &str| {
        head.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    let is_whole = match value_of("content-length") {
        Some(length) => body.len() >= length.parse().expect("a number"),
        None => value_of("transfer-encoding").is_none() || body.ends_with(b"0\r\n\r\n"),
    };
    is_whole
        .then(|| head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status"))
}

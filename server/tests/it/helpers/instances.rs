//! Instances of the site on loopback that share only the stores, and their browsers.

use std::net::SocketAddr;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderName, HeaderValue},
    response::Response,
};
use server::{serve::listen, state::Genkan};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use super::{Browser, instance};

/// Three instances with one database and one Redis, stopped on drop.
pub(crate) struct Instances {
    running: Vec<(SocketAddr, Genkan)>,
    _serving: JoinSet<()>,
}

impl Instances {
    /// Starts them with additional settings.
    pub(crate) async fn start(database_url: &str, settings: &[(&str, &str)]) -> Self {
        let (mut running, mut serving) = (Vec::new(), JoinSet::new());
        for _ in 0..3 {
            let state = instance(database_url, settings).await;
            let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
            running.push((listener.local_addr().unwrap(), state.clone()));
            let site = state.router().into_make_service_with_connect_info::<SocketAddr>();
            serving.spawn(async move { axum::serve(listener, site).await.unwrap() });
        }
        Self { running, _serving: serving }
    }

    /// A browser of the instance with this number, modulo the number of instances.
    pub(crate) fn browser(&self, number: usize) -> Browser {
        Browser::at(self.running[number % self.running.len()].0)
    }

    /// The same browser, as if its request were balanced to another instance.
    pub(crate) fn send_to(&self, number: usize, browser: &Browser) -> Browser {
        let mut moved = self.browser(number);
        moved.take_cookies_of(browser);
        moved
    }

    /// The same browser at every instance in turn.
    pub(crate) fn everywhere(&self, browser: &Browser) -> impl Iterator<Item = Browser> {
        (0..self.running.len()).map(|number| self.send_to(number, browser))
    }

    /// The instances' internal states.
    pub(crate) fn states(&self) -> impl Iterator<Item = &Genkan> {
        self.running.iter().map(|(_, state)| state)
    }
}

/// Sends a request over a connection of its own (RFC 9112) and reads the answer.
pub(crate) async fn exchange(address: SocketAddr, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut bytes = format!("{} {} HTTP/1.1\r\n", head.method, head.uri).into_bytes();
    bytes.extend(b"connection: close\r\n");
    for (name, value) in &head.headers {
        bytes.extend(name.as_str().bytes().chain(*b": ").chain(value.as_bytes().iter().copied()));
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"\r\n");
    bytes.extend(to_bytes(body, usize::MAX).await.unwrap());

    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(&bytes).await.unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    read(&answer)
}

/// Parses a response that ends with its connection. Does not support chunked bodies.
fn read(answer: &[u8]) -> Response {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a whole head");
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap();
    let mut response = Response::new(Body::from(answer[end + 4..].to_vec()));
    *response.status_mut() = status.parse().unwrap();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        let name: HeaderName = name.parse().unwrap();
        assert_ne!(name.as_str(), "transfer-encoding", "{head}");
        response.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
    }
    response
}

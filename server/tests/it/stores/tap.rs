//! A tap between the site and a store: forwards everything and records commands.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use url::Url;

/// A store behind a tap. Dropping it cuts the connection.
pub(crate) struct Tap {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    _passing: JoinSet<()>,
}

impl Tap {
    /// A tap on the Redis of the URL, which records each command.
    pub(crate) async fn on_redis(url: &str) -> Self {
        Self::on(url, 6379, read_redis).await
    }

    /// A tap on the Postgres of the URL, which records each statement, and whatever else takes a round trip.
    pub(crate) async fn on_postgres(url: &str) -> Self {
        Self::on(url, 5432, read_postgres).await
    }

    /// The URL of the tap.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the commands recorded since the last call, in order.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    async fn on(url: &str, usual_port: u16, read: Read) -> Self {
        let store = Url::parse(url).unwrap();
        let host = store.host_str().unwrap().to_owned();
        let port = store.port().unwrap_or(usual_port);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut passing = JoinSet::new();
        let counted = Arc::clone(&asked);
        passing.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((outside, _)) = listener.accept().await {
                let inside = TcpStream::connect((host.as_str(), port)).await.unwrap();
                connections.spawn(pass(outside, inside, read, Arc::clone(&counted)));
            }
        });
        Self { url: behind(store, address), asked, _passing: passing }
    }
}

fn behind(mut url: Url, address: SocketAddr) -> String {
    url.set_ip_host(address.ip()).unwrap();
    url.set_port(Some(address.port())).unwrap();
    url.into()
}

/// Reads the next complete message: its length and, if it counts, its name.
type Read = fn(&[u8]) -> Option<(usize, Option<String>)>;

async fn pass(outside: TcpStream, inside: TcpStream, read: Read, asked: Arc<Mutex<Vec<String>>>) {
    outside.set_nodelay(true).unwrap();
    inside.set_nodelay(true).unwrap();
    let (mut from_site, mut to_site) = outside.into_split();
    let (mut from_store, mut to_store) = inside.into_split();
    let questions = async move {
        let (mut received, mut chunk) = (Vec::new(), vec![0; 16 * 1024]);
        while let Ok(length @ 1..) = from_site.read(&mut chunk).await {
            received.extend_from_slice(&chunk[..length]);
            while let Some((taken, name)) = read(&received) {
                received.drain(..taken);
                // Recorded before it is forwarded, and so before its response.
                asked.lock().unwrap().extend(name);
            }
            if to_store.write_all(&chunk[..length]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = questions => {}
        // Ends when either side closes.
        _ = tokio::io::copy(&mut from_store, &mut to_site) => {}
    }
}

/// Reads an array of strings (RESP2) that begins with the command. Keep-alives are not recorded.
fn read_redis(received: &[u8]) -> Option<(usize, Option<String>)> {
    let mut rest = received;
    let words = number_after(&mut rest, b'*')?;
    let mut name = None;
    for _ in 0..words {
        let length = number_after(&mut rest, b'$')?;
        let word = rest.get(..length)?;
        name.get_or_insert_with(|| String::from_utf8_lossy(word).to_uppercase());
        rest = rest.get(length + 2..)?;
    }
    let is_counted = name.as_ref().is_some_and(|name| name != "PING");
    Some((received.len() - rest.len(), name.filter(|_| is_counted)))
}

fn number_after(rest: &mut &[u8], sign: u8) -> Option<usize> {
    let end = rest.windows(2).position(|bytes| bytes == b"\r\n")?;
    let (line, behind) = (&rest[..end], &rest[end + 2..]);
    assert_eq!(line.first(), Some(&sign), "{}", String::from_utf8_lossy(line));
    *rest = behind;
    std::str::from_utf8(&line[1..]).unwrap().parse().ok()
}

/// Reads a frontend message (protocol 3.0). `Query` and `Sync` are counted: a statement has one of them at its end, and
/// the server answers each. The first messages of a connection have no type and begin with their length, whose first
/// byte is 0.
fn read_postgres(received: &[u8]) -> Option<(usize, Option<String>)> {
    let kind = *received.first()?;
    let kind_bytes = usize::from(kind != 0);
    let length = received.get(kind_bytes..kind_bytes + 4)?;
    let length = u32::from_be_bytes(length.try_into().unwrap()) as usize + kind_bytes;
    received.get(..length)?;
    let is_counted = [b'Q', b'S'].contains(&kind);
    Some((length, is_counted.then(|| "statement".to_owned())))
}

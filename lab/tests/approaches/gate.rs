//! A gate between an instance and Redis: holds back one command until it is opened, so that a test decides what happens
//! before it.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Semaphore,
    task::JoinSet,
};
use url::Url;

pub(crate) struct Gate {
    address: SocketAddr,
    waiting: Arc<Semaphore>,
    opened: Arc<Semaphore>,
    _passing: JoinSet<()>,
}

impl Gate {
    /// A gate before the Redis of the URL that holds this command back. Every client sends it in one piece.
    pub(crate) async fn before(redis_url: &str, command: &'static str) -> Self {
        let store = Url::parse(redis_url).unwrap();
        let store = format!("{}:{}", store.host_str().unwrap(), store.port().unwrap_or(6379));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (waiting, opened) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let mut passing = JoinSet::new();
        let (noticed, entrance) = (Arc::clone(&waiting), Arc::clone(&opened));
        passing.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((outside, _)) = listener.accept().await {
                let inside = TcpStream::connect(&store).await.unwrap();
                let (asking, mut answering) = outside.into_split();
                let (mut answers, asked) = inside.into_split();
                connections.spawn(async move {
                    // An error ends the connection, as without a gate.
                    let _ = copy(&mut answers, &mut answering).await;
                });
                let (noticed, entrance) = (Arc::clone(&noticed), Arc::clone(&entrance));
                connections.spawn(pass(asking, asked, command, noticed, entrance));
            }
        });
        Self { address, waiting, opened, _passing: passing }
    }

    /// The URL of the gate.
    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Returns once the command waits at the gate.
    pub(crate) async fn reached(&self) {
        self.waiting.acquire().await.unwrap().forget();
    }

    /// Lets it pass.
    pub(crate) fn open(&self) {
        self.opened.add_permits(1);
    }
}

async fn pass(
    mut asking: OwnedReadHalf,
    mut asked: OwnedWriteHalf,
    command: &str,
    noticed: Arc<Semaphore>,
    entrance: Arc<Semaphore>,
) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = asking.read(&mut piece).await {
        let piece = &piece[..length];
        if String::from_utf8_lossy(piece).contains(&format!("\r\n{command}\r\n")) {
            noticed.add_permits(1);
            entrance.acquire().await.unwrap().forget();
        }
        if asked.write_all(piece).await.is_err() {
            return;
        }
    }
}

//! The site behind its real socket, for tests at the level of bytes.

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use server::serve::{Connections, Timeouts, listen};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};

const SOON: Duration = Duration::from_secs(20);
const ENOUGH: usize = 100;

/// A site that listens on loopback, stopped on drop.
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    _serving: JoinSet<()>,
}

impl Wire {
    pub(crate) fn to(site: Router) -> Self {
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let timeouts = Timeouts::with_keep_alive(SOON);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            Connections::new(site, timeouts, ENOUGH).accept(&[listener]).await;
        });
        Self { address, _serving: serving }
    }

    /// Sends these bytes over a connection of their own, and returns the response.
    pub(crate) async fn send(&self, bytes: &[u8]) -> Vec<u8> {
        let mut connection = TcpStream::connect(self.address).await.unwrap();
        // A request that is refused early is cut off while sending.
        drop(connection.write_all(bytes).await);
        drop(connection.shutdown().await);
        let mut answer = Vec::new();
        drop(timeout(SOON, connection.read_to_end(&mut answer)).await.expect("it is answered"));
        answer
    }
}

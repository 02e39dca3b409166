//! A proxy before one server that counts round trips, whatever the protocol: how often a client sends something after the
//! server's last response.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// A store behind a counter. Dropping it cuts the connections.
pub struct Tap {
    pub address: SocketAddr,
    trips: Arc<AtomicU64>,
    _passing: JoinSet<()>,
}

impl Tap {
    pub async fn before(store: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let trips = Arc::<AtomicU64>::default();
        let counter = Arc::clone(&trips);
        let mut passing = JoinSet::new();
        passing.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let counter = Arc::clone(&counter);
                connections.spawn(async move {
                    // It ends with either side, in whichever way.
                    let _ = pass(client, store, &counter).await;
                });
            }
        });
        Ok(Self { address, trips, _passing: passing })
    }

    /// The round trips so far.
    pub fn trips(&self) -> u64 {
        self.trips.load(Ordering::Relaxed)
    }
}

async fn pass(mut client: TcpStream, store: SocketAddr, trips: &AtomicU64) -> Result<()> {
    let mut store = TcpStream::connect(store).await?;
    client.set_nodelay(true)?;
    store.set_nodelay(true)?;
    let (mut asked, mut answered) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    let mut is_waiting = false;
    loop {
        tokio::select! {
            length = client.read(&mut asked) => match length? {
                0 => return Ok(()),
                length => {
                    if !is_waiting {
                        trips.fetch_add(1, Ordering::Relaxed);
                        is_waiting = true;
                    }
                    store.write_all(&asked[..length]).await?;
                }
            },
            length = store.read(&mut answered) => match length? {
                0 => return Ok(()),
                length => {
                    is_waiting = false;
                    client.write_all(&answered[..length]).await?;
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_sent_together_is_one_round_trip() -> Result<()> {
        let store = TcpListener::bind("127.0.0.1:0").await?;
        let tap = Tap::before(store.local_addr()?).await?;
        let echo = tokio::spawn(async move {
            let (mut client, _) = store.accept().await?;
            let mut request = [0; 4];
            while client.read_exact(&mut request).await.is_ok() {
                client.write_all(&request).await?;
            }
            anyhow::Ok(())
        });
        let mut client = TcpStream::connect(tap.address).await?;
        for requests in [&b"onetwo12"[..], b"four"] {
            client.write_all(requests).await?;
            client.read_exact(&mut vec![0; requests.len()]).await?;
        }
        assert_eq!(tap.trips(), 2);
        drop(client);
        echo.await?
    }
}

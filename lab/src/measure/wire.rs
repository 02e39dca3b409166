//! A proxy before one server that counts round trips, whatever the protocol: how often a client sends something after the
//! server's last response. It can count those alone that begin with a certain command.

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
    /// Counts all round trips.
    pub async fn before(store: SocketAddr) -> Result<Self> {
        Self::counting(b"", store).await
    }

    /// Counts the round trips that begin with this command.
    pub async fn counting(command: &'static [u8], store: SocketAddr) -> Result<Self> {
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
                    let _ = pass(client, store, command, &counter).await;
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

async fn pass(
    mut client: TcpStream,
    store: SocketAddr,
    command: &[u8],
    trips: &AtomicU64,
) -> Result<()> {
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
                    if !is_waiting && asked[..length].starts_with(command) {
                        trips.fetch_add(1, Ordering::Relaxed);
                    }
                    is_waiting = true;
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

    /// The round trips of three requests that are sent in two parts.
    async fn counted(command: &'static [u8]) -> Result<u64> {
        let store = TcpListener::bind("127.0.0.1:0").await?;
        let tap = Tap::counting(command, store.local_addr()?).await?;
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
        drop(client);
        echo.await??;
        Ok(tap.trips())
    }

    #[tokio::test]
    async fn what_is_sent_together_is_one_round_trip() -> Result<()> {
        assert_eq!(counted(b"").await?, 2);
        Ok(())
    }

    #[tokio::test]
    async fn one_command_can_be_counted_alone() -> Result<()> {
        assert_eq!(counted(b"fo").await?, 1);
        Ok(())
    }
}

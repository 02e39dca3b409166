//! Connections that send one request after the other, and the time that each took.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinSet,
};

use crate::client::Connection;

/// Requests of one kind, in turn.
pub struct Requests {
    name: &'static str,
    /// The status of a response to each
    status: u16,
    bytes: Vec<Vec<u8>>,
    sent: AtomicUsize,
    repeats: Repeats,
}

/// Whether the first request follows on the last.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    Yes,
    No,
}

impl Requests {
    pub fn new(name: &'static str, status: u16, bytes: Vec<Vec<u8>>, repeats: Repeats) -> Self {
        Self { name, status, bytes, sent: AtomicUsize::new(0), repeats }
    }

    /// The number that were sent.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// Returns whether the first request follows on the last.
    pub fn repeats(&self) -> bool {
        self.repeats == Repeats::Yes
    }

    /// The next one, unless all were sent and they do not repeat.
    fn next(&self) -> Option<&[u8]> {
        let sent = self.sent.fetch_add(1, Ordering::Relaxed);
        let index = match self.repeats {
            Repeats::Yes => sent % self.bytes.len().max(1),
            Repeats::No => sent,
        };
        self.bytes.get(index).map(Vec::as_slice)
    }
}

/// The latencies of one load.
pub struct Latencies {
    /// Ascending
    each: Vec<Duration>,
    elapsed: Duration,
}

/// Sends requests over `at_once` connections, which are spread over the addresses, until the time is up or the requests
/// are used up.
///
/// # Errors
/// A response has another status than it should have.
pub async fn run(
    addresses: &[SocketAddr],
    requests: &Arc<Requests>,
    at_once: usize,
    time: Duration,
) -> Result<Latencies> {
    let mut connections = Vec::with_capacity(at_once);
    for address in addresses.iter().cycle().take(at_once) {
        connections.push(Connection::open(*address).await?);
    }
    run_over(connections, requests, time).await
}

/// The same over connections that are open, so that a TLS handshake is not measured.
///
/// # Errors
/// As of [`run`].
pub async fn run_over<Stream>(
    connections: Vec<Connection<Stream>>,
    requests: &Arc<Requests>,
    time: Duration,
) -> Result<Latencies>
where
    Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let begun = Instant::now();
    let mut sending = JoinSet::new();
    for mut connection in connections {
        let requests = Arc::clone(requests);
        sending.spawn(async move {
            let mut took = Vec::new();
            while begun.elapsed() < time {
                let Some(request) = requests.next() else { break };
                let asked = Instant::now();
                let status = connection.ask(request).await?;
                took.push(asked.elapsed());
                ensure!(status == requests.status, "{} returned {status}", requests.name);
            }
            Ok(took)
        });
    }
    let mut each = Vec::new();
    while let Some(took) = sending.join_next().await {
        each.extend(took??);
    }
    Ok(Latencies::of(each, begun.elapsed()))
}

impl Latencies {
    pub fn of(mut each: Vec<Duration>, elapsed: Duration) -> Self {
        each.sort_unstable();
        Self { each, elapsed }
    }

    pub fn requests(&self) -> usize {
        self.each.len()
    }

    pub fn per_second(&self) -> f64 {
        self.each.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency that this share of the requests, from 0 to 1, did not exceed (nearest rank).
    pub fn percentile(&self, share: f64) -> Duration {
        let rank = (share * self.each.len() as f64).ceil() as usize;
        self.each.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_three(repeats: Repeats) -> [Option<Vec<u8>>; 3] {
        let requests = Requests::new("some", 200, vec![b"a".to_vec(), b"b".to_vec()], repeats);
        [(); 3].map(|()| requests.next().map(<[u8]>::to_vec))
    }

    #[test]
    fn requests_begin_again_only_if_they_repeat() {
        let [a, b] = [b"a", b"b"].map(|bytes| Some(bytes.to_vec()));
        assert_eq!(first_three(Repeats::Yes), [a.clone(), b.clone(), a.clone()]);
        assert_eq!(first_three(Repeats::No), [a, b, None]);
    }

    #[test]
    fn a_percentile_is_a_latency_that_was_measured() {
        let of = |count: u64, share| {
            let each = (1..=count).rev().map(Duration::from_millis).collect();
            Latencies::of(each, Duration::from_secs(1)).percentile(share).as_millis()
        };
        assert_eq!([of(100, 0.5), of(100, 0.99), of(100, 1.0)], [50, 99, 100]);
        assert_eq!([of(1, 0.5), of(1, 0.99), of(3, 0.5)], [1, 1, 2]);
        assert_eq!(of(0, 0.5), 0);
    }
}

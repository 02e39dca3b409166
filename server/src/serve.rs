//! The listening sockets, how many connections they may bring, and an orderly end when the platform says so.

mod connection;
mod pace;

use std::{
    future::poll_fn,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use anyhow::{Context, anyhow};
use axum::Router;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    sync::{Notify, OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};

use self::connection::Connection;
pub use self::pace::Patience;
use crate::{state::Genkan, sweeper};

/// So many connections may wait to be accepted. The usual 128 overflow when browsers wake together, and whoever
/// is dropped, of whichever member, tries again only after a second.
const WAITING_CONNECTIONS: i32 = 4096;
/// So many connections are served at once, if the operating system allows as many open files. More wait to be
/// accepted.
const CONNECTIONS_MAX: usize = 4096;
/// Open files that are no client's connection: the stores', the mail server's, what is being read.
const OTHER_FILES: u64 = 128;
/// How often idle connections are asked to give way while others wait.
const GIVE_WAY_EVERY: Duration = Duration::from_secs(1);
/// How long requests under way may take once the end has begun. Cloud Run gives ten seconds.
const DRAIN: Duration = Duration::from_secs(8);
/// How long to wait after a failed accept: out of file descriptors, for instance.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until SIGTERM or Ctrl-C, then drains.
///
/// # Errors
/// The port cannot be had, or SIGTERM cannot be heard.
pub async fn until_told_to_stop(state: Genkan) -> anyhow::Result<()> {
    let config = Arc::clone(&state.config);
    let listeners = listen_at(&config.listen, config.port)?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be heard")?;
    tracing::info!(port = config.port, url = config.public_url.origin(), "server.ready");

    let (database, redis) = (state.database.clone(), state.redis.clone());
    let outbox = state.resources.outbox.clone();
    let sweeping = tokio::spawn(sweeper::run(state.clone()));
    let patience = Patience::with_keep_alive(config.keep_alive);
    let connections = Connections::new(state.router(), patience, room_for_connections());
    tokio::select! {
        () = connections.accept(&listeners) => {}
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    drop(listeners);
    tracing::info!("server.draining");
    let drained = async {
        connections.drain().await;
        // What was promised in an answer: the last requests may have put something there.
        outbox.emptied().await;
    };
    if timeout(DRAIN, drained).await.is_err() {
        tracing::warn!("server.drain_cut_short");
    }
    sweeping.abort();
    database.close().await;
    redis.close().await;
    tracing::info!("server.stopped");
    Ok(())
}

/// Listens at an address: of IPv6, at nothing else, so that IPv4's may be listened at as well.
///
/// # Errors
/// It cannot be had.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // A restart must not wait for the connections of the program before it.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(WAITING_CONNECTIONS)?;
    TcpListener::from_std(socket.into())
}

/// The connections of an instance.
pub struct Connections {
    site: Router,
    patience: Patience,
    places: Arc<Semaphore>,
    /// Told while somebody waits for a place.
    crowd: Arc<Notify>,
    /// Told once, at the end; each connection holds a receiver.
    end: watch::Sender<()>,
}

impl Connections {
    /// None yet, and never more than `most`.
    #[must_use]
    pub fn new(site: Router, patience: Patience, most: usize) -> Self {
        Self {
            site,
            patience,
            places: Arc::new(Semaphore::new(most)),
            crowd: Arc::default(),
            end: watch::Sender::new(()),
        }
    }

    /// Accepts and serves connections for as long as this is polled.
    pub async fn accept(&self, listeners: &[TcpListener]) {
        loop {
            let place = self.place().await;
            match next_of(listeners).await {
                Ok((stream, peer)) => self.serve(stream, peer, place),
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "server.accept_failed"
                    );
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Ends each connection after the requests that are under way.
    pub async fn drain(self) {
        self.end.send_replace(());
        self.end.closed().await;
    }

    /// A place for one more. While there is none, connections that idle give theirs up.
    async fn place(&self) -> OwnedSemaphorePermit {
        loop {
            if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
                return place;
            }
            self.crowd.notify_waiters();
            let waiting = Arc::clone(&self.places).acquire_owned();
            if let Ok(Ok(place)) = timeout(GIVE_WAY_EVERY, waiting).await {
                return place;
            }
        }
    }

    fn serve(&self, stream: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
        // A small answer must not wait for a full packet.
        stream.set_nodelay(true).ok();
        let connection = Connection {
            peer,
            site: self.site.clone(),
            patience: self.patience,
            crowd: Arc::clone(&self.crowd),
            end: self.end.subscribe(),
        };
        tokio::spawn(async move {
            connection.serve(stream).await;
            drop(place);
        });
    }
}

/// A machine without IPv6 serves without it.
fn listen_at(addresses: &[IpAddr], port: u16) -> anyhow::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    let mut passed_over = None;
    for address in addresses {
        match listen(SocketAddr::new(*address, port)) {
            Ok(listener) => listeners.push(listener),
            Err(error) if address.is_ipv6() && error.kind() != io::ErrorKind::AddrInUse => {
                tracing::info!(%address, error = &error as &dyn std::error::Error, "server.no_ipv6");
                passed_over = Some(error);
            }
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("PORT {port} cannot be had at {address}"));
            }
        }
    }
    match passed_over {
        Some(error) if listeners.is_empty() => {
            Err(anyhow!(error).context("LISTEN names no address of this machine"))
        }
        _ => Ok(listeners),
    }
}

/// The next connection at any of these.
async fn next_of(listeners: &[TcpListener]) -> io::Result<(TcpStream, SocketAddr)> {
    poll_fn(|context| {
        for listener in listeners {
            if let Poll::Ready(accepted) = listener.poll_accept(context) {
                return Poll::Ready(accepted);
            }
        }
        Poll::Pending
    })
    .await
}

/// Takes as many open files as the operating system gives, and leaves some for what is no client's.
fn room_for_connections() -> usize {
    const USUAL: u64 = 1024;
    let files = match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((soft, hard)) if setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok() => {
            hard.max(soft)
        }
        Ok((soft, _)) => soft,
        Err(_) => USUAL,
    };
    let room = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX);
    room.clamp(1, CONNECTIONS_MAX)
}

#[cfg(test)]
mod tests;

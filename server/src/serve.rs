//! The listening sockets, the bound of connections, and a graceful shutdown.

mod connection;
mod pace;
mod rest;

use std::{
    convert::Infallible,
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
    signal::unix::{Signal, SignalKind, signal},
    sync::{Notify, OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, sleep, timeout, timeout_at},
};

use self::connection::Connection;
pub use self::pace::Timeouts;
use crate::{state::Genkan, sweeper};

/// The backlog of connections to accept. The usual 128 overflow when many browsers wake at once, and a dropped client
/// retries only after a second.
const WAITING_CONNECTIONS: i32 = 4096;
/// The number of connections served at once, if the limit of open files allows it. Another one waits for a place, and
/// further ones to be accepted.
const CONNECTIONS_MAX: usize = 4096;
/// Open files besides client connections: connections to stores and the mail server, and files being read.
const OTHER_FILES: u64 = 128;
/// The interval at which idle connections are asked to close while others wait.
const GIVE_WAY_EVERY: Duration = Duration::from_secs(1);
/// The time from the first signal to the end of the last request. Cloud Run kills an instance after ten seconds.
const DRAIN: Duration = Duration::from_secs(9);
/// The timeout for closing the connections to the stores, which a request that was cut short may still use.
const CLOSE: Duration = Duration::from_millis(500);
/// The pause after a failed accept, for example when file descriptors run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until SIGTERM or Ctrl-C, then drains.
///
/// After SIGTERM, `/health/ready` responds 503 while the instance still accepts connections for `LAME_DUCK`: until a
/// balancer has noticed, it sends further requests. Ctrl-C, or a second signal, closes the sockets at once.
///
/// # Errors
/// The port cannot be bound, or the signal handlers cannot be installed.
pub async fn until_told_to_stop(state: Genkan) -> anyhow::Result<()> {
    let config = Arc::clone(&state.config);
    let listeners = listen_at(&config.listen, config.port)?;
    let mut signals = Signals::listen().context("the signal handlers cannot be installed")?;
    tracing::info!(port = config.port, url = config.public_url.origin(), "server.ready");

    let (database, redis) = (state.database.clone(), state.redis.clone());
    let outbox = state.resources.outbox.clone();
    let sweeping = tokio::spawn(sweeper::run(state.clone()));
    let timeouts = Timeouts::with_keep_alive(config.keep_alive);
    let connections = Connections::new(state.router(), timeouts, room_for_connections());
    let stopping = async {
        let stop = signals.next().await;
        let deadline = Instant::now() + DRAIN;
        state.draining.begin();
        tracing::info!("server.draining");
        if stop == Stop::Terminate {
            // A second signal ends the wait.
            timeout(config.lame_duck, signals.next()).await.ok();
        }
        deadline
    };
    let deadline = tokio::select! {
        never = connections.accept(&listeners) => match never {},
        deadline = stopping => deadline,
    };
    drop(listeners);
    let drained = async {
        connections.drain().await;
        // Mails that responses have promised, including those of the last requests.
        outbox.emptied().await;
    };
    if timeout_at(deadline, drained).await.is_err() {
        tracing::warn!("server.drain_cut_short");
    }
    sweeping.abort();
    let redis_closed = async {
        if let Some(redis) = redis {
            redis.close().await;
        }
    };
    let closed = async { tokio::join!(database.close(), redis_closed) };
    timeout(CLOSE, closed).await.ok();
    tracing::info!("server.stopped");
    Ok(())
}

/// The signals that stop the program.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// A way to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// SIGTERM, from whatever runs the instance: balancers have to notice first
    Terminate,
    /// Ctrl-C, from a person who waits for the end
    Interrupt,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> Stop {
        tokio::select! {
            _ = self.terminate.recv() => Stop::Terminate,
            _ = self.interrupt.recv() => Stop::Interrupt,
        }
    }
}

/// Listens on an address. An IPv6 socket accepts only IPv6, so that IPv4 can be bound as well.
///
/// # Errors
/// The address cannot be bound.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // A restart must not wait for connections of the previous process to time out.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(WAITING_CONNECTIONS)?;
    TcpListener::from_std(socket.into())
}

/// The connections of an instance.
pub struct Connections {
    site: Router,
    timeouts: Timeouts,
    places: Arc<Semaphore>,
    /// Notified while a connection waits for a place.
    crowd: Arc<Notify>,
    /// Notified at shutdown; each connection holds a receiver.
    end: watch::Sender<()>,
}

impl Connections {
    /// An empty set of at most `most` connections.
    #[must_use]
    pub fn new(site: Router, timeouts: Timeouts, most: usize) -> Self {
        Self {
            site,
            timeouts,
            places: Arc::new(Semaphore::new(most)),
            crowd: Arc::default(),
            end: watch::Sender::new(()),
        }
    }

    /// Accepts and serves connections until the future is dropped.
    pub async fn accept(&self, listeners: &[TcpListener]) -> Infallible {
        loop {
            match next_of(listeners).await {
                Ok((stream, peer)) => {
                    let place = self.place().await;
                    self.serve(stream, peer, place);
                }
                Err(error) => {
                    tracing::warn!(error = %domain::causes(&error), "server.accept_failed");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Closes each connection after its requests under way.
    pub async fn drain(self) {
        self.end.send_replace(());
        self.end.closed().await;
    }

    /// A place for another connection. While there is none, idle connections are asked to close.
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
        // A small response must not wait for a full packet.
        stream.set_nodelay(true).ok();
        let connection = Connection {
            peer,
            site: self.site.clone(),
            timeouts: self.timeouts,
            crowd: Arc::clone(&self.crowd),
            end: self.end.subscribe(),
        };
        tokio::spawn(async move {
            connection.serve(stream).await;
            drop(place);
        });
    }
}

/// Listens on every address. Skips IPv6 addresses on a machine without IPv6.
fn listen_at(addresses: &[IpAddr], port: u16) -> anyhow::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    let mut passed_over = None;
    for address in addresses {
        match listen(SocketAddr::new(*address, port)) {
            Ok(listener) => listeners.push(listener),
            Err(error) if address.is_ipv6() && error.kind() != io::ErrorKind::AddrInUse => {
                tracing::info!(%address, error = %domain::causes(&error), "server.no_ipv6");
                passed_over = Some(error);
            }
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("PORT {port} cannot be bound at {address}"));
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

/// The next connection on any of the listeners.
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

/// Raises the limit of open files as far as allowed, and returns how many connections fit beside other files.
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

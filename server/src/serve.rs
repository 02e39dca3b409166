//! The listening socket: HTTP/1 and HTTP/2, with a bound on how long a client may take to say what it
//! wants, and an orderly end when the platform says so.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use axum::{Router, extract::ConnectInfo};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    signal::unix::{SignalKind, signal},
    sync::Notify,
    time::timeout,
};
use tower::ServiceExt;

use crate::{router::router, state::Genkan, sweeper};

/// So many connections may wait to be accepted. The usual 128 overflow when browsers wake together, and whoever
/// is dropped, of whichever member, tries again only after a second.
const WAITING_CONNECTIONS: u32 = 4096;
/// A client that sends its headers more slowly than this, or says nothing at all, is cut off (slowloris).
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// How often an idle HTTP/2 connection is asked whether its client is still there.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long requests under way may take once the end has begun. Cloud Run gives ten seconds.
const DRAIN: Duration = Duration::from_secs(8);
/// How long to wait after a failed accept: out of file descriptors, for instance.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until SIGTERM or Ctrl-C, then drains.
///
/// # Errors
/// The port cannot be had, or SIGTERM cannot be heard.
pub async fn until_told_to_stop(state: Genkan) -> anyhow::Result<()> {
    let port = state.config.port;
    let listener = listen(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)))
        .with_context(|| format!("PORT {port} cannot be had"))?;
    tracing::info!(port, url = state.config.public_url.origin(), "server.ready");

    let (database, redis) = (state.database.clone(), state.redis.clone());
    let outbox = state.ports.outbox.clone();
    let sweeping = tokio::spawn(sweeper::run(state.clone()));
    let connections = accept_connections(&listener, router(state)).await?;
    drop(listener);
    tracing::info!("server.draining");
    let drained = async {
        connections.shutdown().await;
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

/// Listens at an address.
///
/// # Errors
/// It cannot be had.
pub fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart must not wait for the connections of the program before it.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING_CONNECTIONS)
}

async fn accept_connections(
    listener: &TcpListener,
    router: Router,
) -> anyhow::Result<GracefulShutdown> {
    let connections = GracefulShutdown::new();
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be heard")?;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = terminate.recv() => return Ok(connections),
            _ = tokio::signal::ctrl_c() => return Ok(connections),
        };
        match accepted {
            Ok((stream, peer)) => serve_connection(stream, peer, router.clone(), &connections),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "server.accept_failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    connections: &GracefulShutdown,
) {
    // A small answer must not wait for a full packet.
    stream.set_nodelay(true).ok();
    let has_begun = Arc::new(Notify::new());
    let begun = Arc::clone(&has_begun);
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        begun.notify_one();
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let mut server = Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS_WITHIN);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(HEADERS_WITHIN);
    let connection = server.serve_connection(TokioIo::new(stream), service).into_owned();
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        // The time-outs of the protocols begin once it is known which of them is spoken.
        let silence = async {
            if timeout(HEADERS_WITHIN, has_begun.notified()).await.is_ok() {
                std::future::pending().await
            }
        };
        tokio::select! {
            ended = connection => if let Err(error) = ended {
                tracing::debug!(error = &*error, "server.connection_failed");
            },
            () = silence => tracing::debug!("server.connection_silent"),
        }
    });
}

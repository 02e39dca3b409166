//! The listening socket: HTTP/1 and HTTP/2, with a bound on how long a client may take to say what it
//! wants, and an orderly end when the platform says so.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use axum::{Router, extract::ConnectInfo};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    sync::Notify,
    time::timeout,
};
use tower::ServiceExt;

use crate::{router::router, state::Genkan, sweeper};

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
    let listener = TcpListener::bind(("0.0.0.0", port))
        .await
        .with_context(|| format!("PORT {port} cannot be had"))?;
    tracing::info!(port, url = state.config.public_url.origin(), "server.ready");

    let (database, redis) = (state.database.clone(), state.redis.clone());
    let sweeping = tokio::spawn(sweeper::run(state.clone()));
    let connections = accept_connections(&listener, router(state)).await?;
    drop(listener);
    tracing::info!("server.draining");
    if tokio::time::timeout(DRAIN, connections.shutdown()).await.is_err() {
        tracing::warn!("server.drain_cut_short");
    }
    sweeping.abort();
    database.close().await;
    redis.close().await;
    tracing::info!("server.stopped");
    Ok(())
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

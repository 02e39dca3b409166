//! One HTTP/1 or HTTP/2 connection, from its first byte to its end.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::Version,
    response::Response,
};
use hyper::{
    Request,
    body::{Body as HttpBody, Frame, Incoming, SizeHint},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{Notify, watch},
    time::{Instant, sleep_until},
};
use tower::ServiceExt;

use super::{
    pace::{Pace, Protocol, Timeouts},
    rest::read_rest,
};

/// The interval of pings on an HTTP/2 connection …
const PING_EVERY: Duration = Duration::from_secs(20);
/// … and the timeout of a pong.
const PING_WITHIN: Duration = Duration::from_secs(10);
/// hyper's own limit for the head of a request, in bytes: four times ours, which is refused like any other request
/// (`app::http::layers`). A larger head gets a bare 431.
const HEAD_BUFFER: usize = 64 * 1024;

/// A connection before it is served.
pub(super) struct Connection {
    pub(super) peer: SocketAddr,
    pub(super) site: Router,
    pub(super) timeouts: Timeouts,
    /// Notified while others wait for a place.
    pub(super) crowd: Arc<Notify>,
    /// Notified when the instance shuts down.
    pub(super) end: watch::Receiver<()>,
}

impl Connection {
    /// Serves requests until either side closes the connection.
    pub(super) async fn serve<Io>(self, io: Io)
    where
        Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { peer, site, timeouts, crowd, mut end } = self;
        let pace = SharedPace::new(timeouts);
        let service = service_fn({
            let pace = pace.clone();
            move |request: Request<Incoming>| {
                let under_way = pace.begin(request.version());
                let mut request = if request.version() == Version::HTTP_2 {
                    request.map(Body::new)
                } else {
                    read_rest(request, pace.clone(), timeouts.head)
                };
                request.extensions_mut().insert(ConnectInfo(peer));
                answer(site.clone(), request, under_way)
            }
        });
        let server = builder();
        let io = Watched { io, pace: pace.clone() };
        let mut connection = pin!(server.serve_connection(TokioIo::new(io), service));
        let mut is_ending = false;
        loop {
            let gives_way = tokio::select! {
                biased;
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(error = %domain::causes(&*error), "server.connection_failed");
                    }
                    return;
                }
                _ = end.changed(), if !is_ending => {
                    connection.as_mut().graceful_shutdown();
                    is_ending = true;
                    continue;
                }
                () = pace.overdue() => pace.lock().is_idle(),
                () = crowd.notified() => {
                    if !pace.lock().gives_way(Instant::now()) {
                        continue;
                    }
                    true
                }
            };
            if !gives_way || is_ending {
                tracing::debug!("server.connection_overdue");
                return;
            }
            // Tells an HTTP/2 client which of its requests were processed.
            connection.as_mut().graceful_shutdown();
            is_ending = true;
            pace.lock().close(Instant::now());
        }
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut server = Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(HEAD_BUFFER);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_WITHIN)
        .max_header_list_size(HEAD_BUFFER as u32);
    server
}

async fn answer(
    site: Router,
    request: Request<Body>,
    under_way: UnderWay,
) -> Result<Response<Counted>, Infallible> {
    let response = site.oneshot(request).await?;
    Ok(response.map(|body| Counted { body, _under_way: under_way }))
}

/// The pace of a connection, updated by its socket and its requests.
#[derive(Clone)]
pub(super) struct SharedPace(Arc<Mutex<Pace>>);

impl SharedPace {
    fn new(timeouts: Timeouts) -> Self {
        Self(Arc::new(Mutex::new(Pace::new(timeouts, Instant::now()))))
    }

    fn lock(&self) -> MutexGuard<'_, Pace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self, version: Version) -> UnderWay {
        let protocol = if version == Version::HTTP_2 { Protocol::Http2 } else { Protocol::Http1 };
        self.lock().begin(protocol, Instant::now());
        UnderWay(self.clone())
    }

    /// Waits for the deadline. Only bytes read from the socket can shorten it, and reading also polls this future.
    async fn overdue(&self) {
        let mut sleeping = pin!(sleep_until(self.lock().deadline()));
        poll_fn(|context| {
            loop {
                let deadline = self.lock().deadline();
                if sleeping.deadline() != deadline {
                    sleeping.as_mut().reset(deadline);
                }
                ready!(sleeping.as_mut().poll(context));
                // The deadline may have moved meanwhile.
                if self.lock().deadline() == deadline {
                    return Poll::Ready(());
                }
            }
        })
        .await;
    }
}

/// A request under way.
pub(super) struct UnderWay(SharedPace);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.lock().finish(Instant::now());
    }
}

/// A response whose request stays under way until the body is sent or dropped.
struct Counted {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A socket that reports reads and writes to the pace.
struct Watched<Io> {
    io: Io,
    pace: SharedPace,
}

impl<Io> Watched<Io> {
    fn notice(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if matches!(written, Poll::Ready(Ok(_))) {
            self.pace.lock().write(Instant::now());
        }
        written
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Watched<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.pace.lock().read(Instant::now());
        }
        Poll::Ready(Ok(()))
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Watched<Io> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(context, bytes);
        self.notice(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(context, slices);
        self.notice(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

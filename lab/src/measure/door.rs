//! Where a browser connects: to an instance, or with TLS to the balancer.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use measuring::client::Connection;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// The time after which a response is given up.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// A connection that is opened when it is needed.
pub struct Door {
    to: SocketAddr,
    tls: Option<TlsConnector>,
    connection: Option<Connection<Box<dyn Stream>>>,
}

/// A response, until the next request.
pub struct Response<'a> {
    status: u16,
    connection: &'a Connection<Box<dyn Stream>>,
}

/// A stream of bytes, encrypted or not.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Door {
    pub fn to(address: SocketAddr) -> Self {
        Self { to: address, tls: None, connection: None }
    }

    /// A door of `localhost` with a certificate that is verified by `tls`.
    pub fn with_tls(address: SocketAddr, tls: TlsConnector) -> Self {
        Self { to: address, tls: Some(tls), connection: None }
    }

    /// # Errors
    /// There is no response in time. The next request opens a connection of its own.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Response<'_>> {
        let kept = self.connection.take();
        let exchange = async {
            let mut connection = match kept {
                Some(connection) => connection,
                None => self.open().await?,
            };
            let status = connection.ask(request).await?;
            anyhow::Ok((connection, status))
        };
        let (connection, status) = timeout(TIMEOUT, exchange).await.context("no response")??;
        Ok(Response { status, connection: self.connection.insert(connection) })
    }

    /// Opens so many connections.
    pub async fn connections(&self, count: usize) -> Result<Vec<Connection<Box<dyn Stream>>>> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(self.open().await?);
        }
        Ok(connections)
    }

    async fn open(&self) -> Result<Connection<Box<dyn Stream>>> {
        let stream = TcpStream::connect(self.to).await.context("the server does not listen")?;
        stream.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &self.tls {
            Some(tls) => Box::new(tls.connect(ServerName::try_from("localhost")?, stream).await?),
            None => Box::new(stream),
        };
        Ok(Connection::over(stream))
    }
}

impl Response<'_> {
    pub fn status(&self) -> u16 {
        self.status
    }

    pub fn head(&self) -> &str {
        self.connection.head()
    }

    pub fn body(&self) -> &[u8] {
        self.connection.body()
    }
}

/// TLS that trusts only the authority of this certificate.
pub fn trusting(authority: &Path) -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).context("no certificate")?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

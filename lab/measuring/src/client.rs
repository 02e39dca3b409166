//! A cheap client: it keeps one connection, and only looks for the end of each response.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

/// A connection that is kept open (RFC 9112 §9.3).
pub struct Connection<Stream = TcpStream> {
    stream: Stream,
    received: Vec<u8>,
    /// The length of the last response's head, with the empty line
    head: usize,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.context("the server does not listen")?;
        stream.set_nodelay(true)?;
        Ok(Self::over(stream))
    }
}

impl<Stream: AsyncRead + AsyncWrite + Unpin> Connection<Stream> {
    /// A connection over a stream of bytes, as one with TLS.
    pub fn over(stream: Stream) -> Self {
        Self { stream, received: Vec::with_capacity(64 * 1024), head: 0 }
    }

    /// Sends a request, reads the whole response, and returns its status.
    ///
    /// # Errors
    /// The server has closed the connection, or responded with something that is not HTTP/1.1.
    pub async fn ask(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.write_all(request).await?;
        self.received.clear();
        loop {
            let read = self.stream.read_buf(&mut self.received).await?;
            ensure!(read > 0, "the server closed the connection");
            if let Some((status, head)) = whole_answer(&self.received)? {
                self.head = head;
                return Ok(status);
            }
        }
    }

    /// The last response's status line and headers, with the empty line that ends them.
    pub fn head(&self) -> &str {
        std::str::from_utf8(&self.received[..self.head]).unwrap_or_default()
    }

    /// The last response's body, as it was sent.
    pub fn body(&self) -> &[u8] {
        &self.received[self.head..]
    }
}

/// The status and the length of the head, once the response is complete.
fn whole_answer(received: &[u8]) -> Result<Option<(u16, usize)>> {
    let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&received[..end])?;
    let body = &received[end + 4..];
    let value_of = |name: &str| {
        head.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    let is_whole = match value_of("content-length") {
        Some(length) => body.len() >= length.parse()?,
        None => value_of("transfer-encoding").is_none() || body.ends_with(b"0\r\n\r\n"),
    };
    if !is_whole {
        return Ok(None);
    }
    let status = head.split(' ').nth(1).context("a response without a status")?;
    Ok(Some((status.parse()?, end + 4)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_whole_once_its_body_is() -> Result<()> {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n";
        for part in ["HTTP/1.1 200 OK\r\n", head, &format!("{head}o")] {
            assert_eq!(whole_answer(part.as_bytes())?, None, "{part}");
        }
        assert_eq!(whole_answer(format!("{head}ok").as_bytes())?, Some((200, head.len())));

        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n";
        assert_eq!(whole_answer(chunked.as_bytes())?, None);
        assert!(whole_answer(format!("{chunked}0\r\n\r\n").as_bytes())?.is_some());

        let empty = "HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(whole_answer(empty.as_bytes())?, Some((204, empty.len())));
        Ok(())
    }
}

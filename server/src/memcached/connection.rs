//! A connection, and the commands that live sessions need.
//!
//! Records are written with the classic commands and read and extended with meta commands, which alone know TTLs. No
//! record is written with the meta command `ms`: a full server that refuses one deletes the record that is there, even
//! if the command was to add a record or to replace another version. That may be a tombstone.

use std::io;

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{address::Address, record::LENGTH, settings};
use crate::live_sessions::fields::Unreadable;

/// A larger number of seconds is a time since 1970.
const LONGEST_TTL: u64 = 30 * 24 * 3600;

/// Why a command has no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the server is unavailable")]
    Unavailable(#[from] io::Error),
    #[error(
        "memcached must be started with -M and -o no_slab_automove, and without -C, or it may lose the end of a session"
    )]
    Unsafe,
    #[error("all connections to the server are in use")]
    Busy,
    #[error("the server has no memory for another record")]
    Full,
    #[error("the record is another member's")]
    Foreign,
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("the server's answer is not expected: {0}")]
    Unexpected(String),
}

/// A record as it was read.
pub(super) struct Item {
    pub(super) record: String,
    pub(super) seconds_left: u64,
    /// Changes with every write
    pub(super) version: u64,
}

/// Outcome of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Done,
    /// Another write came first.
    Overtaken,
    /// There is no memory; nothing was changed.
    Full,
}

/// A TTL as the server takes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ttl(u64);

impl Ttl {
    /// Whole seconds, at least one: zero would be for ever. `now` is in seconds since 1970.
    pub(super) fn new(seconds: u64, now: u64) -> Self {
        match seconds {
            0 => Self(1),
            1..=LONGEST_TTL => Self(seconds),
            _ => Self(now + seconds),
        }
    }
}

/// A connection to a server whose records stay until they expire.
#[derive(Debug)]
pub(super) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(super) async fn dial(address: &Address) -> Result<Self, Failure> {
        let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
        stream.set_nodelay(true)?;
        let mut connection = Self(BufReader::new(stream));
        connection.send("stats settings\r\n").await?;
        settings::check(&connection.report().await?)?;
        Ok(connection)
    }

    /// Returns whether the connection is open and nothing has come unasked, so that the next line is the next answer.
    pub(super) fn is_quiet(&self) -> bool {
        let nothing = self.0.get_ref().try_read(&mut [0]);
        self.0.buffer().is_empty()
            && nothing.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Reads a record.
    pub(super) async fn get(&mut self, key: &str) -> Result<Option<Item>, Failure> {
        let answer = self.ask(&format!("mg {key} v t c\r\n")).await?;
        // Further words would concern staleness, which means nothing here.
        let (length, ttl, version) = match answer.split(' ').collect::<Vec<_>>()[..] {
            ["EN"] => return Ok(None),
            ["VA", length, ttl, version, ..] => (length, ttl, version),
            _ => return Err(Failure::Unexpected(answer)),
        };
        if length != LENGTH.to_string() {
            return Err(Unreadable("a record of another length").into());
        }
        let seconds_left = marked(ttl, 't').ok_or(Unreadable("the TTL"))?;
        let version = marked(version, 'c').ok_or(Unreadable("the version"))?;
        let mut value = [0; LENGTH + 2];
        self.0.read_exact(&mut value).await?;
        let record = str::from_utf8(&value[..LENGTH]).map_err(|_| Unreadable("the record"))?;
        Ok(Some(Item { record: record.to_owned(), seconds_left, version }))
    }

    /// Writes a record where there is none.
    pub(super) async fn add(
        &mut self,
        key: &str,
        record: &str,
        ttl: Ttl,
    ) -> Result<Written, Failure> {
        self.write(&format!("add {key} 0 {} {LENGTH}", ttl.0), record).await
    }

    /// Writes a record in the place of this version.
    pub(super) async fn replace(
        &mut self,
        key: &str,
        version: u64,
        record: &str,
        ttl: Ttl,
    ) -> Result<Written, Failure> {
        self.write(&format!("cas {key} 0 {} {LENGTH} {version}", ttl.0), record).await
    }

    /// Writes a record, whatever is there. If there is no memory, what was there is gone.
    pub(super) async fn put(&mut self, key: &str, record: &str, ttl: Ttl) -> Result<(), Failure> {
        let command = format!("set {key} 0 {} {LENGTH}", ttl.0);
        match self.write(&command, record).await? {
            Written::Done => Ok(()),
            Written::Full => Err(Failure::Full),
            Written::Overtaken => Err(Failure::Unexpected("not stored".to_owned())),
        }
    }

    /// Changes the TTL of this version, which then has another number. Needs no memory. Returns whether it was there.
    ///
    /// A conditional change of the TTL alone is offered only together with marking a record as stale (`md` with `I`),
    /// which keeps its value.
    pub(super) async fn extend(
        &mut self,
        key: &str,
        version: u64,
        ttl: Ttl,
    ) -> Result<bool, Failure> {
        let answer = self.ask(&format!("md {key} C{version} I T{}\r\n", ttl.0)).await?;
        match answer.as_str() {
            "HD" => Ok(true),
            "EX" | "NF" => Ok(false),
            _ => Err(Failure::Unexpected(answer)),
        }
    }

    async fn write(&mut self, command: &str, record: &str) -> Result<Written, Failure> {
        debug_assert_eq!(record.len(), LENGTH);
        let answer = self.ask(&format!("{command}\r\n{record}\r\n")).await?;
        match answer.as_str() {
            "STORED" => Ok(Written::Done),
            "NOT_STORED" | "EXISTS" | "NOT_FOUND" => Ok(Written::Overtaken),
            "SERVER_ERROR out of memory storing object" => Ok(Written::Full),
            _ => Err(Failure::Unexpected(answer)),
        }
    }

    /// The lines of a report.
    async fn report(&mut self) -> Result<Vec<String>, Failure> {
        let mut report = Vec::new();
        loop {
            let line = self.line().await?;
            match line.as_str() {
                "END" => return Ok(report),
                line if line.starts_with("STAT ") => report.push(line.to_owned()),
                _ => return Err(Failure::Unexpected(line)),
            }
        }
    }

    async fn ask(&mut self, command: &str) -> Result<String, Failure> {
        self.send(command).await?;
        self.line().await
    }

    async fn send(&mut self, command: &str) -> Result<(), Failure> {
        Ok(self.0.write_all(command.as_bytes()).await?)
    }

    async fn line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        self.0.read_line(&mut line).await?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
        }
    }
}

/// The number after a flag, as in `t1800`.
fn marked(word: &str, flag: char) -> Option<u64> {
    word.strip_prefix(flag)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ttl_is_never_for_ever_and_beyond_thirty_days_a_time() {
        let now = 1_800_000_000;
        for (seconds, sent) in
            [(0, 1), (1, 1), (LONGEST_TTL, LONGEST_TTL), (LONGEST_TTL + 1, now + LONGEST_TTL + 1)]
        {
            assert_eq!(Ttl::new(seconds, now).0, sent, "{seconds}");
        }
    }
}

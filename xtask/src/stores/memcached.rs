//! Memcached: found or installed. The lab has one on loopback; tests start their own.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use super::Home;
use crate::os::process::{self, Group};
use crate::os::{ports, programs};

const PROGRAM: &str = "memcached";
/// The memory for items, in MiB.
const MEMORY: usize = 64;
/// The lengths of the values that it is filled with. Memory is set apart for classes of items, each of which may be a
/// quarter longer than those of the one before, and only items of its own class can take a session's place.
const LENGTHS: [usize; 17] =
    [1, 15, 32, 52, 76, 105, 140, 182, 232, 292, 364, 450, 554, 678, 827, 1006, 1100];

/// The server's program, installed if necessary.
///
/// # Errors
/// It cannot be installed.
pub(crate) fn ensure() -> Result<PathBuf> {
    programs::ensure(PROGRAM, find)
}

/// The server's program, if installed.
pub(crate) fn find() -> Option<PathBuf> {
    programs::on_path(PROGRAM)
}

/// What a server does when its memory is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenFull {
    /// It evicts old items, as it does by default.
    Evict,
    /// It refuses new ones, as the product demands of it.
    Refuse,
}

/// Starts a server on `port`.
pub(crate) fn start(home: &Home, folder: &Path, port: u16, when_full: WhenFull) -> Result<Group> {
    let mut command = process::leashed(ensure()?, Signal::SIGTERM);
    command.args(["-l", "127.0.0.1", "-p", &port.to_string(), "-U", "0"]);
    command.args(["-m", &MEMORY.to_string()]).current_dir(folder);
    if when_full == WhenFull::Refuse {
        command.args(["-M", "-o", "no_slab_automove"]);
    }
    home.run_as_account(&mut command);
    let log = folder.join(format!("memcached-{port}.log"));
    Group::serve(PROGRAM, &mut command, Signal::SIGTERM, &log, || ports::accepts(port))
}

/// Deletes every item.
pub(crate) fn wipe(port: u16) -> Result<()> {
    ask(&mut connect(port)?, "flush_all\r\n", "OK")
}

/// Stores so much else that every item from before is evicted, or no other one has room.
pub(crate) fn fill(port: u16) -> Result<()> {
    // Without responses, which would take longer than the rest.
    for_filling(port, |length, key| {
        let value = "x".repeat(length);
        format!("set {key} 0 60 {length} noreply\r\n{value}\r\n")
    })
}

/// Deletes what it was filled with.
pub(crate) fn empty(port: u16) -> Result<()> {
    for_filling(port, |_, key| format!("delete {key} noreply\r\n"))
}

fn for_filling(port: u16, command: impl Fn(usize, &str) -> String) -> Result<()> {
    let mut stream = connect(port)?;
    let rounds = 2 * MEMORY * 1024 * 1024 / LENGTHS.iter().sum::<usize>();
    for round in 0..rounds {
        let commands = LENGTHS.map(|length| command(length, &key(length, round)));
        stream.write_all(commands.concat().as_bytes())?;
    }
    ask(&mut stream, "version\r\n", "VERSION")
}

fn key(length: usize, round: usize) -> String {
    format!("filling-{length}-{round}")
}

fn connect(port: u16) -> Result<TcpStream> {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).context("memcached does not listen")
}

fn ask(stream: &mut TcpStream, command: &str, response: &str) -> Result<()> {
    stream.write_all(command.as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    if !line.starts_with(response) {
        bail!("memcached says {line}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What memcached keeps with each item, besides key and value.
    const HEAD: usize = 48 + 8 + 3;

    #[test]
    fn filling_reaches_the_memory_of_every_item_up_to_a_kilobyte() {
        let items = LENGTHS.map(|length| HEAD + key(length, 0).len() + length);
        assert!(items[0] <= 96 && items[LENGTHS.len() - 1] > 1024, "{items:?}");
        // A class begins where the one before ends, and is a quarter longer.
        assert!(items.windows(2).all(|pair| 4 * pair[1] <= 5 * pair[0]), "{items:?}");
    }
}

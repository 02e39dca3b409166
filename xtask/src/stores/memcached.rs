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
/// Items of these sizes, among them that of any session, each in memory that is set apart for its size.
const SIZES: [usize; 6] = [64, 160, 256, 400, 600, 900];

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

/// Starts the server on `port`. It evicts old items when its memory is full, as it does by default.
pub(crate) fn start(home: &Home, folder: &Path, port: u16) -> Result<Group> {
    let mut command = process::leashed(ensure()?, Signal::SIGTERM);
    command.args(["-l", "127.0.0.1", "-p", &port.to_string(), "-U", "0"]);
    command.args(["-m", &MEMORY.to_string()]).current_dir(folder);
    home.run_as_account(&mut command);
    let log = folder.join("memcached.log");
    Group::serve(PROGRAM, &mut command, Signal::SIGTERM, &log, || ports::accepts(port))
}

/// Deletes every item.
pub(crate) fn wipe(port: u16) -> Result<()> {
    ask(&mut connect(port)?, "flush_all\r\n", "OK")
}

/// Stores so much else that every item from before is evicted.
pub(crate) fn fill(port: u16) -> Result<()> {
    let mut stream = connect(port)?;
    let rounds = 2 * MEMORY * 1024 * 1024 / SIZES.iter().sum::<usize>();
    for round in 0..rounds {
        let mut items = String::new();
        for size in SIZES {
            let value = "x".repeat(size);
            // Without responses, which would take longer than the rest.
            items += &format!("set filling-{size}-{round} 0 60 {size} noreply\r\n{value}\r\n");
        }
        stream.write_all(items.as_bytes())?;
    }
    ask(&mut stream, "version\r\n", "VERSION")
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

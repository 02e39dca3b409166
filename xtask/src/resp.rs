//! Asks a Redis one thing and reads its answer, in its own protocol (RESP): all that setting one up takes, so no
//! `redis-cli` has to be there.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

const TIMEOUT: Duration = Duration::from_secs(1);

/// Sends one command to the server on this port of this machine, and answers the text that comes back.
///
/// # Errors
/// There is no such server, it refuses, or it answers with more than a text.
pub(crate) fn ask(port: u16, command: &[&str]) -> Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(encode(command).as_bytes())?;
    read_answer(&mut BufReader::new(stream)).with_context(|| command.join(" "))
}

fn encode(command: &[&str]) -> String {
    let mut text = format!("*{}\r\n", command.len());
    for word in command {
        text.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    text
}

fn read_answer(stream: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let line = line.trim_end();
    let (kind, rest) = line.split_at_checked(1).context("no answer")?;
    match kind {
        "+" | ":" => Ok(rest.to_owned()),
        "$" => {
            let mut text = vec![0; rest.parse().context("no such text")?];
            stream.read_exact(&mut text)?;
            Ok(String::from_utf8(text)?)
        }
        _ => bail!("it answered {line}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_an_array_of_its_words() {
        assert_eq!(encode(&["CLUSTER", "INFO"]), "*2\r\n$7\r\nCLUSTER\r\n$4\r\nINFO\r\n");
    }

    #[test]
    fn texts_are_read_and_everything_else_is_an_error() {
        let read = |answer: &str| read_answer(&mut answer.as_bytes());
        assert_eq!(read("+OK\r\n").ok().as_deref(), Some("OK"));
        assert_eq!(read(":7\r\n").ok().as_deref(), Some("7"));
        assert_eq!(read("$4\r\na\r\nb\r\n").ok().as_deref(), Some("a\r\nb"));
        for broken in ["", "-ERR no\r\n", "$-1\r\n", "$9\r\nshort\r\n", "*1\r\n+OK\r\n"] {
            assert!(read(broken).is_err(), "{broken:?}");
        }
    }
}

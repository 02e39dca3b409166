//! A TCP proxy between the instances and a store, which can delay or lose the store's answers.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{mem, thread};

use anyhow::{Context, Result};

use crate::os::ports::Block;

/// The delay of an answer on a slow link.
pub(super) const DELAY: Duration = Duration::from_millis(300);

/// The treatment of a store's answers. Requests always pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Answers {
    #[default]
    Pass,
    /// Arrive [`DELAY`] later
    Late,
    /// Are lost, though the store has executed the requests
    Lost,
}

/// The way from clients to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Through a proxy, so that answers can be delayed or lost
    Proxy,
    /// Without one, whose threads would take the time that is measured
    Direct,
}

impl Way {
    /// A link to a store that will listen on its target.
    pub(super) fn link(self, ports: &mut Block) -> Result<Link> {
        let target = ports.take()?;
        match self {
            Self::Proxy => Link::open(ports.take()?, target),
            Self::Direct => Ok(Link { port: target, target, shared: Arc::default() }),
        }
    }
}

/// A proxy that listens on a port of its own until it is dropped, or the store's own port.
pub(super) struct Link {
    pub(super) port: u16,
    /// The store's own port
    pub(super) target: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    answers: Mutex<Answers>,
    /// Both sockets of every connection, by its number
    connections: Mutex<HashMap<usize, [TcpStream; 2]>>,
    is_over: AtomicBool,
}

impl Link {
    /// Listens on `port`, and connects to the store on `target` for every connection.
    pub(super) fn open(port: u16, target: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("cannot listen on port {port}"))?;
        let shared = Arc::<Shared>::default();
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                if accepting.is_over.load(Ordering::SeqCst) {
                    return;
                }
                // Without the store, the client is disconnected.
                if let Ok(client) = client {
                    drop(forward(&accepting, number, client, target));
                }
            }
        });
        Ok(Self { port, target, shared })
    }

    /// Treats answers like this from now on.
    pub(super) fn set(&self, answers: Answers) {
        let before = mem::replace(&mut *locked(&self.shared.answers), answers);
        if before == Answers::Lost {
            // A client whose answer was lost would take the next one for it.
            self.shared.disconnect();
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // Wakes the listener.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
        self.shared.disconnect();
    }
}

impl Shared {
    fn disconnect(&self) {
        for socket in locked(&self.connections).values().flatten() {
            // It may be closed already.
            drop(socket.shutdown(Shutdown::Both));
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Connects to the store, and forwards in both directions on threads of their own until either side disconnects.
fn forward(shared: &Arc<Shared>, number: usize, client: TcpStream, target: u16) -> io::Result<()> {
    let store = TcpStream::connect((Ipv4Addr::LOCALHOST, target))?;
    client.set_nodelay(true)?;
    store.set_nodelay(true)?;
    let sockets = [client.try_clone()?, store.try_clone()?];
    locked(&shared.connections).insert(number, sockets);
    let (mut requests, mut to_store) = (client.try_clone()?, store.try_clone()?);
    thread::spawn(move || {
        drop(io::copy(&mut requests, &mut to_store));
        drop(to_store.shutdown(Shutdown::Both));
    });
    let (due, answers) = mpsc::channel();
    thread::spawn(move || write_when_due(&answers, client));
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        read_answers(&shared, store, &due);
        locked(&shared.connections).remove(&number);
    });
    Ok(())
}

fn read_answers(shared: &Shared, mut store: TcpStream, due: &Sender<(Instant, Vec<u8>)>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length) = store.read(&mut buffer)
        && length > 0
    {
        let delay = match *locked(&shared.answers) {
            Answers::Pass => Duration::ZERO,
            Answers::Late => DELAY,
            Answers::Lost => continue,
        };
        if due.send((Instant::now() + delay, buffer[..length].to_vec())).is_err() {
            return;
        }
    }
}

fn write_when_due(answers: &Receiver<(Instant, Vec<u8>)>, mut client: TcpStream) {
    for (due, answer) in answers {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if client.write_all(&answer).is_err() {
            break;
        }
    }
    drop(client.shutdown(Shutdown::Both));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::ports;

    /// A store that reports requests of one byte, and answers each with itself.
    fn store() -> Result<(u16, Receiver<u8>)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let (executed, requests) = mpsc::channel();
        thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let executed = executed.clone();
                thread::spawn(move || {
                    let mut request = [0];
                    while client.read_exact(&mut request).is_ok() {
                        executed.send(request[0]).ok();
                        client.write_all(&request).ok();
                    }
                });
            }
        });
        Ok((port, requests))
    }

    fn client(link: &Link) -> Result<TcpStream> {
        let client = TcpStream::connect((Ipv4Addr::LOCALHOST, link.port))?;
        client.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(client)
    }

    fn ask(client: &mut TcpStream, request: u8) -> io::Result<u8> {
        let mut answer = [0];
        client.write_all(&[request])?;
        client.read_exact(&mut answer)?;
        Ok(answer[0])
    }

    #[test]
    fn a_lost_answer_belongs_to_an_executed_request_and_never_arrives() -> Result<()> {
        let (target, requests) = store()?;
        let link = Link::open(ports::any_free()?, target)?;
        let mut client = client(&link)?;
        assert_eq!(ask(&mut client, 1)?, 1);
        link.set(Answers::Lost);
        client.write_all(&[2])?;
        assert_eq!([requests.recv()?, requests.recv()?], [1, 2]);
        link.set(Answers::Pass);
        // Disconnected, instead of getting the answer to another request.
        assert!(ask(&mut client, 3).is_err());
        assert_eq!(ask(&mut self::client(&link)?, 4)?, 4);
        Ok(())
    }

    #[test]
    fn late_answers_arrive_after_the_delay_and_do_not_wait_for_each_other() -> Result<()> {
        let (target, _requests) = store()?;
        let link = Link::open(ports::any_free()?, target)?;
        let mut client = client(&link)?;
        link.set(Answers::Late);
        let began = Instant::now();
        client.write_all(&[1, 2, 3, 4, 5, 6, 7, 8])?;
        client.read_exact(&mut [0; 8])?;
        let took = began.elapsed();
        assert!((DELAY..DELAY * 8).contains(&took), "{took:?}");
        Ok(())
    }

    #[test]
    fn without_its_store_a_link_disconnects_clients() -> Result<()> {
        let link = Link::open(ports::any_free()?, ports::any_free()?)?;
        assert!(ask(&mut client(&link)?, 1).is_err());
        Ok(())
    }
}

//! Timeouts of a connection. Pure: takes events and their times, and returns the deadline.
//!
//! hyper has a single timeout for a slow head, which is an attack, and for an idle keep-alive connection, which is not.
//! Load balancers keep idle connections for ten minutes.

use std::time::Duration;

use tokio::time::Instant;

/// The timeouts.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For the whole head of a request, from its first byte; for the first request, from the connection (slowloris).
    /// For the rest of a refused body, from the refusal.
    pub head: Duration,
    /// For the next request. Pings do not keep an HTTP/2 connection without requests open.
    pub keep_alive: Duration,
    /// For the next byte of a request or a response over HTTP/1; a request is answered much sooner. Over HTTP/2 a byte may
    /// be a ping, so `keep_alive` counts, from the last request that began or ended.
    pub byte: Duration,
}

impl Timeouts {
    /// The usual timeouts, with this one for the next request.
    #[must_use]
    pub const fn with_keep_alive(keep_alive: Duration) -> Self {
        Self { head: Duration::from_secs(10), keep_alive, byte: Duration::from_secs(60) }
    }
}

/// The state of a connection, and when it began.
#[derive(Debug)]
pub(super) struct Pace {
    timeouts: Timeouts,
    protocol: Protocol,
    phase: Phase,
    since: Instant,
}

/// The protocol, which decides whether there can be several requests at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// One request after another. Bytes between two requests are the head of the next.
    Http1,
    /// Several at once. Bytes do not mean a request: they may be pings.
    Http2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// No request has been read yet.
    Opening,
    /// The number of requests being read or answered.
    Busy(usize),
    /// Waiting for the next request.
    Idle,
    /// Part of the next head has arrived.
    Head,
    /// The client has been told that no further request is answered.
    Closing,
}

impl Pace {
    pub(super) fn new(timeouts: Timeouts, now: Instant) -> Self {
        Self { timeouts, protocol: Protocol::Http1, phase: Phase::Opening, since: now }
    }

    /// Bytes were read.
    pub(super) fn read(&mut self, now: Instant) {
        match (self.phase, self.protocol) {
            (Phase::Busy(_), Protocol::Http1) => self.since = now,
            (Phase::Idle, Protocol::Http1) => self.enter(Phase::Head, now),
            _ => {}
        }
    }

    /// Bytes were written, possibly the last ones of a response that counts as finished.
    pub(super) fn write(&mut self, now: Instant) {
        if matches!((self.phase, self.protocol), (Phase::Busy(_) | Phase::Idle, Protocol::Http1)) {
            self.since = now;
        }
    }

    /// The head of a request was read completely.
    pub(super) fn begin(&mut self, protocol: Protocol, now: Instant) {
        self.protocol = protocol;
        let others = if let Phase::Busy(others) = self.phase { others } else { 0 };
        self.enter(Phase::Busy(others + 1), now);
    }

    /// A request was answered or dropped.
    pub(super) fn finish(&mut self, now: Instant) {
        match self.phase {
            Phase::Busy(requests) if requests > 1 => self.enter(Phase::Busy(requests - 1), now),
            _ => self.enter(Phase::Idle, now),
        }
    }

    /// The client was told that the connection closes.
    pub(super) fn close(&mut self, now: Instant) {
        self.enter(Phase::Closing, now);
    }

    /// The time at which to give up.
    pub(super) fn deadline(&self) -> Instant {
        let timeout = match (self.phase, self.protocol) {
            (Phase::Opening | Phase::Head | Phase::Closing, _) => self.timeouts.head,
            (Phase::Busy(_), Protocol::Http1) => self.timeouts.byte,
            (Phase::Busy(_), Protocol::Http2) | (Phase::Idle, _) => self.timeouts.keep_alive,
        };
        self.since + timeout
    }

    /// Returns whether the connection is waiting for a request of which nothing has arrived.
    pub(super) fn is_idle(&self) -> bool {
        self.phase == Phase::Idle
    }

    /// Returns whether the connection has idled for longer than a head may take, so that another may have its place.
    pub(super) fn gives_way(&self, now: Instant) -> bool {
        self.is_idle() && now >= self.since + self.timeouts.head
    }

    fn enter(&mut self, phase: Phase, now: Instant) {
        self.phase = phase;
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUTS: Timeouts = Timeouts {
        head: Duration::from_secs(10),
        keep_alive: Duration::from_secs(620),
        byte: Duration::from_secs(60),
    };

    /// A new connection, and a clock that counts from its start.
    fn connected() -> (Pace, impl Fn(u64) -> Instant) {
        let start = Instant::now();
        (Pace::new(TIMEOUTS, start), move |second| start + Duration::from_secs(second))
    }

    #[test]
    fn the_first_head_times_out_after_ten_seconds_however_slowly_it_comes() {
        let (mut pace, at) = connected();
        pace.read(at(9));
        assert_eq!(pace.deadline(), at(10));
    }

    #[test]
    fn a_connection_may_idle_between_requests() {
        let (mut pace, at) = connected();
        pace.begin(Protocol::Http1, at(1));
        assert!(!pace.is_idle());
        pace.finish(at(2));
        assert_eq!(pace.deadline(), at(622));
        // hyper's buffer sends the end of the response.
        pace.write(at(3));
        assert_eq!((pace.deadline(), pace.is_idle()), (at(623), true));
    }

    #[test]
    fn a_later_head_times_out_ten_seconds_after_its_first_byte() {
        let (mut pace, at) = connected();
        pace.begin(Protocol::Http1, at(1));
        pace.finish(at(2));
        pace.read(at(500));
        pace.read(at(509));
        assert_eq!((pace.deadline(), pace.is_idle()), (at(510), false));
        pace.begin(Protocol::Http1, at(509));
        pace.finish(at(510));
        assert_eq!(pace.deadline(), at(1130));
    }

    #[test]
    fn an_unread_answer_times_out_after_a_minute_without_a_byte() {
        let (mut pace, at) = connected();
        pace.begin(Protocol::Http1, at(1));
        assert_eq!(pace.deadline(), at(61));
        pace.read(at(40));
        pace.write(at(50));
        assert_eq!(pace.deadline(), at(110));
    }

    #[test]
    fn pings_do_not_keep_a_connection_open() {
        let (mut pace, at) = connected();
        pace.begin(Protocol::Http2, at(1));
        pace.begin(Protocol::Http2, at(2));
        pace.finish(at(3));
        pace.read(at(100));
        assert_eq!((pace.deadline(), pace.is_idle()), (at(623), false));
        pace.finish(at(4));
        pace.read(at(500));
        assert_eq!((pace.deadline(), pace.is_idle()), (at(624), true));
    }

    #[test]
    fn only_a_connection_that_has_idled_for_long_gives_way() {
        let (mut pace, at) = connected();
        assert!(!pace.gives_way(at(100)));
        pace.begin(Protocol::Http1, at(1));
        assert!(!pace.gives_way(at(100)));
        pace.finish(at(2));
        assert!(!pace.gives_way(at(11)) && pace.gives_way(at(12)));
        pace.read(at(13));
        assert!(!pace.gives_way(at(100)));
    }

    #[test]
    fn a_closing_connection_times_out_after_ten_seconds() {
        let (mut pace, at) = connected();
        pace.begin(Protocol::Http2, at(1));
        pace.finish(at(2));
        pace.close(at(622));
        pace.read(at(630));
        assert_eq!((pace.deadline(), pace.is_idle()), (at(632), false));
    }
}

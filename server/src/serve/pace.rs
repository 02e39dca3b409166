//! How long a connection may take for what it does. Pure: what happened when goes in, until when the connection
//! is waited for comes out.
//!
//! hyper has one time-out for a slow head, which is an attack, and for a kept connection that idles, which is
//! none. Balancers keep theirs for ten minutes.

use std::time::Duration;

use tokio::time::Instant;

/// How long is waited for what.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the whole head of a request, from its first byte on; of the first request, from the connection on
    /// (slowloris).
    pub head: Duration,
    /// For the next request. An HTTP/2 connection without one is closed however often it is pinged.
    pub keep_alive: Duration,
    /// For the next byte of a request or an answer. A request is answered much sooner than this.
    pub byte: Duration,
}

impl Patience {
    /// The usual, and this long for the next request.
    #[must_use]
    pub const fn with_keep_alive(keep_alive: Duration) -> Self {
        Self { head: Duration::from_secs(10), keep_alive, byte: Duration::from_secs(60) }
    }
}

/// The activity of a connection, and its beginning.
#[derive(Debug)]
pub(super) struct Pace {
    patience: Patience,
    protocol: Protocol,
    phase: Phase,
    since: Instant,
}

/// Whether there can be several requests at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// One after the other. What comes between two requests is the next one's head.
    Http1,
    /// Several at once. Bytes say nothing: they may be pings.
    Http2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// No request has been read yet.
    Opening,
    /// So many requests are being read or answered.
    Busy(usize),
    /// The next request is waited for.
    Idle,
    /// A part of its head is there.
    Head,
    /// The client has been told that there will be no other answer.
    Closing,
}

impl Pace {
    pub(super) fn new(patience: Patience, now: Instant) -> Self {
        Self { patience, protocol: Protocol::Http1, phase: Phase::Opening, since: now }
    }

    /// Bytes were read.
    pub(super) fn read(&mut self, now: Instant) {
        match (self.phase, self.protocol) {
            (Phase::Busy(_), Protocol::Http1) => self.since = now,
            (Phase::Idle, Protocol::Http1) => self.enter(Phase::Head, now),
            _ => {}
        }
    }

    /// Bytes were written: also the last ones of an answer that counts as finished.
    pub(super) fn write(&mut self, now: Instant) {
        if matches!((self.phase, self.protocol), (Phase::Busy(_) | Phase::Idle, Protocol::Http1)) {
            self.since = now;
        }
    }

    /// The head of a request was read whole.
    pub(super) fn begin(&mut self, protocol: Protocol, now: Instant) {
        self.protocol = protocol;
        let others = if let Phase::Busy(others) = self.phase { others } else { 0 };
        self.enter(Phase::Busy(others + 1), now);
    }

    /// A request was answered, or given up.
    pub(super) fn finish(&mut self, now: Instant) {
        match self.phase {
            Phase::Busy(requests) if requests > 1 => self.enter(Phase::Busy(requests - 1), now),
            _ => self.enter(Phase::Idle, now),
        }
    }

    /// The client is told that the connection ends.
    pub(super) fn close(&mut self, now: Instant) {
        self.enter(Phase::Closing, now);
    }

    /// Until when to wait.
    pub(super) fn deadline(&self) -> Instant {
        let patience = match (self.phase, self.protocol) {
            (Phase::Opening | Phase::Head | Phase::Closing, _) => self.patience.head,
            (Phase::Busy(_), Protocol::Http1) => self.patience.byte,
            (Phase::Busy(_), Protocol::Http2) | (Phase::Idle, _) => self.patience.keep_alive,
        };
        self.since + patience
    }

    /// Returns whether the next request is waited for, and nothing of it is there.
    pub(super) fn is_idle(&self) -> bool {
        self.phase == Phase::Idle
    }

    /// Returns whether it has idled for longer than a head may take, so that others may have its place.
    pub(super) fn gives_way(&self, now: Instant) -> bool {
        self.is_idle() && now >= self.since + self.patience.head
    }

    fn enter(&mut self, phase: Phase, now: Instant) {
        self.phase = phase;
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        head: Duration::from_secs(10),
        keep_alive: Duration::from_secs(620),
        byte: Duration::from_secs(60),
    };

    /// A connection's beginning, and a clock that counts from there.
    fn connected() -> (Pace, impl Fn(u64) -> Instant) {
        let start = Instant::now();
        (Pace::new(PATIENCE, start), move |second| start + Duration::from_secs(second))
    }

    #[test]
    fn the_first_head_has_ten_seconds_however_slowly_it_comes() {
        let (mut pace, at) = connected();
        pace.read(at(9));
        assert_eq!(pace.deadline(), at(10));
    }

    #[test]
    fn between_requests_a_connection_may_idle() {
        let (mut pace, at) = connected();
        pace.begin(Protocol::Http1, at(1));
        assert!(!pace.is_idle());
        pace.finish(at(2));
        assert_eq!(pace.deadline(), at(622));
        // The end of the answer leaves hyper's buffer.
        pace.write(at(3));
        assert_eq!((pace.deadline(), pace.is_idle()), (at(623), true));
    }

    #[test]
    fn the_next_head_has_ten_seconds_from_its_first_byte_on() {
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
    fn an_answer_that_nobody_takes_is_given_up_after_a_minute_without_a_byte() {
        let (mut pace, at) = connected();
        pace.begin(Protocol::Http1, at(1));
        assert_eq!(pace.deadline(), at(61));
        pace.read(at(40));
        pace.write(at(50));
        assert_eq!(pace.deadline(), at(110));
    }

    #[test]
    fn pings_keep_no_connection_open() {
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
    fn who_idles_for_long_gives_way_and_nobody_else() {
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
    fn who_was_told_of_the_end_has_ten_seconds_to_hear_of_it() {
        let (mut pace, at) = connected();
        pace.begin(Protocol::Http2, at(1));
        pace.finish(at(2));
        pace.close(at(622));
        pace.read(at(630));
        assert_eq!((pace.deadline(), pace.is_idle()), (at(632), false));
    }
}

//! The site's log lines during a test.

use std::{cell::RefCell, io, sync::Once};

thread_local! {
    /// `None`: nothing is captured here.
    static WRITTEN: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Writes each thread's log lines to its own buffer, because a test runs on one thread.
struct OfThisThread;

impl io::Write for OfThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.with_borrow_mut(|written| written.as_mut().map(|it| it.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log lines of this test, in the program's format.
pub(crate) struct Lines;

impl Lines {
    /// Starts capturing, with a subscriber for the whole program: a thread's own would miss events whose callsite
    /// another thread has registered first.
    pub(crate) fn captured() -> Self {
        static SUBSCRIBED: Once = Once::new();
        SUBSCRIBED.call_once(|| {
            let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(|| OfThisThread);
            tracing::subscriber::set_global_default(lines.finish()).unwrap();
        });
        WRITTEN.set(Some(Vec::new()));
        Self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(WRITTEN.with_borrow(Clone::clone).unwrap()).unwrap()
    }

    /// The audit events, without timestamps and spans.
    pub(crate) fn events(&self) -> Vec<String> {
        let text = self.text();
        let events = text.lines().filter_map(|line| line.split_once(" audit: "));
        events.map(|(_, event)| event.to_owned()).collect()
    }

    /// The names of the audit events.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |event: &String| event.split(' ').next().unwrap().to_owned();
        self.events().iter().map(name).collect()
    }

    pub(crate) fn forget(&self) {
        WRITTEN.set(Some(Vec::new()));
    }
}

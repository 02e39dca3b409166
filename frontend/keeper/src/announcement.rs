//! The message between the tabs of one browser: who is signed in, and how long the tokens last. Each page sends it when
//! it starts and after each refresh, so the tabs also learn of log-ins and log-outs by plain forms and on pages without
//! scripts.
//!
//! **Architecture Invariant:** ids and milliseconds, never a token.

use std::time::Duration;

use crate::{schedule::Fresh, who::Who};

/// The announcement of one tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// The viewer of the announcing page.
    pub who: Who,
    /// The time left, if known.
    pub fresh: Option<Fresh>,
}

impl Announcement {
    /// The text for the other tabs: member, session, and the milliseconds left as of `wall`, the clock that all tabs
    /// share. Empty if nobody is signed in.
    #[must_use]
    pub fn to_text(&self, wall: Duration) -> String {
        let Who::Member { member, session } = &self.who else { return String::new() };
        let mut text = [member, " ", session].concat();
        if let Some(Fresh { access_left, session_left }) = self.fresh {
            for time in [access_left, session_left, wall] {
                text.push(' ');
                text.push_str(&milliseconds(time).to_string());
            }
        }
        text
    }

    /// Reads the text. A frozen page receives it late: the time since it was sent is subtracted.
    #[must_use]
    pub fn from_text(text: &str, wall: Duration) -> Self {
        let mut words = text.split(' ');
        let member = words.next().unwrap_or_default().to_owned();
        if member.is_empty() {
            return Self { who: Who::Nobody, fresh: None };
        }
        let session = words.next().unwrap_or_default().to_owned();
        let mut time = || Some(Duration::from_millis(words.next()?.parse().ok()?));
        let times = (|| Some((time()?, time()?, time()?)))();
        let fresh = times.map(|(access, session, sent)| {
            let age = wall.saturating_sub(sent);
            Fresh {
                access_left: access.saturating_sub(age),
                session_left: session.saturating_sub(age),
            }
        });
        Self { who: Who::Member { member, session }, fresh }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn of_hana() -> Announcement {
        Announcement {
            who: Who::Member { member: "hana".to_owned(), session: "first".to_owned() },
            fresh: Some(Fresh { access_left: seconds(300), session_left: seconds(3600) }),
        }
    }

    #[test]
    fn an_announcement_reads_back_as_it_was_sent() {
        let nobody = Announcement { who: Who::Nobody, fresh: None };
        for sent in [of_hana(), nobody] {
            assert_eq!(Announcement::from_text(&sent.to_text(seconds(9)), seconds(9)), sent);
        }
    }

    #[test]
    fn a_late_announcement_counts_the_time_since_it_was_sent() {
        let text = of_hana().to_text(seconds(1000));
        let read = Announcement::from_text(&text, seconds(1400));
        let left = Fresh { access_left: Duration::ZERO, session_left: seconds(3200) };
        assert_eq!(read.fresh, Some(left));
    }

    #[test]
    fn a_malformed_announcement_counts_as_another_member() {
        for text in ["x", "another member, another session", "hana first", "hana first 1 2"] {
            let read = Announcement::from_text(text, seconds(9));
            assert!(matches!(read.who, Who::Member { .. }), "{text}");
            assert_eq!(read.fresh, None, "{text}");
        }
    }
}

//! Records as text. All have the same length, so the memory that an expired one leaves fits any other: memcached divides
//! its memory by size.

use crate::live_sessions::{
    State,
    fields::{self, Unreadable},
};

/// The length of every record, in bytes.
pub(super) const LENGTH: usize = 128;

/// A record that says nothing, of the same length.
pub(super) fn blank() -> String {
    " ".repeat(LENGTH)
}

pub(super) fn write(state: &State) -> String {
    let text = match state {
        State::Live(session) => format!("live {}", fields::write(session).join(" ")),
        State::Tombstone(reason) => format!("ended {}", reason.as_str()),
    };
    format!("{text:LENGTH$}")
}

pub(super) fn read(record: &str) -> Result<State, Unreadable> {
    match record.split_ascii_whitespace().collect::<Vec<_>>()[..] {
        ["ended", reason] => fields::read_reason(reason).map(State::Tombstone),
        ["live", ref session @ ..] => fields::read(session).map(State::Live),
        _ => Err(Unreadable("the record")),
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        account::member::{MemberId, Role},
        session::{EndReason, LiveSession},
    };
    use time::{Duration, macros::datetime};

    use super::*;

    #[test]
    fn every_state_is_written_with_the_same_length_and_read_as_it_was() {
        let last = datetime!(9999-12-31 23:59:59.999999 UTC);
        let longest = LiveSession {
            member_id: MemberId::random(),
            role: Role::Member,
            authority_version: i64::MAX,
            authenticated_at: last - Duration::MICROSECOND,
            absolute_end: last,
            newest_generation: u32::MAX,
        };
        let ends = EndReason::ALL.iter().copied().map(State::Tombstone);
        for state in ends.chain([State::Live(longest)]) {
            let record = write(&state);
            assert_eq!(record.len(), LENGTH, "{record}");
            assert_eq!(read(&record), Ok(state));
        }
    }

    #[test]
    fn a_record_of_which_a_part_is_missing_or_wrong_is_not_read() {
        let member = "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee";
        assert!(read(&format!("live {member} admin 3 1 2 0")).is_ok());
        for record in [
            "".to_owned(),
            blank(),
            "ended".to_owned(),
            "ended because".to_owned(),
            format!("live {member} admin 3 1 2"),
            format!("live {member} admin 3 1 2 0 0"),
            format!("live {member} root 3 1 2 0"),
            format!("live {member} admin many 1 2 0"),
            format!("live {member} admin 3 noon 2 0"),
            format!("live {member} admin 3 1 midnight 0"),
            format!("live {member} admin 3 1 2 -1"),
            "live nobody admin 3 1 2 0".to_owned(),
        ] {
            assert!(read(&record).is_err(), "{record}");
        }
    }
}

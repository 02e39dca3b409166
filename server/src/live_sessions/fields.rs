//! A live session as text, for stores that hold nothing else. All of it is read, or nothing is used.

use std::str::FromStr;

use domain::{
    account::member::{MemberId, Role},
    session::{EndReason, LiveSession},
};
use time::OffsetDateTime;
use uuid::Uuid;

/// A part of a record that cannot be read: the request fails closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} cannot be read")]
pub(crate) struct Unreadable(pub(crate) &'static str);

/// The fields in the order in which [`read`] expects them. Times are in µs since 1970.
pub(crate) fn write(session: &LiveSession) -> [String; 6] {
    [
        session.member_id.to_string(),
        session.role.as_str().to_owned(),
        session.authority_version.to_string(),
        microseconds(session.authenticated_at).to_string(),
        microseconds(session.absolute_end).to_string(),
        session.newest_generation.to_string(),
    ]
}

pub(crate) fn read(fields: &[&str]) -> Result<LiveSession, Unreadable> {
    let [member, role, authority, authenticated, absolute, seen] = *fields else {
        return Err(Unreadable("the number of fields"));
    };
    Ok(LiveSession {
        member_id: MemberId(parsed::<Uuid>(member, "member")?),
        role: Role::from_name(role).ok_or(Unreadable("role"))?,
        authority_version: parsed(authority, "authority")?,
        authenticated_at: moment(authenticated, "authenticated")?,
        absolute_end: moment(absolute, "absolute")?,
        newest_generation: parsed(seen, "seen")?,
    })
}

pub(crate) fn read_reason(name: &str) -> Result<EndReason, Unreadable> {
    EndReason::from_name(name).ok_or(Unreadable("ended"))
}

fn microseconds(moment: OffsetDateTime) -> i128 {
    moment.unix_timestamp_nanos() / 1000
}

fn parsed<T: FromStr>(value: &str, field: &'static str) -> Result<T, Unreadable> {
    value.parse().map_err(|_| Unreadable(field))
}

fn moment(value: &str, field: &'static str) -> Result<OffsetDateTime, Unreadable> {
    let microseconds: i64 = parsed(value, field)?;
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(microseconds) * 1000)
        .map_err(|_| Unreadable(field))
}

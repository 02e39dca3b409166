//! Columns that hold names of the domain's values. One that cannot be read is an error, never a default.

use domain::{
    account::member::{Language, Role, Standing},
    session::EndReason,
};
use sqlx::Error;

pub(super) fn read_locale(name: &str) -> Result<Language, Error> {
    Language::from_name(name).ok_or_else(|| malformed("locale"))
}

pub(super) fn read_role(name: &str) -> Result<Role, Error> {
    Role::from_name(name).ok_or_else(|| malformed("role"))
}

pub(super) fn read_standing(name: &str) -> Result<Standing, Error> {
    Standing::from_name(name).ok_or_else(|| malformed("standing"))
}

pub(super) fn read_reason(name: &str) -> Result<EndReason, Error> {
    EndReason::from_name(name).ok_or_else(|| malformed("end_reason"))
}

/// Error of a row with a value that the domain does not allow.
pub(super) fn malformed(column: &str) -> Error {
    Error::ColumnDecode { index: column.to_owned(), source: "the value is unknown".into() }
}

//! A member's e-mail address: parsed once, compared without regard to case by the database.

use std::{fmt, str::FromStr};

use email_address::EmailAddress;

use crate::fields::FieldProblem;

/// The longest address that SMTP can carry, in bytes (RFC 5321 §4.5.3.1.3).
const MAX_BYTES: usize = 254;

/// A syntactically valid e-mail address (RFC 5321), as the member typed it, without surrounding spaces.
///
/// Two addresses that differ in case alone belong to one member; the unique index decides that, not this
/// type. `Debug` redacts: an address is personal data and never belongs in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Reads what was typed into an e-mail field.
    ///
    /// Addresses are ASCII; browsers turn an international domain into its ASCII form by themselves.
    ///
    /// # Errors
    /// `Required`, `TooLong` (254 bytes) or `Invalid`.
    pub fn parse(raw: &str) -> Result<Self, FieldProblem> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Err(FieldProblem::Required);
        }
        if raw.len() > MAX_BYTES {
            return Err(FieldProblem::TooLong);
        }
        let deliverable = raw.is_ascii()
            && !raw.contains(|c: char| c.is_control() || c.is_whitespace())
            && !raw.contains(['"', '<', '>', '(', ')', '[', ']'])
            && EmailAddress::from_str(raw).is_ok();
        if !deliverable {
            return Err(FieldProblem::Invalid);
        }
        Ok(Self(raw.to_owned()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both name the same mailbox, as the database sees it.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }

    /// What stands before the last `@`.
    pub(crate) fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_address_is_taken_as_typed_without_spaces() {
        let email = Email::parse("  Hana.Sato+site@Example.co.jp ").unwrap();
        assert_eq!(email.as_str(), "Hana.Sato+site@Example.co.jp");
        assert!(email.is_same_as(&Email::parse("hana.sato+site@example.co.jp").unwrap()));
    }

    #[test]
    fn nothing_typed_is_a_missing_address() {
        assert_eq!(Email::parse("   "), Err(FieldProblem::Required));
    }

    #[test]
    fn an_address_that_no_mail_server_takes_is_refused() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        for raw in [
            "hana",
            "@example.com",
            "hana@",
            "hana sato@example.com",
            "hana@example.com\r\nBcc: all@example.com",
            "Hana <hana@example.com>",
            "\"hana sato\"@example.com",
            "hana@[127.0.0.1]",
            "花@example.com",
            &long_local,
        ] {
            assert_eq!(Email::parse(raw), Err(FieldProblem::Invalid), "{raw}");
        }
    }

    #[test]
    fn an_address_longer_than_smtp_allows_is_too_long() {
        let raw = format!("hana@{}.example", "a".repeat(250));
        assert_eq!(Email::parse(&raw), Err(FieldProblem::TooLong));
    }

    #[test]
    fn debug_output_hides_the_address() {
        let email = Email::parse("hana@example.com").unwrap();
        assert!(!format!("{email:?}").contains("hana"));
    }
}

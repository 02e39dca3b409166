//! A member's e-mail address: parsed once, compared without regard to case by the database.

use std::borrow::Cow;

use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};
use unicode_normalization::UnicodeNormalization;

use crate::{
    fields::FieldProblem,
    text::{is_invisible, is_joiner},
};

/// The longest address that SMTP can carry, in bytes (RFC 5321 §4.5.3.1.3).
const MAX_BYTES: usize = 254;
/// The longest local part, in bytes (RFC 5321 §4.5.3.1.1).
const LOCAL_PART_MAX_BYTES: usize = 64;

/// An e-mail address that is mailed as it is stored.
///
/// The policy for what is typed or pasted:
///
/// - Full-width letters, digits, `＠` and `．` become their ASCII forms (NFKC). Surrounding spaces and all invisible
///   characters are dropped.
/// - The local part is a dot-string of at most 64 bytes (RFC 5321 §4.1.2): ASCII, no quotes, no comments, and no dot at
///   either end or next to another. Its case is kept: only the receiving server may decide that case does not matter.
/// - The domain is turned into its ASCII form (UTS 46, nontransitional): lower case, and at least two labels of
///   letters, digits and hyphens, the last of which begins with a letter. So `localhost`, other bare host names and IP
///   addresses are not accepted.
/// - The whole address has at most 254 bytes.
///
/// Two addresses that differ only in case belong to one member; the unique index decides that, not this type. `Debug`
/// redacts: an address is personal data and never belongs in a log.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
#[debug("Email(redacted)")]
pub struct Email(String);

impl Email {
    /// Reads an address that mails will be sent to.
    ///
    /// # Errors
    /// `Required`, `TooLong` (254 bytes) or `Invalid`.
    pub fn parse(raw: &str) -> Result<Self, FieldProblem> {
        let typed = plain(raw);
        if typed.is_empty() {
            return Err(FieldProblem::Required);
        }
        // Each character takes at least one byte of the ASCII form.
        if typed.chars().count() > MAX_BYTES {
            return Err(FieldProblem::TooLong);
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(FieldProblem::Invalid)?;
        let (local, domain) = (without_joiners(local), ascii_domain(domain));
        let domain = domain.filter(|_| is_local_part(&local)).ok_or(FieldProblem::Invalid)?;
        let address = format!("{local}@{domain}");
        if address.len() > MAX_BYTES {
            return Err(FieldProblem::TooLong);
        }
        Ok(Self(address))
    }

    /// Reads an address that is only looked up. Also accepts those of older policies, such as `root@localhost`, so that
    /// their members are found.
    ///
    /// # Errors
    /// `Required`, `TooLong` or `Invalid`.
    pub fn parse_typed(raw: &str) -> Result<Self, FieldProblem> {
        Self::parse(raw).or_else(|problem| {
            let raw = raw.trim();
            let could_be_stored = problem == FieldProblem::Invalid
                && raw.len() <= MAX_BYTES
                && raw.bytes().all(|byte| byte.is_ascii_graphic())
                && raw
                    .split_once('@')
                    .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
            if could_be_stored { Ok(Self(raw.to_owned())) } else { Err(problem) }
        })
    }

    /// Takes an address from the database, whatever policy it was stored under.
    #[must_use]
    pub fn from_stored(address: String) -> Self {
        Self(address)
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The mailbox: the address in lower case, as the database compares it.
    #[must_use]
    pub fn mailbox(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// Returns whether both are the same mailbox, as the database compares them.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }

    /// The part before the last `@`.
    pub(crate) fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The part after the last `@`.
    pub(crate) fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// Returns what was typed in compatible characters and without invisible ones. Joiners stay: in a domain they may
/// distinguish two names.
fn plain(raw: &str) -> String {
    let seen: String = raw.chars().filter(|c| is_joiner(*c) || !is_invisible(*c)).nfkc().collect();
    // Again, because NFKC turns some characters into invisible ones.
    let seen: String = seen.chars().filter(|c| is_joiner(*c) || !is_invisible(*c)).collect();
    seen.trim_matches(|c: char| c.is_whitespace() || is_joiner(c)).to_owned()
}

fn without_joiners(text: &str) -> String {
    text.chars().filter(|c| !is_joiner(*c)).collect()
}

fn is_local_part(local: &str) -> bool {
    let is_atom_text =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    local.len() <= LOCAL_PART_MAX_BYTES
        && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atom_text))
}

fn ascii_domain(domain: &str) -> Option<String> {
    // Among ASCII characters, a joiner was pasted by accident; elsewhere UTS 46 decides.
    let plain = without_joiners(domain);
    let domain = if plain.is_ascii() { Cow::Owned(plain) } else { Cow::Borrowed(domain) };
    let ascii = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .ok()?;
    let (_, top) = ascii.rsplit_once('.')?;
    top.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| ascii.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_the_case_of_its_local_part_only() {
        let email = Email::parse("  Hana.Sato+site@Example.co.jp ").unwrap();
        assert_eq!(email.as_str(), "Hana.Sato+site@example.co.jp");
        assert!(email.is_same_as(&Email::parse("hana.sato+site@example.co.jp").unwrap()));
        assert_eq!(email.mailbox(), "hana.sato+site@example.co.jp");
    }

    #[test]
    fn blank_input_is_a_missing_address() {
        for raw in ["   ", "", "\u{feff}", " \u{200b} \u{3000}"] {
            assert_eq!(Email::parse(raw), Err(FieldProblem::Required), "{raw:?}");
        }
    }

    #[test]
    fn full_width_and_invisible_characters_do_not_make_another_address() {
        for raw in [
            "ｈａｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ",
            "hana＠example.com",
            "hana@example。com",
            "\u{feff}hana@example.com",
            "hana@example.com\u{200b}",
            "\u{2068}hana@example.com\u{2069}",
            "\u{200b} \u{a0}hana@example.com\u{200d}\u{3000}\r\n",
            "ha\u{ad}na@exam\u{200b}ple.com",
            "ha\u{200d}na@exam\u{200c}ple\u{fe0f}.com",
            "hana@\u{3164}example.com",
            "hana@EXAMPLE.com",
        ] {
            assert_eq!(Email::parse(raw).unwrap().as_str(), "hana@example.com", "{raw:?}");
        }
    }

    #[test]
    fn an_international_domain_is_kept_in_its_ascii_form() {
        for (raw, address) in [
            ("hana@例え.jp", "hana@xn--r8jz45g.jp"),
            ("hana@例え。テスト", "hana@xn--r8jz45g.xn--zckzah"),
            ("hana@Bücher.example", "hana@xn--bcher-kva.example"),
            ("hana@xn--bcher-kva.example", "hana@xn--bcher-kva.example"),
            ("hana@faß.example", "hana@xn--fa-hia.example"),
        ] {
            assert_eq!(Email::parse(raw).unwrap().as_str(), address, "{raw}");
        }
        // A joiner that tells two domains apart is not dropped.
        let persian = |raw: &str| Email::parse(raw).unwrap().as_str().to_owned();
        assert_ne!(persian("a@نامه\u{200c}ای.com"), persian("a@نامهای.com"));
    }

    #[test]
    fn an_address_that_no_mail_server_accepts_is_refused() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long_label = format!("hana@{}.com", "a".repeat(64));
        for raw in [
            "hana",
            "@example.com",
            "hana@",
            "hana sato@example.com",
            "hana@example.com\r\nBcc: all@example.com",
            "hana\0@example.com",
            "Hana <hana@example.com>",
            "\"hana sato\"@example.com",
            "\"hana\"@example.com",
            "hana@ken@example.com",
            "花@example.com",
            "hana..sato@example.com",
            ".hana@example.com",
            "hana.@example.com",
            "hana@localhost",
            "root@localhost",
            "hana@[127.0.0.1]",
            "hana@127.0.0.1",
            "hana@[IPv6:::1]",
            "hana@::1",
            "hana@0x7f.0x1",
            "hana@example.123",
            "hana@example..com",
            "hana@.example.com",
            "hana@example.com.",
            "hana@-example.com",
            "hana@example-.com",
            "hana@exa_mple.com",
            "hana@exam!ple.com",
            "hana@exa mple.com",
            "hana@xn--a.com",
            &long_local,
            &long_label,
        ] {
            assert_eq!(Email::parse(raw), Err(FieldProblem::Invalid), "{raw:?}");
        }
    }

    #[test]
    fn an_address_longer_than_smtp_allows_is_too_long() {
        let label = "a".repeat(60);
        let domain = format!("{label}.{label}.{label}");
        let longest = format!("{}@{domain}.{}", "a".repeat(64), "b".repeat(254 - 64 - 1 - 182 - 1));
        assert_eq!(longest.len(), 254);
        assert!(Email::parse(&longest).is_ok());
        assert_eq!(Email::parse(&format!("{longest}b")), Err(FieldProblem::TooLong));
        assert_eq!(Email::parse(&"花".repeat(100_000)), Err(FieldProblem::TooLong));
        // Short as it was typed, but not in its ASCII form.
        let unicode = format!("{}@{}.{}.jp", "a".repeat(60), "花".repeat(50), "例え".repeat(28));
        assert!(unicode.chars().count() < 254);
        assert!(Email::parse(&unicode).is_err());
    }

    #[test]
    fn an_address_of_an_older_policy_is_looked_up_and_read_as_it_is() {
        for raw in ["root@localhost", "hana@exa_mple.com", "a..b@example.com"] {
            assert_eq!(Email::parse_typed(raw).unwrap().as_str(), raw);
            assert_eq!(Email::from_stored(raw.to_owned()).as_str(), raw);
        }
        for raw in ["hana", "@localhost", "hana@", "ha na@localhost", "花@localhost"] {
            assert_eq!(Email::parse_typed(raw), Err(FieldProblem::Invalid), "{raw}");
        }
        assert_eq!(Email::parse_typed(" "), Err(FieldProblem::Required));
    }

    #[test]
    fn debug_output_hides_the_address() {
        let email = Email::parse("hana@example.com").unwrap();
        assert!(!format!("{email:?}").contains("hana"));
    }
}

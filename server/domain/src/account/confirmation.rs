//! A sign-up that waits for proof of its address: a six-digit code in the mail, valid for ten minutes and five tries in
//! a browser that asked for the sign-up; or the mail's link, valid there too, and elsewhere together with the sign-up's
//! password (OWASP ASVS 6.5, NIST SP 800-63B-4 §3.1.3).

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    account::{
        email::Email,
        member::{DisplayName, Language},
    },
    credentials::password::PasswordHash,
    session::keys::{Key, KeyRing, Purpose},
    text::is_invisible,
};

/// Hashes confirmation codes and signs confirmation links.
const CONFIRMATION: Purpose = Purpose::new("genkan confirmation hmac-sha256 v1");
/// Time in which a code can be entered.
pub const CODE_LIFETIME: Duration = Duration::from_secs(600);
/// Number of tries of a code.
pub const CODE_TRIES: u16 = 5;
/// Number of mails that one sign-up may send. The bounds for a mailbox over all its sign-ups are in [`crate::limits`].
pub const MAILS_MAX: u16 = 5;
const CODE_DIGITS: usize = 6;

/// A waiting sign-up's id. The browser that asked holds it in its visitor session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfirmationId(pub Uuid);

impl ConfirmationId {
    /// A new id. Knowing it is not enough to confirm anything.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

/// The stored form of a secret: a MAC, so that the database alone does not reveal the secret.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
#[debug("SecretHash(redacted)")]
pub struct SecretHash(pub Vec<u8>);

/// A sign-up to be stored.
#[derive(Debug, Clone)]
pub struct NewConfirmation {
    /// The new id
    pub id: ConfirmationId,
    /// The address to be proven
    pub email: Email,
    /// The chosen name
    pub display_name: DisplayName,
    /// The chosen password's hash
    pub password_hash: PasswordHash,
    /// The language of the sign-up
    pub locale: Language,
    /// The mailed code's MAC
    pub code: SecretHash,
}

/// A waiting sign-up.
#[derive(Debug, Clone)]
pub struct Confirmation {
    /// Its id
    pub id: ConfirmationId,
    /// The address to be proven
    pub email: Email,
    /// The language of the sign-up
    pub locale: Language,
    /// The chosen password's hash
    pub password_hash: PasswordHash,
    /// The mailed code's MAC
    pub code: SecretHash,
    /// Number of tries left
    pub tries_left: u16,
    /// The number of the newest mail, from 1
    pub mail: u16,
}

/// The trace of a completed sign-up, which holds nothing that was typed.
#[derive(Debug, Clone)]
pub struct CompletedSignUp {
    /// Its id
    pub id: ConfirmationId,
    /// The mailed code's MAC
    pub code: SecretHash,
}

/// A six-digit code.
pub struct Code(Zeroizing<String>);

impl Code {
    /// A new code, evenly distributed over all 10⁶.
    #[must_use]
    pub fn random() -> Self {
        // 2⁶⁴ is so much greater than 10⁶ that the remainder's bias is below 10⁻¹³.
        let number =
            getrandom::u64().expect("the operating system provides randomness") % 1_000_000;
        Self(Zeroizing::new(format!("{number:0CODE_DIGITS$}")))
    }

    /// Parses what was typed or pasted: six digits, full-width ones too, and otherwise only punctuation, symbols,
    /// spaces, dashes of every kind, and invisible characters.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let mut digits = Zeroizing::new(String::with_capacity(CODE_DIGITS));
        for c in raw.chars().filter(|c| !stands_between_digits(*c)) {
            let digit = match c {
                '0'..='9' => c,
                '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0'))?,
                _ => return None,
            };
            if digits.len() == CODE_DIGITS {
                return None;
            }
            digits.push(digit);
        }
        (digits.len() == CODE_DIGITS).then_some(Self(digits))
    }

    /// The digits, for the mail only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Its stored form.
    #[must_use]
    pub fn hash(&self, keys: &KeyRing, id: ConfirmationId) -> SecretHash {
        SecretHash(
            mac(keys.signing(), b"code", id, self.0.as_bytes()).finalize().into_bytes().to_vec(),
        )
    }

    /// Returns whether this is the code with this stored form, by any key of the ring, in constant time.
    #[must_use]
    pub fn matches(&self, keys: &KeyRing, id: ConfirmationId, kept: &SecretHash) -> bool {
        keys.iter()
            .any(|key| mac(key, b"code", id, self.0.as_bytes()).verify_slice(&kept.0).is_ok())
    }
}

fn stands_between_digits(c: char) -> bool {
    use GeneralCategoryGroup::{Mark, Other, Punctuation, Separator, Symbol};
    // Prolonged sound marks are letters, but a Japanese keyboard types them in place of a hyphen.
    matches!(c.general_category_group(), Mark | Other | Punctuation | Separator | Symbol)
        || is_invisible(c)
        || matches!(c, 'ー' | 'ｰ')
}

/// The secret part of the mail's link. Derived from the key ring, so nothing has to be stored. It names the mail as
/// well as the sign-up: like the code, it is invalidated by a newer mail.
pub struct LinkToken(Zeroizing<String>);

/// Content of a link that we issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The sign-up
    pub id: ConfirmationId,
    /// The number of the mail
    pub mail: u16,
}

impl LinkToken {
    /// The token of one mail of a sign-up.
    #[must_use]
    pub fn issue(keys: &KeyRing, link: Link) -> Self {
        let tag = mac(keys.signing(), b"link", link.id, &link.mail.to_be_bytes()).finalize();
        let name = [link.id.0.as_bytes().as_slice(), &link.mail.to_be_bytes()].concat();
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        Self(Zeroizing::new(format!("{}.{}", encode(&name), encode(&tag.into_bytes()))))
    }

    /// Verifies a token. `None`: not issued by us.
    #[must_use]
    pub fn verify(raw: &str, keys: &KeyRing) -> Option<Link> {
        let (name, tag) = raw.split_once('.')?;
        let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
        let (name, tag) = (decode(name)?, decode(tag)?);
        let (id, mail) = name.split_at_checked(size_of::<Uuid>())?;
        let id = ConfirmationId(Uuid::from_slice(id).ok()?);
        let mail: [u8; 2] = mail.try_into().ok()?;
        keys.iter()
            .any(|key| mac(key, b"link", id, &mail).verify_slice(&tag).is_ok())
            .then_some(Link { id, mail: u16::from_be_bytes(mail) })
    }

    /// The token, for the mail only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

fn mac(key: &Key, kind: &[u8], id: ConfirmationId, secret: &[u8]) -> Hmac<Sha256> {
    let mut mac = key.mac(CONFIRMATION);
    mac.update(kind);
    mac.update(id.0.as_bytes());
    mac.update(secret);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::key_ring;

    #[test]
    fn six_digits_are_a_code_among_spaces_and_punctuation() {
        for raw in [
            "123456",
            " 123 456 ",
            "1 2 3 4 5 6",
            "123-456",
            "123‐456",
            "123–456",
            "123—456",
            "123−456",
            "123－456",
            "123ー456",
            "123〜456",
            "123456.",
            "「123456」。",
            "<123456>",
            "`123456`",
            "123\u{a0}456",
            "\u{feff}123\u{200b}456\u{2069}",
            "123\u{3164}456",
            "\t123456\r\n",
            "１２３４５６",
            "1\u{fe0f}\u{20e3}2\u{fe0f}\u{20e3}3456",
        ] {
            assert_eq!(
                Code::parse(raw).map(|code| code.expose().to_owned()).as_deref(),
                Some("123456"),
                "{raw:?}"
            );
        }
        for raw in ["", "12345", "1234567", "12345a", "O23456", "一二三四五六", "...", "١٢٣٤٥٦"]
        {
            assert!(Code::parse(raw).is_none(), "{raw}");
        }
    }

    #[test]
    fn a_random_code_has_six_digits() {
        for _ in 0..100 {
            assert!(Code::parse(Code::random().expose()).is_some());
        }
    }

    #[test]
    fn a_link_names_one_mail_of_its_sign_up_and_cannot_be_turned_into_another() {
        let keys = key_ring();
        let link = Link { id: ConfirmationId::random(), mail: 1 };
        let token = LinkToken::issue(&keys, link);
        assert_eq!(LinkToken::verify(token.expose(), &keys), Some(link));

        let (name, tag) = token.expose().split_once('.').unwrap();
        for other in [Link { id: ConfirmationId::random(), ..link }, Link { mail: 2, ..link }] {
            let token = LinkToken::issue(&keys, other);
            let (other_name, other_tag) = token.expose().split_once('.').unwrap();
            assert_eq!(LinkToken::verify(&format!("{other_name}.{tag}"), &keys), None);
            assert_eq!(LinkToken::verify(&format!("{name}.{other_tag}"), &keys), None);
        }
        for raw in
            ["", ".", "a.b.c", "123456.", name, &format!("{name}."), &format!("{name}a.{tag}")]
        {
            assert_eq!(LinkToken::verify(raw, &keys), None, "{raw}");
        }
    }
}

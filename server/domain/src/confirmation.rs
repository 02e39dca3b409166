//! A sign-up that waits for proof that the address is the member's: a six-digit code in the mail, good
//! for ten minutes and five tries in the browser that asked; or the mail's link, good in any browser.
//! (OWASP ASVS 6.5, NIST SP 800-63B-4 §3.1.3.)

use std::{fmt, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    email::Email,
    keys::{Key, KeyRing, Purpose},
    member::{DisplayName, Locale},
    password::PasswordHash,
};

/// How long a code can be entered.
pub const CODE_LIFETIME: Duration = Duration::from_secs(600);
/// How often a code can be tried.
pub const CODE_TRIES: u16 = 5;
/// How many mails one sign-up may send.
pub const MAILS_MAX: u16 = 5;
const CODE_DIGITS: usize = 6;

/// Names a waiting sign-up. The browser that asked holds it in its visitor session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfirmationId(pub Uuid);

impl ConfirmationId {
    /// A new id; from its randomness alone nothing can be confirmed.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

/// What is kept of a code: a MAC of it, so that the database alone tells nobody the code.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash(pub Vec<u8>);

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(redacted)")
    }
}

/// A sign-up to be kept until its code expires.
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
    pub locale: Locale,
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
    pub locale: Locale,
    /// The chosen password's hash
    pub password_hash: PasswordHash,
    /// The mailed code's MAC
    pub code: SecretHash,
    /// How often it may still be tried
    pub tries_left: u16,
}

/// A six-digit code.
pub struct Code(Zeroizing<String>);

impl Code {
    /// A new code, evenly distributed over all 10⁶.
    #[must_use]
    pub fn random() -> Self {
        // 2⁶⁴ is so much greater than 10⁶ that the remainder's bias is below 10⁻¹³.
        let number = getrandom::u64().expect("the operating system gives randomness") % 1_000_000;
        Self(Zeroizing::new(format!("{number:0CODE_DIGITS$}")))
    }

    /// Reads what was typed: spaces, hyphens and full-width digits are fine.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let mut digits = Zeroizing::new(String::with_capacity(CODE_DIGITS));
        for c in raw.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let digit = match c {
                '0'..='9' => c,
                '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0'))?,
                _ => return None,
            };
            digits.push(digit);
        }
        (digits.len() == CODE_DIGITS).then_some(Self(digits))
    }

    /// The digits, for the mail alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self, keys: &KeyRing, id: ConfirmationId) -> SecretHash {
        SecretHash(
            mac(keys.signing(), b"code", id, self.0.as_bytes()).finalize().into_bytes().to_vec(),
        )
    }

    /// Whether it is the kept one, in constant time, whichever key made the MAC.
    #[must_use]
    pub fn matches(&self, keys: &KeyRing, confirmation: &Confirmation) -> bool {
        keys.iter().any(|key| {
            mac(key, b"code", confirmation.id, self.0.as_bytes())
                .verify_slice(&confirmation.code.0)
                .is_ok()
        })
    }
}

/// The secret part of the mail's link. Made from the key ring, so nothing of it has to be kept.
pub struct LinkToken(Zeroizing<String>);

impl LinkToken {
    /// The token of a sign-up.
    #[must_use]
    pub fn issue(keys: &KeyRing, id: ConfirmationId) -> Self {
        let tag = mac(keys.signing(), b"link", id, b"").finalize().into_bytes();
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        Self(Zeroizing::new(format!("{}.{}", encode(id.0.as_bytes()), encode(&tag))))
    }

    /// The sign-up that a token names, if we issued it.
    #[must_use]
    pub fn verify(raw: &str, keys: &KeyRing) -> Option<ConfirmationId> {
        let (id, tag) = raw.split_once('.')?;
        let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
        let id = ConfirmationId(Uuid::from_slice(&decode(id)?).ok()?);
        let tag = decode(tag)?;
        keys.iter().any(|key| mac(key, b"link", id, b"").verify_slice(&tag).is_ok()).then_some(id)
    }

    /// The token, for the mail alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

fn mac(key: &Key, kind: &[u8], id: ConfirmationId, secret: &[u8]) -> Hmac<Sha256> {
    let key = key.derive(Purpose::Confirmation);
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("HMAC takes keys of any length");
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
    fn a_typed_code_may_have_spaces_hyphens_and_full_width_digits() {
        for raw in ["123456", " 123 456 ", "123-456", "１２３４５６"] {
            assert_eq!(Code::parse(raw).unwrap().expose(), "123456", "{raw}");
        }
        for raw in ["", "12345", "1234567", "12345a", "一二三四五六"] {
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
    fn a_link_names_its_sign_up_and_no_other_can_be_made_from_it() {
        let keys = key_ring();
        let id = ConfirmationId::random();
        let token = LinkToken::issue(&keys, id);
        assert_eq!(LinkToken::verify(token.expose(), &keys), Some(id));

        let other = LinkToken::issue(&keys, ConfirmationId::random());
        let (_, tag) = token.expose().split_once('.').unwrap();
        let (other_id, _) = other.expose().split_once('.').unwrap();
        assert_eq!(LinkToken::verify(&format!("{other_id}.{tag}"), &keys), None);
        assert_eq!(LinkToken::verify("", &keys), None);
        assert_eq!(LinkToken::verify("a.b.c", &keys), None);
    }
}

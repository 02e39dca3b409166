//! The refresh token: an opaque credential that names a session and a generation and carries two MACs.
//!
//! The outer MAC, keyed by the key ring, rejects forgeries before any store is called. Because of the inner one, keyed
//! by the salt in the session row, a thief of only the keys, or only the database, can forge nothing. Tokens are
//! deterministic: the token of a generation can be issued again, so none is stored, not even hashed.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    Salt, SessionId,
    keys::{Key, KeyRing, Purpose},
};

/// The outer MAC of refresh tokens.
const REFRESH_TOKEN: Purpose = Purpose::new("genkan refresh token hmac-sha256 v1");
const VERSION: &str = "v1";
const MAC_BYTES: usize = 32;
/// The longest token that is decoded; none of ours is longer.
const MAX_BYTES: usize = 256;

/// A token with a valid outer MAC: we issued it for some row. [`Self::is_keyed_by`] checks that it was this row.
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Hash)]
pub struct RefreshToken {
    #[debug(skip)]
    key_id: String,
    /// The session that it names
    pub session_id: SessionId,
    /// The generation that it names
    pub generation: u32,
    #[debug(skip)]
    inner: [u8; MAC_BYTES],
}

/// Error of a token that is refused before any store is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshTokenError {
    /// Signed by a key that this instance does not know; another instance may, during a deploy.
    UnknownKey,
    /// Not one that we issued.
    Invalid,
}

impl RefreshToken {
    /// The token of a generation.
    #[must_use]
    pub fn issue(
        keys: &KeyRing,
        session_id: SessionId,
        generation: u32,
        salt: &Salt,
    ) -> Zeroizing<String> {
        let key = keys.signing();
        let inner = inner_mac(salt, key.id(), session_id, generation).finalize().into_bytes();
        let signed = signed_part(key.id(), session_id, generation, &inner);
        let outer = outer_mac(key, &signed).finalize().into_bytes();
        Zeroizing::new(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(outer)))
    }

    /// Parses a token from a request, and verifies its outer MAC in constant time.
    ///
    /// # Errors
    /// [`RefreshTokenError`]
    pub fn verify(raw: &str, keys: &KeyRing) -> Result<Self, RefreshTokenError> {
        use RefreshTokenError::{Invalid, UnknownKey};
        if raw.len() > MAX_BYTES {
            return Err(Invalid);
        }
        let (signed, outer) = raw.rsplit_once('.').ok_or(Invalid)?;
        let [version, key_id, session_id, generation, inner] =
            signed.split('.').collect::<Vec<_>>().try_into().map_err(|_| Invalid)?;
        if version != VERSION {
            return Err(Invalid);
        }
        let key = keys.find(key_id).ok_or(UnknownKey)?;
        outer_mac(key, signed).verify_slice(&decode(outer)?).map_err(|_| Invalid)?;
        let token = Self {
            key_id: key_id.to_owned(),
            session_id: SessionId(Uuid::from_slice(&decode(session_id)?).map_err(|_| Invalid)?),
            generation: generation.parse().map_err(|_| Invalid)?,
            inner: decode(inner)?.try_into().map_err(|_| Invalid)?,
        };
        // Parsing is not enough: it accepts numbers such as `+1` and `01`, which we never write.
        if token.generation == 0 || token.signed_part() != signed {
            return Err(Invalid);
        }
        Ok(token)
    }

    fn signed_part(&self) -> String {
        signed_part(&self.key_id, self.session_id, self.generation, &self.inner)
    }

    /// Returns whether it was issued for the row with this salt, in constant time.
    #[must_use]
    pub fn is_keyed_by(&self, salt: &Salt) -> bool {
        inner_mac(salt, &self.key_id, self.session_id, self.generation)
            .verify_slice(&self.inner)
            .is_ok()
    }
}

/// Everything except the outer MAC, in its only valid form.
fn signed_part(key_id: &str, session_id: SessionId, generation: u32, inner: &[u8]) -> String {
    format!(
        "{VERSION}.{key_id}.{}.{generation}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(session_id.0.as_bytes()),
        BASE64_URL_SAFE_NO_PAD.encode(inner),
    )
}

fn decode(part: &str) -> Result<Vec<u8>, RefreshTokenError> {
    BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| RefreshTokenError::Invalid)
}

fn inner_mac(salt: &Salt, key_id: &str, session_id: SessionId, generation: u32) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&salt.0).expect("HMAC takes keys of any length");
    mac.update(key_id.as_bytes());
    mac.update(&[0]);
    mac.update(session_id.0.as_bytes());
    mac.update(&generation.to_be_bytes());
    mac
}

fn outer_mac(key: &Key, signed: &str) -> Hmac<Sha256> {
    let mut mac = key.mac(REFRESH_TOKEN);
    mac.update(signed.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{key_ring, other_key_ring};

    #[test]
    fn a_generations_token_can_be_derived_again() {
        let (keys, id, salt) = (key_ring(), SessionId::random(), Salt::random());
        let token = RefreshToken::issue(&keys, id, 3, &salt);
        assert_eq!(token, RefreshToken::issue(&keys, id, 3, &salt));
        assert_ne!(token, RefreshToken::issue(&keys, id, 4, &salt));
        let read = RefreshToken::verify(&token, &keys).unwrap();
        assert_eq!((read.session_id, read.generation), (id, 3));
        assert!(read.is_keyed_by(&salt));
    }

    #[test]
    fn the_keys_without_the_row_cannot_forge_a_refresh_token() {
        let (keys, id) = (key_ring(), SessionId::random());
        let forged = RefreshToken::issue(&keys, id, 3, &Salt::random());
        let read = RefreshToken::verify(&forged, &keys).unwrap();
        assert!(!read.is_keyed_by(&Salt::random()));
    }

    #[test]
    fn the_row_without_the_keys_cannot_forge_a_refresh_token() {
        let (id, salt) = (SessionId::random(), Salt::random());
        let forged = RefreshToken::issue(&other_key_ring(), id, 3, &salt).replace("other", "test");
        assert_eq!(RefreshToken::verify(&forged, &key_ring()), Err(RefreshTokenError::Invalid));
    }

    #[test]
    fn an_unknown_key_is_distinguished_from_a_forgery() {
        let token = RefreshToken::issue(&other_key_ring(), SessionId::random(), 1, &Salt::random());
        assert_eq!(RefreshToken::verify(&token, &key_ring()), Err(RefreshTokenError::UnknownKey));
    }

    #[test]
    fn a_changed_character_anywhere_makes_a_token_invalid() {
        let keys = key_ring();
        let token = RefreshToken::issue(&keys, SessionId::random(), 12, &Salt::random());
        for place in 0..token.len() {
            let mut bytes = token.as_bytes().to_vec();
            bytes[place] ^= 1;
            let forged = String::from_utf8_lossy(&bytes).into_owned();
            assert!(RefreshToken::verify(&forged, &keys).is_err(), "{place}");
        }
    }

    /// A token of these parts, validly signed by our own key.
    fn signed_by_us(parts: &str) -> String {
        let outer = outer_mac(key_ring().signing(), parts).finalize().into_bytes();
        format!("{parts}.{}", BASE64_URL_SAFE_NO_PAD.encode(outer))
    }

    #[test]
    fn another_spelling_of_our_own_refresh_token_is_refused() {
        let keys = key_ring();
        let ours = RefreshToken::issue(&keys, SessionId::random(), 12, &Salt::random());
        let parts: Vec<&str> = ours.split('.').collect();
        let [version, key, session, _, inner, outer] = parts[..] else { panic!("{parts:?}") };
        let with = |version, key, session, generation, inner| {
            signed_by_us(&format!("{version}.{key}.{session}.{generation}.{inner}"))
        };
        assert_eq!(with(version, key, session, "12", inner), *ours);
        let generations = [
            "",
            "0",
            "+12",
            "-12",
            "012",
            "12 ",
            " 12",
            "1e1",
            "12.0",
            "0x0c",
            "4294967296",
            "１２",
        ];
        for generation in generations {
            let token = with(version, key, session, generation, inner);
            assert_eq!(
                RefreshToken::verify(&token, &keys),
                Err(RefreshTokenError::Invalid),
                "{generation}"
            );
        }
        let padded = format!("{session}==");
        let hyphenated = Uuid::nil().to_string();
        for token in [
            with("v0", key, session, "12", inner),
            with("v2", key, session, "12", inner),
            with("V1", key, session, "12", inner),
            with("", key, session, "12", inner),
            with(version, key, &padded, "12", inner),
            with(version, key, &hyphenated, "12", inner),
            with(version, key, &session[1..], "12", inner),
            with(version, key, "", "12", inner),
            with(version, key, session, "12", ""),
            with(version, key, session, "12", &inner[2..]),
            with(version, key, session, "12", &format!("{inner}=")),
            with(version, key, session, "12", &format!("{inner}.{inner}")),
            signed_by_us(&format!("{version}.{key}.{session}.12")),
            format!("{}=", *ours),
            format!(" {}", *ours),
            format!("{}\n", *ours),
            format!("{}.{outer}", *ours),
            ours.replace('.', ".."),
        ] {
            assert_eq!(
                RefreshToken::verify(&token, &keys),
                Err(RefreshTokenError::Invalid),
                "{token}"
            );
        }
    }

    #[test]
    fn a_hostile_key_id_is_only_an_unknown_key() {
        for id in ["", "/etc/passwd", "' or '1'='1", "TEST", "test\0", "1", &"k".repeat(99)] {
            let token = format!("v1.{id}.a.1.b.c");
            assert_eq!(
                RefreshToken::verify(&token, &key_ring()),
                Err(RefreshTokenError::UnknownKey),
                "{id}"
            );
        }
    }

    #[test]
    fn parts_of_two_refresh_tokens_do_not_make_a_valid_one() {
        let keys = key_ring();
        let salt = Salt::random();
        let one = RefreshToken::issue(&keys, SessionId::random(), 1, &salt);
        let other = RefreshToken::issue(&keys, SessionId::random(), 2, &salt);
        let (one, other): (Vec<_>, Vec<_>) = (one.split('.').collect(), other.split('.').collect());
        for place in 2..6 {
            let mut mixed = one.clone();
            mixed[place] = other[place];
            assert_eq!(
                RefreshToken::verify(&mixed.join("."), &keys),
                Err(RefreshTokenError::Invalid),
                "{place}"
            );
        }
    }

    #[test]
    fn arbitrary_text_is_not_a_refresh_token() {
        for raw in ["", ".", ".....", "v1.test.a.1.b.c", "v1.test.花.1.b.c", &"a".repeat(65_536)] {
            assert_eq!(
                RefreshToken::verify(raw, &key_ring()),
                Err(RefreshTokenError::Invalid),
                "{raw}"
            );
        }
    }
}

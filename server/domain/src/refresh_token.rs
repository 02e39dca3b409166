//! The refresh token: an opaque credential that names a session and a generation and carries two MACs.
//!
//! The outer MAC, by the key ring, rejects forgeries before anything is asked. The inner one, by the salt
//! in the session row, means that who steals only the keys, or only the database, can forge nothing.
//! Tokens are deterministic: a generation's token can be made again, so none is stored, not even hashed.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    keys::{Key, KeyRing, Purpose},
    session::{Salt, SessionId},
};

const VERSION: &str = "v1";
const MAC_BYTES: usize = 32;
/// No token of ours is longer; what is, is not even decoded.
const MAX_BYTES: usize = 256;

/// A token that we can prove to have issued for some row; whether it is this row's, [`Self::is_keyed_by`]
/// says.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RefreshToken {
    key_id: String,
    /// The session that it names
    pub session_id: SessionId,
    /// The generation that it names
    pub generation: u32,
    inner: [u8; MAC_BYTES],
}

/// Why a token was refused before anything was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshTokenError {
    /// Signed by a key that this instance does not know: perhaps another instance does, in the middle
    /// of a deploy. The cookies stay.
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
        let signed = format!(
            "{VERSION}.{}.{}.{generation}.{}",
            key.id(),
            BASE64_URL_SAFE_NO_PAD.encode(session_id.0.as_bytes()),
            BASE64_URL_SAFE_NO_PAD.encode(inner),
        );
        let outer = outer_mac(key, &signed).finalize().into_bytes();
        Zeroizing::new(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(outer)))
    }

    /// Reads a token that a request brought, and checks its outer MAC in constant time.
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
        Ok(Self {
            key_id: key_id.to_owned(),
            session_id: SessionId(Uuid::from_slice(&decode(session_id)?).map_err(|_| Invalid)?),
            generation: generation.parse().map_err(|_| Invalid)?,
            inner: decode(inner)?.try_into().map_err(|_| Invalid)?,
        })
    }

    /// Whether the row with this salt issued it, in constant time.
    #[must_use]
    pub fn is_keyed_by(&self, salt: &Salt) -> bool {
        inner_mac(salt, &self.key_id, self.session_id, self.generation)
            .verify_slice(&self.inner)
            .is_ok()
    }
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RefreshToken")
            .field("session_id", &self.session_id)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
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
    let key = key.derive(Purpose::RefreshToken);
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("HMAC takes keys of any length");
    mac.update(signed.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{key_ring, other_key_ring};

    #[test]
    fn a_generations_token_can_be_made_again() {
        let (keys, id, salt) = (key_ring(), SessionId::random(), Salt::random());
        let token = RefreshToken::issue(&keys, id, 3, &salt);
        assert_eq!(token, RefreshToken::issue(&keys, id, 3, &salt));
        assert_ne!(token, RefreshToken::issue(&keys, id, 4, &salt));
        let read = RefreshToken::verify(&token, &keys).unwrap();
        assert_eq!((read.session_id, read.generation), (id, 3));
        assert!(read.is_keyed_by(&salt));
    }

    #[test]
    fn who_has_the_keys_but_not_the_row_can_forge_nothing() {
        let (keys, id) = (key_ring(), SessionId::random());
        let forged = RefreshToken::issue(&keys, id, 3, &Salt::random());
        let read = RefreshToken::verify(&forged, &keys).unwrap();
        assert!(!read.is_keyed_by(&Salt::random()));
    }

    #[test]
    fn who_has_the_row_but_not_the_keys_can_forge_nothing() {
        let (id, salt) = (SessionId::random(), Salt::random());
        let forged = RefreshToken::issue(&other_key_ring(), id, 3, &salt).replace("other", "test");
        assert_eq!(RefreshToken::verify(&forged, &key_ring()), Err(RefreshTokenError::Invalid));
    }

    #[test]
    fn a_key_that_is_not_known_here_is_told_from_a_forgery() {
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

    #[test]
    fn what_is_no_token_at_all_is_refused() {
        for raw in ["", ".", ".....", "v1.test.a.1.b.c", "v1.test.花.1.b.c", &"a".repeat(65_536)] {
            assert_eq!(
                RefreshToken::verify(raw, &key_ring()),
                Err(RefreshTokenError::Invalid),
                "{raw}"
            );
        }
    }
}

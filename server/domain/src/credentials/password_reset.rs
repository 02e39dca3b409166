//! The link for a member who has forgotten the password: random, single-use, and valid for half an hour or until a
//! newer one is sent. It is stored as a MAC (OWASP ASVS 6.4.3, 6.5).

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::Mac;
use zeroize::Zeroizing;

use crate::{
    Resources, StoreError,
    account::{confirmation::SecretHash, ports::Credentials},
    session::keys::{Key, KeyRing, Purpose},
};

/// Hashes the tokens of forgotten passwords.
const PASSWORD_RESET: Purpose = Purpose::new("genkan password reset hmac-sha256 v1");
/// Lifetime of a link.
pub const RESET_LIFETIME: Duration = Duration::from_secs(30 * 60);
const TOKEN_BYTES: usize = 32;

/// The secret part of the mail's link: 256 random bits.
#[derive(derive_more::Debug)]
#[debug("ResetToken(redacted)")]
pub struct ResetToken(Zeroizing<[u8; TOKEN_BYTES]>);

impl ResetToken {
    /// A new token.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        getrandom::fill(bytes.as_mut_slice()).expect("the operating system provides randomness");
        Self(bytes)
    }

    /// Parses a link's token. `None`: malformed, so not issued by us.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.decode(raw).ok()?);
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    /// The token, for the mail only.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    /// Its stored form.
    #[must_use]
    pub fn hash(&self, keys: &KeyRing) -> SecretHash {
        self.hash_with(keys.signing())
    }

    /// Its possible stored forms, one for each key of the ring.
    #[must_use]
    pub fn hashes(&self, keys: &KeyRing) -> Vec<SecretHash> {
        keys.iter().map(|key| self.hash_with(key)).collect()
    }

    fn hash_with(&self, key: &Key) -> SecretHash {
        let mut mac = key.mac(PASSWORD_RESET);
        mac.update(self.0.as_slice());
        SecretHash(mac.finalize().into_bytes().to_vec())
    }
}

/// A link that works.
#[derive(Debug)]
pub struct OpenReset {
    /// The member
    pub credentials: Credentials,
    /// The possible stored forms of its token
    pub(crate) hashes: Vec<SecretHash>,
}

/// The link with this token, if it still works. Reads only: opening a page does not use the link up.
///
/// # Errors
/// The database is unavailable.
pub async fn find_reset(
    resources: &Resources,
    token: &str,
) -> Result<Option<OpenReset>, StoreError> {
    let Some(token) = ResetToken::parse(token) else { return Ok(None) };
    let hashes = token.hashes(&resources.keys);
    let Some(id) = resources.password_resets.find(&hashes).await? else { return Ok(None) };
    let credentials = resources.members.credentials_of(id).await?;
    Ok(credentials.map(|credentials| OpenReset { credentials, hashes }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{key_ring, other_key_ring};

    #[test]
    fn a_reset_token_is_accepted_only_as_it_was_mailed() {
        let token = ResetToken::random();
        let mailed = token.expose();
        assert_eq!(mailed.len(), 43);
        let read = ResetToken::parse(&mailed).unwrap();
        assert_eq!(read.hash(&key_ring()), token.hash(&key_ring()));
        for raw in ["", "a", &mailed[1..], &format!("{}=", *mailed), &format!(" {}", *mailed)] {
            assert!(ResetToken::parse(raw).is_none(), "{raw}");
        }
    }

    #[test]
    fn the_stored_hash_depends_on_token_and_key_and_reveals_neither() {
        let (one, other) = (ResetToken::random(), ResetToken::random());
        assert_ne!(one.hash(&key_ring()), other.hash(&key_ring()));
        assert_ne!(one.hash(&key_ring()), one.hash(&other_key_ring()));
        assert_ne!(one.hash(&key_ring()).0, one.0.to_vec());
        assert!(!format!("{one:?}").contains(one.expose().as_str()));
    }

    #[test]
    fn a_reset_token_is_recognised_after_a_key_rotation() {
        let token = ResetToken::random();
        let rotated = KeyRing::parse(
            "other:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=,\
             test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        )
        .unwrap();
        assert!(token.hashes(&rotated).contains(&token.hash(&key_ring())));
    }
}

//! The key ring: a few 32-byte secrets with ids, from which every purpose's key is derived.
//!
//! The first secret signs, all of them verify. A rotation has three steps: add the new secret as second on every
//! instance, move it to the front, and remove the old one once the longest idle timeout has passed.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Length of a secret, and of every key derived from it.
pub const KEY_BYTES: usize = 32;

/// The use of a derived key. A key of one purpose can never stand in for another's (RFC 5869 §3.2), so each has a text
/// of its own, which names what is protected, how, and the version of both.
#[derive(Debug, Clone, Copy)]
pub struct Purpose(&'static str);

impl Purpose {
    /// A purpose with this text.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }
}

/// One secret of the ring.
#[derive(derive_more::Debug, Clone)]
#[debug("Key({id}, redacted)")]
pub struct Key {
    id: String,
    secret: Zeroizing<[u8; KEY_BYTES]>,
}

impl Key {
    /// The key id (`kid`).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key for one purpose (HKDF-SHA256, RFC 5869).
    #[must_use]
    pub fn derive(&self, purpose: Purpose) -> Zeroizing<[u8; KEY_BYTES]> {
        let mut derived = Zeroizing::new([0; KEY_BYTES]);
        Hkdf::<Sha256>::new(None, self.secret.as_slice())
            .expand(purpose.0.as_bytes(), derived.as_mut_slice())
            .expect("32 bytes are less than HKDF-SHA256's limit of 8160");
        derived
    }

    /// A MAC under the key for one purpose (HMAC-SHA256, RFC 2104), still without content.
    pub(crate) fn mac(&self, purpose: Purpose) -> Hmac<Sha256> {
        Hmac::new_from_slice(self.derive(purpose).as_slice())
            .expect("HMAC takes keys of any length")
    }
}

/// All secrets known to this instance, the signing one first. Cloning shares them.
#[derive(Debug, Clone)]
pub struct KeyRing(Arc<[Key]>);

/// Error of a key ring that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// No key at all
    #[error("holds no key")]
    Empty,
    /// Not `kid:base64`
    #[error("entry {0} is not of the form kid:base64")]
    Malformed(usize),
    /// The id has other characters than letters, digits, `-` and `_`, or more than 32
    #[error("entry {0} has a key id that is not 1 to 32 letters, digits, '-' or '_'")]
    BadId(usize),
    /// Not 32 bytes in base64
    #[error("entry {0} is not 32 bytes in base64")]
    BadSecret(usize),
    /// Two keys share an id
    #[error("entry {0} repeats a key id")]
    Repeated(usize),
}

impl KeyRing {
    /// Reads `kid:base64,kid:base64`.
    ///
    /// # Errors
    /// [`KeyRingError`], which names a bad entry by its position, never by its content.
    pub fn parse(raw: &str) -> Result<Self, KeyRingError> {
        let mut keys: Vec<Key> = Vec::new();
        let entries = raw.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        for (index, entry) in entries.enumerate() {
            let place = index + 1;
            let (id, secret) = entry.split_once(':').ok_or(KeyRingError::Malformed(place))?;
            let id_fits = (1..=32).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            if !id_fits {
                return Err(KeyRingError::BadId(place));
            }
            if keys.iter().any(|key| key.id == id) {
                return Err(KeyRingError::Repeated(place));
            }
            let bytes = Zeroizing::new(
                BASE64_STANDARD.decode(secret).map_err(|_| KeyRingError::BadSecret(place))?,
            );
            let secret: [u8; KEY_BYTES] =
                bytes.as_slice().try_into().map_err(|_| KeyRingError::BadSecret(place))?;
            keys.push(Key { id: id.to_owned(), secret: Zeroizing::new(secret) });
        }
        if keys.is_empty() {
            return Err(KeyRingError::Empty);
        }
        Ok(Self(keys.into()))
    }

    /// A new secret, as one entry of the ring.
    ///
    /// # Errors
    /// The operating system gave no randomness.
    pub fn new_entry(id: &str) -> Result<Zeroizing<String>, getrandom::Error> {
        let mut secret = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(secret.as_mut_slice())?;
        Ok(Zeroizing::new(format!("{id}:{}", BASE64_STANDARD.encode(secret.as_slice()))))
    }

    /// The key that signs.
    #[must_use]
    pub fn signing(&self) -> &Key {
        self.0.first().expect("a key ring is never empty")
    }

    /// The key with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.id == id)
    }

    /// All keys, the signing one first.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(fill: u8) -> String {
        BASE64_STANDARD.encode([fill; KEY_BYTES])
    }

    #[test]
    fn the_first_key_signs_and_every_key_verifies() {
        let ring = KeyRing::parse(&format!("b:{}, a:{}", secret(2), secret(1))).unwrap();
        assert_eq!(ring.signing().id(), "b");
        assert!(ring.find("a").is_some());
        assert!(ring.find("c").is_none());
    }

    #[test]
    fn keys_of_two_purposes_differ() {
        let ring = KeyRing::parse(&format!("a:{}", secret(1))).unwrap();
        let key = ring.signing();
        assert_ne!(*key.derive(Purpose::new("one")), *key.derive(Purpose::new("other")));
    }

    #[test]
    fn a_bad_key_ring_is_refused_with_the_position_of_the_mistake() {
        let good = secret(1);
        for (raw, error) in [
            (String::new(), KeyRingError::Empty),
            (format!("a{good}"), KeyRingError::Malformed(1)),
            (format!("a b:{good}"), KeyRingError::BadId(1)),
            (format!("a:{good},a:{good}"), KeyRingError::Repeated(2)),
            ("a:c2hvcnQ=".into(), KeyRingError::BadSecret(1)),
            ("a:???".into(), KeyRingError::BadSecret(1)),
        ] {
            assert_eq!(KeyRing::parse(&raw).unwrap_err(), error, "{raw}");
        }
    }

    #[test]
    fn a_new_entry_can_be_read_back_and_debug_output_hides_it() {
        let entry = KeyRing::new_entry("k1").unwrap();
        let ring = KeyRing::parse(&entry).unwrap();
        assert_eq!(ring.signing().id(), "k1");
        let secret = entry.split_once(':').unwrap().1;
        assert!(!format!("{ring:?}").contains(secret));
    }
}

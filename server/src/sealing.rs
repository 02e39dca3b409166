//! Encrypts visitor records (AES-256-GCM, NIST SP 800-38D), so that no address and no form can be read in the store.
//!
//! A record's id is authenticated with it: under another id, the record cannot be opened. Nonces are random, which
//! allows 2³² records for each key; the keys of a ring are replaced long before that.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use domain::session::keys::{Key, KeyRing, Purpose};

/// Encrypts visitor records.
const VISITOR_RECORD: Purpose = Purpose::new("genkan visitor record aes-256-gcm v1");
const NONCE_BYTES: usize = 12;

/// Seals with the ring's first key, and opens with any of them.
#[derive(Clone)]
pub struct Sealing(Vec<(String, Aes256Gcm)>);

impl Sealing {
    /// Derives a cipher from each key of the ring.
    #[must_use]
    pub fn new(keys: &KeyRing) -> Self {
        let cipher = |key: &Key| {
            let derived = key.derive(VISITOR_RECORD);
            Aes256Gcm::new_from_slice(derived.as_slice()).expect("a derived key has 32 bytes")
        };
        Self(keys.iter().map(|key| (key.id().to_owned(), cipher(key))).collect())
    }

    /// Encrypts a text, to be opened under this id only. Returns the length of the key's id, the key's id, the nonce
    /// and the ciphertext.
    ///
    /// # Errors
    /// The operating system gave no randomness.
    pub fn seal(&self, id: &[u8], text: &[u8]) -> Result<Vec<u8>, getrandom::Error> {
        let (key_id, cipher) = self.0.first().expect("a key ring is never empty");
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce)?;
        let payload = Payload { msg: text, aad: id };
        let encrypted = cipher
            .encrypt((&nonce).into(), payload)
            .expect("a record is far below the cipher's limit of 64 GiB");
        let length = u8::try_from(key_id.len()).expect("a key's id has at most 32 characters");
        Ok([&[length], key_id.as_bytes(), &nonce, &encrypted].concat())
    }

    /// Returns the text if it was sealed under this id with a key of the ring.
    #[must_use]
    pub fn open(&self, id: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (length, rest) = sealed.split_first()?;
        let (key_id, rest) = rest.split_at_checked(usize::from(*length))?;
        let (nonce, encrypted) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let (_, cipher) = self.0.iter().find(|(known, _)| known.as_bytes() == key_id)?;
        cipher.decrypt(nonce.into(), Payload { msg: encrypted, aad: id }).ok()
    }
}

impl std::fmt::Debug for Sealing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(key_id, _)| key_id)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    const OTHER: &str = "k2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
    const TEXT: &[u8] = b"hana@example.com";

    fn sealing(ring: &str) -> Sealing {
        Sealing::new(&KeyRing::parse(ring).unwrap())
    }

    #[test]
    fn a_sealed_text_opens_under_its_id_with_every_ring_that_has_its_key() {
        let sealed = sealing(ONE).seal(b"id", TEXT).unwrap();
        assert!(!sealed.windows(4).any(|bytes| bytes == b"hana"));
        for ring in [ONE.to_owned(), format!("{ONE},{OTHER}"), format!("{OTHER},{ONE}")] {
            assert_eq!(sealing(&ring).open(b"id", &sealed).as_deref(), Some(TEXT), "{ring}");
        }
    }

    #[test]
    fn a_sealed_text_does_not_open_with_another_key_or_id_or_if_changed() {
        let sealed = sealing(ONE).seal(b"id", TEXT).unwrap();
        let same_id = OTHER.replace("k2", "k1");
        assert_eq!(sealing(OTHER).open(b"id", &sealed), None);
        assert_eq!(sealing(&same_id).open(b"id", &sealed), None);
        assert_eq!(sealing(ONE).open(b"another id", &sealed), None);
        for length in 0..sealed.len() {
            assert_eq!(sealing(ONE).open(b"id", &sealed[..length]), None, "{length}");
        }
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(sealing(ONE).open(b"id", &changed), None, "{place}");
        }
    }

    #[test]
    fn sealing_the_same_text_twice_differs() {
        let sealing = sealing(ONE);
        assert_ne!(sealing.seal(b"id", TEXT).unwrap(), sealing.seal(b"id", TEXT).unwrap());
    }
}

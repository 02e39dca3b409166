//! The secret that all instances share.

use anyhow::Context;
use domain::session::keys::{KEY_BYTES, KeyRing, Purpose};
use zeroize::Zeroizing;

/// 32 bytes, from which each use derives a key of its own, as in the product.
#[derive(Clone)]
pub struct SharedKey {
    entry: Zeroizing<String>,
    ring: KeyRing,
}

impl SharedKey {
    /// Reads 32 bytes in base64.
    ///
    /// # Errors
    /// It is something else.
    pub fn parse(base64: &str) -> anyhow::Result<Self> {
        let entry = Zeroizing::new(format!("lab:{base64}"));
        let ring = KeyRing::parse(&entry).context("LAB_KEY is not 32 bytes in base64")?;
        Ok(Self { entry, ring })
    }

    /// The key for one purpose.
    #[must_use]
    pub fn derive(&self, purpose: Purpose) -> Zeroizing<[u8; KEY_BYTES]> {
        self.ring.signing().derive(purpose)
    }

    /// The entry of the product's `SECRET_KEYS`.
    pub(crate) fn entry(&self) -> &str {
        &self.entry
    }
}

//! Signs access tokens. Not `jsonwebtoken::encode`, which derives the public key again for each token: that takes as
//! long as the signature.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use jsonwebtoken::{Algorithm, Header};
use serde::Serialize;

use super::{ACCESS_TOKEN, Claims, TYPE};
use crate::session::keys::Key;

/// A key, and the header of the tokens that it signs.
pub(super) struct Signing {
    /// In base64
    header: String,
    key: SigningKey,
}

impl Signing {
    pub(super) fn new(key: &Key) -> Self {
        Self { header: encoded(&header(key)), key: signing_key(key) }
    }

    /// A token: a JWS in its compact form (RFC 7515 §7.1).
    pub(super) fn sign(&self, claims: &Claims) -> String {
        let message = format!("{}.{}", self.header, encoded(claims));
        let signature = self.key.sign(message.as_bytes()).to_bytes();
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The exact header of a token signed by this key.
pub(super) fn header(key: &Key) -> Header {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(key.id().to_owned());
    header
}

pub(super) fn signing_key(key: &Key) -> SigningKey {
    SigningKey::from_bytes(&key.derive(ACCESS_TOKEN))
}

fn encoded(part: &impl Serialize) -> String {
    let json = serde_json::to_vec(part).expect("headers and claims are objects of plain values");
    BASE64_URL_SAFE_NO_PAD.encode(json)
}

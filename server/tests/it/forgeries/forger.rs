//! Signs an access token's claims in other ways, even with our own key, to show what the signature alone would accept.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use domain::session::{access_token::ACCESS_TOKEN, keys::KeyRing};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::helpers::KEY;

/// The claims of an access token, and a key to sign them.
pub(super) struct Forger {
    claims: String,
    key: SigningKey,
}

impl Forger {
    pub(super) fn of(access: &str) -> Self {
        let claims = access.split('.').nth(1).unwrap().to_owned();
        let ring = KeyRing::parse(KEY).unwrap();
        Self { claims, key: SigningKey::from_bytes(&ring.signing().derive(ACCESS_TOKEN)) }
    }

    /// The header of our own tokens.
    pub(super) fn header(&self) -> Value {
        json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": "k1" })
    }

    fn message(&self, header: &Value) -> String {
        format!("{}.{}", encode(header.to_string()), self.claims)
    }

    pub(super) fn signed(&self, header: &Value) -> String {
        let message = self.message(header);
        let signature = self.key.sign(message.as_bytes());
        format!("{message}.{}", encode(signature.to_bytes()))
    }

    /// Without a signature, and with the signature of another text that we signed.
    pub(super) fn unsigned(&self, header: &Value) -> [String; 3] {
        let message = self.message(header);
        let signature = encode(self.key.sign(b"something else").to_bytes());
        [message.clone(), format!("{message}."), format!("{message}.{signature}")]
    }

    /// HS256, with each form of our public key as the secret (RFC 8725 §2.1).
    pub(super) fn signed_with_the_public_key(&self) -> Vec<String> {
        let public = self.key.verifying_key().to_bytes();
        let x = encode(public);
        // SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 §4).
        let der = [b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", &public[..]].concat();
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            BASE64_STANDARD.encode(&der)
        );
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "k1", "x": x });
        let secrets =
            [public.to_vec(), x.into(), der, pem.into(), jwk.to_string().into(), Vec::new()];
        let message = self.message(&json!({ "typ": "at+jwt", "alg": "HS256", "kid": "k1" }));
        let sign = |secret: &Vec<u8>| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
            mac.update(message.as_bytes());
            format!("{message}.{}", encode(mac.finalize().into_bytes()))
        };
        secrets.iter().map(sign).collect()
    }

    /// Signed with another key, which the header contains or points to.
    pub(super) fn signed_with_another_key(&self) -> Vec<String> {
        let other = Self { claims: self.claims.clone(), key: SigningKey::from_bytes(&[7; 32]) };
        let x = encode(other.key.verifying_key().to_bytes());
        let mut forged = vec![other.signed(&other.header())];
        for (name, value) in [
            ("jwk", json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": x })),
            ("jku", json!("https://evil.example/jwks.json")),
            ("x5u", json!("file:///etc/passwd")),
            ("x5c", json!(["MIIB"])),
        ] {
            let mut header = other.header();
            header[name] = value;
            forged.push(other.signed(&header));
        }
        forged
    }
}

fn encode(part: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(part)
}

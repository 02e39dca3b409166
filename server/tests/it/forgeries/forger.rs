//! Who forges: takes a token of ours apart, and signs what comes of it, even with our own key, to show what
//! the signature alone would let through.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use domain::session::{access_token::ACCESS_TOKEN, keys::KeyRing};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::helpers::KEY;

/// An access token of ours, taken apart.
pub(super) struct Forger {
    claims: Map<String, Value>,
    key: SigningKey,
}

impl Forger {
    pub(super) fn of(access: &str) -> Self {
        let claims = access.split('.').nth(1).unwrap();
        let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap();
        let ring = KeyRing::parse(KEY).unwrap();
        let key = SigningKey::from_bytes(&ring.signing().derive(ACCESS_TOKEN));
        Self { claims: serde_json::from_slice(&claims).unwrap(), key }
    }

    /// What our own tokens say first.
    pub(super) fn header(&self) -> Value {
        json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": "k1" })
    }

    pub(super) fn claims(&self) -> Value {
        Value::Object(self.claims.clone())
    }

    /// Our claims, with one that is another.
    pub(super) fn with(&self, claim: &str, value: impl Into<Value>) -> Value {
        let mut claims = self.claims.clone();
        claims.insert(claim.to_owned(), value.into());
        claims.into()
    }

    /// Our claims, but for one.
    pub(super) fn without(&self, claim: &str) -> Value {
        let mut claims = self.claims.clone();
        assert!(claims.remove(claim).is_some(), "{claim}");
        claims.into()
    }

    /// Signed with our own key.
    pub(super) fn signed(&self, header: &Value, claims: &Value) -> String {
        self.signed_text(&header.to_string(), &claims.to_string())
    }

    pub(super) fn signed_text(&self, header: &str, claims: &str) -> String {
        let message = message(header, claims);
        let signature = self.key.sign(message.as_bytes());
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    /// With the signature of something else that we signed.
    pub(super) fn unsigned(&self, header: &Value) -> String {
        let message = message(&header.to_string(), &self.claims().to_string());
        let signature = self.key.sign(b"something else");
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    /// HS256, with each form of our public key as the secret (RFC 8725 §2.1).
    pub(super) fn signed_with_the_public_key(&self) -> Vec<String> {
        let public = self.key.verifying_key().to_bytes();
        let x = BASE64_URL_SAFE_NO_PAD.encode(public);
        // SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 §4).
        let der = [b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", &public[..]].concat();
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            BASE64_STANDARD.encode(&der)
        );
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "k1", "x": x });
        let secrets =
            [public.to_vec(), x.into(), der, pem.into(), jwk.to_string().into(), Vec::new()];
        let header = json!({ "typ": "at+jwt", "alg": "HS256", "kid": "k1" });
        let message = message(&header.to_string(), &self.claims().to_string());
        let sign = |secret: &Vec<u8>| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
            mac.update(message.as_bytes());
            format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
        };
        secrets.iter().map(sign).collect()
    }

    /// Signed with a key of the forger's own, which the header brings along or points at.
    pub(super) fn signed_with_an_own_key(&self) -> Vec<String> {
        let own = Self { claims: self.claims.clone(), key: SigningKey::from_bytes(&[7; 32]) };
        let x = BASE64_URL_SAFE_NO_PAD.encode(own.key.verifying_key().to_bytes());
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": x });
        let mut forged = vec![own.signed(&own.header(), &own.claims())];
        for (name, value) in [
            ("jwk", jwk),
            ("jku", json!("https://evil.example/jwks.json")),
            ("jku", json!("http://127.0.0.1:1/jwks.json")),
            ("x5u", json!("file:///etc/passwd")),
            ("x5c", json!(["MIIB"])),
            ("crit", json!(["jwk"])),
        ] {
            let mut header = own.header();
            header[name] = value;
            forged.push(own.signed(&header, &own.claims()));
        }
        forged
    }
}

pub(super) fn message(header: &str, claims: &str) -> String {
    let encode = |part: &str| BASE64_URL_SAFE_NO_PAD.encode(part);
    format!("{}.{}", encode(header), encode(claims))
}

/// Every place of a token with one bit of it changed, as far as a cookie can carry that.
pub(super) fn with_one_bit_changed(token: &str) -> impl Iterator<Item = String> {
    (0..token.len()).filter_map(|place| {
        (0..7).map(|bit| (place + bit) % 7).find_map(|bit| {
            let mut bytes = token.as_bytes().to_vec();
            bytes[place] ^= 1 << bit;
            let is_carried = bytes[place].is_ascii_graphic() && !b";,\"\\".contains(&bytes[place]);
            is_carried.then(|| String::from_utf8(bytes).unwrap())
        })
    })
}

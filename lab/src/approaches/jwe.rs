//! A signed token inside an encrypted one (JWS in JWE, RFC 7519 §11.2), by `biscuit`: the same as the signed token alone,
//! and nobody without the key can read it. Key agreement is for different parties; here the same site encrypts and
//! decrypts, so it does so directly with a shared key (`dir`, A256GCM).

use std::sync::Arc;

use axum::Router;
use biscuit::{
    Empty,
    jwa::{ContentEncryptionAlgorithm, EncryptionOptions, KeyManagementAlgorithm},
    jwe::{Compact, RegisteredHeader},
    jwk::JWK,
};
use domain::session::keys::Purpose;

use super::{
    signed::{CarriedSession, Signatures},
    token_cookie::{self, Tokens},
};
use crate::site::Settings;

/// Encrypts the signed tokens.
pub const ENCRYPTION: Purpose = Purpose::new("lab token aes-256-gcm v1");
const NONCE_BYTES: usize = 12;
const DIRECT: KeyManagementAlgorithm = KeyManagementAlgorithm::DirectSymmetricKey;
const AES: ContentEncryptionAlgorithm = ContentEncryptionAlgorithm::A256GCM;
const SESSION: &str = "session";

type Sealed = Compact<Vec<u8>, Empty>;

pub(super) fn site(settings: &Settings) -> anyhow::Result<Router> {
    let key = settings.key.derive(ENCRYPTION);
    let tokens = SealedTokens {
        signatures: Signatures::new(settings),
        key: Arc::new(JWK::new_octet_key(key.as_slice(), Empty::default())),
    };
    Ok(token_cookie::site(settings.members()?, tokens))
}

#[derive(Clone)]
struct SealedTokens {
    signatures: Signatures,
    key: Arc<JWK<Empty>>,
}

impl Tokens for SealedTokens {
    fn issue(&self, session: &CarriedSession) -> anyhow::Result<String> {
        let signed = self.signatures.sign(SESSION, session, session.remaining())?;
        let header = RegisteredHeader {
            cek_algorithm: DIRECT,
            enc_algorithm: AES,
            content_type: Some("JWT".to_owned()),
            ..RegisteredHeader::default()
        };
        // Random, which allows 2³² tokens for each key (NIST SP 800-38D §8.3).
        let mut nonce = vec![0; NONCE_BYTES];
        getrandom::fill(&mut nonce)?;
        let sealed = Sealed::new_decrypted(header.into(), signed.into_bytes())
            .encrypt(&self.key, &EncryptionOptions::AES_GCM { nonce })?;
        Ok(sealed.encrypted()?.to_string())
    }

    fn read(&self, token: &str) -> Option<CarriedSession> {
        let opened = Sealed::new_encrypted(token).decrypt(&self.key, DIRECT, AES).ok()?;
        let (_, signed) = opened.unwrap_decrypted();
        self.signatures.verify(SESSION, std::str::from_utf8(&signed).ok()?)
    }
}

//! Signed tokens (JWT, RFC 7519) with Ed25519 (RFC 8037), by `jsonwebtoken`, for the approaches that carry them.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::session::keys::Purpose;
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::Error};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::site::{Member, Settings};

/// Signs the tokens, as the seed of an Ed25519 key.
pub const SIGNATURE: Purpose = Purpose::new("lab token ed25519 v1");

/// A session that is kept in its token.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct CarriedSession {
    pub(super) sub: Uuid,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) count: u64,
    /// Its end, in seconds of Unix time
    pub(super) end: i64,
}

impl CarriedSession {
    /// A new session of this member.
    pub(super) fn of(member: Member, lifetime: Duration) -> Self {
        let end = (OffsetDateTime::now_utc() + lifetime).unix_timestamp();
        Self { sub: member.id, name: member.name, role: member.role, count: 0, end }
    }

    /// The same session after one more count.
    pub(super) fn counted(self) -> Self {
        Self { count: self.count + 1, ..self }
    }

    /// The time that is left.
    pub(super) fn remaining(&self) -> Duration {
        Duration::seconds(self.end - OffsetDateTime::now_utc().unix_timestamp())
    }
}

#[derive(Serialize, Deserialize)]
struct Claims<Content> {
    aud: String,
    iat: i64,
    exp: i64,
    #[serde(flatten)]
    content: Content,
}

/// Signs and verifies. Cloning shares the keys.
#[derive(Clone)]
pub(super) struct Signatures {
    signing: Arc<EncodingKey>,
    verifying: Arc<DecodingKey>,
}

impl Signatures {
    /// With the key that all instances share.
    pub(super) fn new(settings: &Settings) -> anyhow::Result<Self> {
        let key = SigningKey::from_bytes(&settings.key.derive(SIGNATURE));
        let public = BASE64_URL_SAFE_NO_PAD.encode(key.verifying_key());
        Ok(Self {
            signing: Arc::new(EncodingKey::from_ed_der(key.to_pkcs8_der()?.as_bytes())),
            verifying: Arc::new(DecodingKey::from_ed_components(&public)?),
        })
    }

    /// A token for this use (`aud`), which ends after `lifetime`.
    pub(super) fn sign<Content: Serialize>(
        &self,
        audience: &str,
        content: &Content,
        lifetime: Duration,
    ) -> Result<String, Error> {
        let now = OffsetDateTime::now_utc();
        let exp = (now + lifetime).unix_timestamp();
        let claims = Claims { aud: audience.to_owned(), iat: now.unix_timestamp(), exp, content };
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &self.signing)
    }

    /// The content of a token of ours for this use, unless it has expired.
    pub(super) fn verify<Content: DeserializeOwned + Clone>(
        &self,
        audience: &str,
        token: &str,
    ) -> Option<Content> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[audience]);
        validation.leeway = 0;
        let decoded = jsonwebtoken::decode(token, &self.verifying, &validation).ok()?;
        let Claims { content, .. } = decoded.claims;
        Some(content)
    }
}

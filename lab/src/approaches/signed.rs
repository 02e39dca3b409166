//! Signed tokens (JWT, RFC 7519) with HMAC-SHA256 (RFC 7518 §3.2), by `jsonwebtoken`, for the approaches that carry them:
//! the site that verifies a token has signed it, so that no other signature is needed, and none is cheaper.

use std::sync::Arc;

use domain::session::keys::Purpose;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::Error};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::site::{Member, Settings};

/// Signs the tokens.
pub const SIGNATURE: Purpose = Purpose::new("lab token hmac-sha256 v1");
const ALGORITHM: Algorithm = Algorithm::HS256;

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
    pub(super) fn new(settings: &Settings) -> Self {
        let key = settings.key.derive(SIGNATURE);
        Self {
            signing: Arc::new(EncodingKey::from_secret(key.as_slice())),
            verifying: Arc::new(DecodingKey::from_secret(key.as_slice())),
        }
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
        jsonwebtoken::encode(&Header::new(ALGORITHM), &claims, &self.signing)
    }

    /// The content of a token of ours for this use, unless it has expired.
    pub(super) fn verify<Content: DeserializeOwned + Clone>(
        &self,
        audience: &str,
        token: &str,
    ) -> Option<Content> {
        let mut validation = Validation::new(ALGORITHM);
        validation.set_audience(&[audience]);
        validation.leeway = 0;
        let decoded = jsonwebtoken::decode(token, &self.verifying, &validation).ok()?;
        let Claims { content, .. } = decoded.claims;
        Some(content)
    }
}

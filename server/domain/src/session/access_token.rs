//! The access token: a short-lived JWT (RFC 7519, RFC 9068, RFC 8725) that names member and session and nothing
//! personal. Its signature rejects forgeries for free; the live-session store tells whether the session is valid right
//! now.

mod signing;

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation,
    jwk::{
        AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, KeyAlgorithm,
        OctetKeyPairParameters, OctetKeyPairType, PublicKeyUse,
    },
};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;
use zeroize::Zeroizing;

use self::signing::{Signing, header, signing_key};
use super::{
    MemberId, Refusal, SessionId,
    keys::{Key, KeyRing, Purpose},
};

/// The `typ` of an access token (RFC 9068 §2.1).
const TYPE: &str = "at+jwt";
/// Tolerated error of an instance's clock. A token is valid from so long before it was issued, and accepted so long
/// before that: two instances may differ by twice as much.
pub const LEEWAY: Duration = Duration::from_secs(5);
/// The longest token that is decoded; none of ours is longer.
const MAX_BYTES: usize = 2048;
/// Signs access tokens, as the seed of an Ed25519 key (RFC 8032).
pub const ACCESS_TOKEN: Purpose = Purpose::new("genkan access token ed25519 v1");

/// Verified tokens that are remembered, some 200 bytes each. A signature costs thirty times as much as remembering it.
const REMEMBERED: usize = 10_000;

/// Claims of a verified access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessClaims {
    /// The member
    pub member_id: MemberId,
    /// The session
    pub session_id: SessionId,
    /// The refresh token's generation that it was issued with
    pub generation: u32,
    /// Time of its expiry
    pub expires_at: OffsetDateTime,
}

/// An access token that was just issued.
#[derive(derive_more::Debug, Clone)]
#[debug("IssuedAccessToken(redacted)")]
pub struct IssuedAccessToken {
    token: Zeroizing<String>,
    /// The time until it expires
    pub expires_in: Duration,
}

impl IssuedAccessToken {
    /// The JWT, for the cookie only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.token
    }
}

/// Error of a token that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessTokenError {
    /// Not one that we issued.
    Invalid,
    /// Issued by us, and expired.
    Expired(AccessClaims),
}

impl From<AccessTokenError> for Refusal {
    fn from(error: AccessTokenError) -> Self {
        match error {
            AccessTokenError::Invalid => Self::Invalid,
            AccessTokenError::Expired(_) => Self::AccessExpired,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    sid: Uuid,
    #[serde(rename = "gen")]
    generation: u32,
    jti: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Content of a new access token.
#[derive(Debug, Clone, Copy)]
pub struct AccessGrant {
    /// The member
    pub member_id: MemberId,
    /// The session
    pub session_id: SessionId,
    /// The refresh token's generation
    pub generation: u32,
    /// Latest expiry
    pub absolute_end: OffsetDateTime,
}

/// Issues and verifies access tokens.
#[derive(derive_more::Debug)]
#[debug("AccessTokens(redacted)")]
pub struct AccessTokens {
    issuer: String,
    lifetime: Duration,
    signing: Signing,
    verifying: Vec<(Header, DecodingKey)>,
    /// Tokens whose signature was verified, by their SHA-256: a token is kept nowhere
    verified: Cache<[u8; 32], Issued>,
    public_keys: Vec<Jwk>,
}

/// A token that we have issued, at whatever time.
#[derive(Clone, Copy)]
struct Issued {
    claims: AccessClaims,
    not_before: i64,
}

impl AccessTokens {
    /// Derives the keys, once. `issuer` is the site's own address; it is the audience too.
    #[must_use]
    pub fn new(keys: &KeyRing, issuer: &str, lifetime: Duration) -> Self {
        let (verifying, public_keys) = keys
            .iter()
            .map(|key| {
                let jwk = public_key(key);
                let decoding = DecodingKey::from_jwk(&jwk).expect("it is an Ed25519 key");
                ((header(key), decoding), jwk)
            })
            .unzip();
        Self {
            issuer: issuer.to_owned(),
            lifetime,
            signing: Signing::new(keys.signing()),
            verifying,
            verified: Cache::new(REMEMBERED),
            public_keys,
        }
    }

    /// A new token. It expires after the access lifetime or with the session, whichever comes first.
    #[must_use]
    pub fn issue(&self, grant: AccessGrant, now: OffsetDateTime) -> IssuedAccessToken {
        let issued = now.unix_timestamp();
        let lifetime = i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX);
        let expires =
            issued.saturating_add(lifetime).min(grant.absolute_end.unix_timestamp()).max(issued);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            sub: grant.member_id.0,
            sid: grant.session_id.0,
            generation: grant.generation,
            jti: Uuid::new_v4(),
            iat: issued,
            nbf: issued - i64::try_from(LEEWAY.as_secs()).unwrap_or(0),
            exp: expires,
        };
        IssuedAccessToken {
            token: Zeroizing::new(self.signing.sign(&claims)),
            expires_in: Duration::from_secs(u64::try_from(expires - issued).unwrap_or(0)),
        }
    }

    /// Verifies a token from a request.
    ///
    /// # Errors
    /// [`AccessTokenError`]: everything that is not exactly as we issue it is `Invalid`.
    pub fn verify(
        &self,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<AccessClaims, AccessTokenError> {
        let Issued { claims, not_before } = self.issued(token).ok_or(AccessTokenError::Invalid)?;
        let leeway = i64::try_from(LEEWAY.as_secs()).unwrap_or(0);
        if not_before > now.unix_timestamp() + leeway {
            return Err(AccessTokenError::Invalid);
        }
        if claims.expires_at.unix_timestamp() <= now.unix_timestamp() {
            return Err(AccessTokenError::Expired(claims));
        }
        Ok(claims)
    }

    /// The token's content, if we have issued it. What is true of it at every time is checked once.
    fn issued(&self, token: &str) -> Option<Issued> {
        if token.len() > MAX_BYTES {
            return None;
        }
        let hash = Sha256::digest(token).into();
        if let Some(issued) = self.verified.get(&hash) {
            return Some(issued);
        }
        let issued = self.verify_signature(token)?;
        self.verified.insert(hash, issued);
        Some(issued)
    }

    fn verify_signature(&self, token: &str) -> Option<Issued> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        // RFC 8725 §3.1, §3.10 and §3.11: we choose algorithm, type and key, not the token. A header with anything else
        // in it, such as `jwk`, `jku`, `x5u` or `crit`, is not ours, whoever signed it.
        let (_, key) = self.verifying.iter().find(|(known, _)| *known == header)?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &self.validation()).ok()?.claims;
        if claims.iat > claims.exp || claims.generation == 0 {
            return None;
        }
        let verified = AccessClaims {
            member_id: MemberId(claims.sub),
            session_id: SessionId(claims.sid),
            generation: claims.generation,
            expires_at: OffsetDateTime::from_unix_timestamp(claims.exp).ok()?,
        };
        Some(Issued { claims: verified, not_before: claims.nbf })
    }

    /// The public half of every key, for `/.well-known/jwks.json`.
    #[must_use]
    pub fn public_keys(&self) -> &[Jwk] {
        &self.public_keys
    }

    /// Checks that the library makes. Times are checked by us, by the caller's clock, so that an expired token still
    /// names its member.
    fn validation(&self) -> Validation {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.issuer]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation
    }
}

/// The public half (RFC 7517, RFC 8037).
fn public_key(key: &Key) -> Jwk {
    let x = BASE64_URL_SAFE_NO_PAD.encode(signing_key(key).verifying_key());
    Jwk {
        common: CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::EdDSA),
            key_id: Some(key.id().to_owned()),
            ..CommonParameters::default()
        },
        algorithm: AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x,
        }),
    }
}

#[cfg(test)]
mod tests;

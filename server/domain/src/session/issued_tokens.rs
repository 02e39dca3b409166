//! The tokens that a browser gets.

use std::time::Duration;

use zeroize::Zeroizing;

use super::{MemberId, Persistence, SessionId, access_token::IssuedAccessToken};

/// Both tokens of a session, for the cookies only.
#[derive(Clone, derive_more::Debug)]
pub struct IssuedTokens {
    /// The session
    pub session_id: SessionId,
    /// The member
    pub member_id: MemberId,
    /// The access token
    #[debug(skip)]
    pub access: IssuedAccessToken,
    /// The refresh token
    #[debug(skip)]
    pub refresh: Zeroizing<String>,
    /// Lifetime of the cookies
    pub persistence: Persistence,
    /// The time until the session's absolute end
    pub session_expires_in: Duration,
}

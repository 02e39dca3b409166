//! Everything that the session protocol works with, in one value.

use std::sync::Arc;

use super::{
    Client, IssuedTokens, Lifetimes,
    access_token::AccessTokens,
    keys::KeyRing,
    ports::{LiveSessions, RefreshLimit, ReuseNotice, Sessions},
    refresh_error::RefreshError,
    refresh_token::RefreshToken,
    single_flight::SingleFlight,
};

/// Refreshes with the same key may share one answer: the whole token, both MACs included, and the browser. A token that
/// only names the same generation may be forged, and a replay from elsewhere has to be counted.
pub(crate) type RefreshKey = (RefreshToken, Client);

/// The ports, keys and settings of the session protocol. Cloning shares them.
#[derive(Clone)]
pub struct Resources {
    /// Session rows
    pub rows: Arc<dyn Sessions>,
    /// The live-session store
    pub live: Arc<dyn LiveSessions>,
    /// Limits refreshes
    pub refresh_limit: Arc<dyn RefreshLimit>,
    /// Informs members of reuse
    pub reuse_notice: Arc<dyn ReuseNotice>,
    /// Refreshes under way in this instance
    pub refreshes: SingleFlight<RefreshKey, Result<IssuedTokens, RefreshError>>,
    /// Keys of the refresh tokens
    pub keys: KeyRing,
    /// Access tokens, with their keys derived once
    pub access_tokens: Arc<AccessTokens>,
    /// Timeouts and lifetimes
    pub lifetimes: Lifetimes,
    /// Maximum of open sessions of a member, at most [`NAMED_MAX`](super::ports::NAMED_MAX)
    pub sessions_max: u32,
}

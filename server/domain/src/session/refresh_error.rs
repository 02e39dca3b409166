//! Errors of a refresh, and what each means for the browser's cookies.

use super::{
    EndReason, Refusal, StoreError, ports::RefreshedTooOften, refresh_token::RefreshTokenError,
};

/// Reason why a refresh was refused.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RefreshError {
    /// Signed by a key that this instance does not know; another instance may.
    #[error("the refresh token's key is not known here")]
    UnknownKey,
    /// Not one that we issued, or one of a session that does not exist.
    #[error("the refresh token is not one of ours")]
    Invalid,
    /// One that we issued, further ahead of its row than a failover explains.
    #[error("the refresh token is too far ahead of its row")]
    TooFarAhead,
    /// The session is over.
    #[error("the session has ended: {}", .0.as_str())]
    Ended(EndReason),
    /// The session was refreshed too often. Nothing was consumed; the same token works again.
    #[error(transparent)]
    Limited(#[from] RefreshedTooOften),
    /// A store is unavailable. Nothing was consumed; the same token works again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The row changed during every attempt. Nothing was consumed.
    #[error("the session row kept changing")]
    Contended,
}

/// Consequence of a refused refresh for the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The tokens are worth nothing: remove the cookies.
    RemoveCookies(Refusal),
    /// Refused here and now, but the tokens may be good: keep the cookies. During a rolling deploy another instance may
    /// have the key; after a restored backup, the token still proves how far the session had advanced.
    KeepCookies(Refusal),
    /// Too often; keep the cookies.
    Limited(RefreshedTooOften),
    /// Nothing is known about the session: the browser keeps the cookies and retries.
    Unavailable,
}

impl RefreshError {
    /// The verdict, the same for every caller.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Ended(reason) => Verdict::RemoveCookies(Refusal::Ended(*reason)),
            Self::Invalid => Verdict::RemoveCookies(Refusal::Invalid),
            Self::UnknownKey | Self::TooFarAhead => Verdict::KeepCookies(Refusal::Invalid),
            Self::Limited(limited) => Verdict::Limited(*limited),
            Self::Store(_) | Self::Contended => Verdict::Unavailable,
        }
    }

    pub(super) fn counted_as(&self) -> &'static str {
        match self {
            Self::UnknownKey => "unknown_key",
            Self::Invalid => "invalid",
            Self::TooFarAhead => "too_far_ahead",
            Self::Ended(reason) => reason.as_str(),
            Self::Limited(_) => "rate_limited",
            Self::Store(_) => "store_error",
            Self::Contended => "contended",
        }
    }
}

impl From<RefreshTokenError> for RefreshError {
    fn from(error: RefreshTokenError) -> Self {
        match error {
            RefreshTokenError::UnknownKey => Self::UnknownKey,
            RefreshTokenError::Invalid => Self::Invalid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_end_or_a_forgery_removes_the_cookies() {
        let removed = |refusal| Verdict::RemoveCookies(refusal);
        for reason in EndReason::ALL.iter().copied() {
            assert_eq!(RefreshError::Ended(reason).verdict(), removed(Refusal::Ended(reason)));
        }
        assert_eq!(RefreshError::Invalid.verdict(), removed(Refusal::Invalid));
        let limited = RefreshedTooOften { retry_after: std::time::Duration::from_secs(5) };
        for error in [
            RefreshError::UnknownKey,
            RefreshError::TooFarAhead,
            RefreshError::Limited(limited),
            RefreshError::Store(StoreError::new("find", "broken on purpose")),
            RefreshError::Contended,
        ] {
            assert!(!matches!(error.verdict(), Verdict::RemoveCookies(_)), "{error:?}");
        }
    }
}

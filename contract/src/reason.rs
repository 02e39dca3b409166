use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::EndReason;

/// Reason why a request was not carried out: the `reason` of problem details (RFC 9457).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Reason {
    /// 422: some field was not accepted; `errors` says which and why.
    InvalidFields,
    /// The request could not be read.
    Malformed,
    /// 401: address or password is wrong.
    BadCredentials,
    /// 401: no token was presented.
    NoToken,
    /// 401: the token was not issued by this site.
    Invalid,
    /// 401: the access token has expired; a refresh replaces it.
    AccessExpired,
    /// 401: the live-session store does not know the session; a refresh restores it.
    NotLive,
    /// 401: the session is over, as [`EndReason::Logout`].
    Logout,
    /// 401: as [`EndReason::Revoked`].
    Revoked,
    /// 401: as [`EndReason::PasswordChanged`].
    PasswordChanged,
    /// 401: as [`EndReason::Idle`].
    Idle,
    /// 401: as [`EndReason::Absolute`].
    Absolute,
    /// 401: as [`EndReason::Reuse`].
    Reuse,
    /// 401 as [`EndReason::Suspended`]; 403: the right password of a suspended member.
    Suspended,
    /// 401: as [`EndReason::Deleted`].
    Deleted,
    /// 403: another site made the browser send it.
    CrossSite,
    /// 404: it does not exist, or is somebody else's.
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 409: the page was rendered for another session than the one that the browser has now.
    OtherSession,
    /// 413: more than is accepted at once.
    TooLarge,
    /// 415
    UnsupportedMediaType,
    /// 429: too often for now.
    RateLimited,
    /// 500: a defect of this site.
    Internal,
    /// 503: a store is unavailable.
    Unavailable,
    /// 503: too many passwords are being hashed.
    Busy,
    /// 503: the mail server did not take the mail.
    MailFailed,
    /// No answer came. Used only in the browser.
    Offline,
}

names!(Reason);

impl From<EndReason> for Reason {
    fn from(reason: EndReason) -> Self {
        match reason {
            EndReason::Logout => Self::Logout,
            EndReason::Revoked => Self::Revoked,
            EndReason::PasswordChanged => Self::PasswordChanged,
            EndReason::Idle => Self::Idle,
            EndReason::Absolute => Self::Absolute,
            EndReason::Reuse => Self::Reuse,
            EndReason::Suspended => Self::Suspended,
            EndReason::Deleted => Self::Deleted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_has_the_same_name_as_a_reason() {
        for end in EndReason::ALL {
            assert_eq!(Reason::from(*end).as_str(), end.as_str());
        }
    }
}

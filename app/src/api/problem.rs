//! The one error that goes over the wire: problem details (RFC 9457) with a `reason` that programs and
//! pages act on, and for a form the code of what is wrong, by field.

use std::{collections::BTreeMap, fmt, time::Duration};

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

/// A request that was not carried out.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    miniserde::Serialize,
    miniserde::Deserialize,
)]
pub struct Problem {
    /// The HTTP status; 0 if no answer came at all
    pub status: u16,
    /// The status in words
    pub title: String,
    /// What to act on
    pub reason: String,
    /// What is wrong, by field
    pub errors: BTreeMap<String, String>,
    /// Seconds until it may be tried again, if a limit was reached
    pub retry_after: Option<u64>,
}

/// Some field was not accepted; `errors` says which and why.
pub const INVALID_FIELDS: &str = "invalid_fields";
/// The request could not be read.
pub const MALFORMED: &str = "malformed";
/// A store, or all hashers, cannot be had right now.
pub const UNAVAILABLE: &str = "unavailable";
/// Too many at once.
pub const BUSY: &str = "busy";
/// Too often for now.
pub const RATE_LIMITED: &str = "rate_limited";
/// The mail was not taken.
pub const MAIL_FAILED: &str = "mail_failed";
/// Address or password is wrong.
pub const BAD_CREDENTIALS: &str = "bad_credentials";
/// The right password of a member who is shut out.
pub const SUSPENDED: &str = "suspended";
/// Another site made the browser send it.
pub const CROSS_SITE: &str = "cross_site";
/// More than we take at once.
pub const TOO_LARGE: &str = "too_large";
/// No answer came: no network, or the server is away.
pub const OFFLINE: &str = "offline";
/// The page was rendered for another session than the one that the browser has by now.
pub const OTHER_SESSION: &str = "other_session";
/// There is no such thing, or it is somebody else's.
pub const NOT_FOUND: &str = "not_found";
/// We did something wrong.
pub const INTERNAL: &str = "internal";

impl Problem {
    /// A problem without fields.
    #[must_use]
    pub fn new(status: u16, reason: &str) -> Self {
        Self {
            status,
            title: title_of(status).to_owned(),
            reason: reason.to_owned(),
            errors: BTreeMap::new(),
            retry_after: None,
        }
    }

    /// What a status means whose sender gave no reason.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        let reason = match status {
            404 => NOT_FOUND,
            405 => "method_not_allowed",
            413 => TOO_LARGE,
            415 => "unsupported_media_type",
            429 => RATE_LIMITED,
            400..500 => MALFORMED,
            503 => UNAVAILABLE,
            _ => INTERNAL,
        };
        Self::new(status, reason)
    }

    /// Whether the session, and not what was typed, is why: logging in heals it.
    #[must_use]
    pub fn is_signed_out(&self) -> bool {
        self.status == 401 && self.reason != BAD_CREDENTIALS
    }

    /// Whether it is the network's or the stores'. What was sent may have been carried out all the same.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        [0, 503].contains(&self.status)
    }

    /// It came too often; one more is taken after that time.
    #[must_use]
    pub fn rate_limited(retry_after: Duration) -> Self {
        // Rounded up: who comes back by then is let through.
        let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
        Self { retry_after: Some(seconds.max(1)), ..Self::new(429, RATE_LIMITED) }
    }

    /// The store could not say.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::new(503, UNAVAILABLE)
    }
}

/// No page shows it, so the browser's half needs none.
#[cfg(not(feature = "ssr"))]
fn title_of(_status: u16) -> &'static str {
    ""
}

#[cfg(feature = "ssr")]
fn title_of(status: u16) -> &'static str {
    let status = axum::http::StatusCode::from_u16(status).ok();
    status.and_then(|status| status.canonical_reason()).unwrap_or("Unknown")
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.reason)
    }
}

impl std::error::Error for Problem {}

impl FromServerFnError for Problem {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            // `Deserialization`: the body is not UTF-8.
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => Self::new(422, MALFORMED),
            _ => Self::new(500, INTERNAL),
        }
    }
}

#[cfg(feature = "ssr")]
mod from_domain {
    use domain::{
        credentials::password::HashError,
        fields::{FieldErrors, FieldProblem},
        limits::{HASH_RETRY_AFTER, Limited},
        ports::{MailError, StoreError},
        session::Refusal,
    };

    use super::{BUSY, INTERNAL, INVALID_FIELDS, MAIL_FAILED, Problem};

    impl From<FieldErrors> for Problem {
        fn from(errors: FieldErrors) -> Self {
            let mut problem = Self::new(422, INVALID_FIELDS);
            problem.errors = errors
                .iter()
                .map(|(field, what)| (field.to_owned(), what.as_str().to_owned()))
                .collect();
            problem
        }
    }

    impl From<Refusal> for Problem {
        fn from(refusal: Refusal) -> Self {
            Self::new(401, refusal.as_str())
        }
    }

    impl From<Limited> for Problem {
        fn from(limited: Limited) -> Self {
            Self::rate_limited(limited.retry_after)
        }
    }

    // The boundary where a failure is handled is where it is logged, once.
    impl From<StoreError> for Problem {
        fn from(error: StoreError) -> Self {
            tracing::error!(error = &error as &dyn std::error::Error, "store.failed");
            Self::unavailable()
        }
    }

    impl From<HashError> for Problem {
        fn from(error: HashError) -> Self {
            match error {
                HashError::Busy => Self::new(503, BUSY),
                HashError::TooManyFromAddress => Self::rate_limited(HASH_RETRY_AFTER),
                HashError::Failed(what) => Self::internal(&what),
            }
        }
    }

    impl From<MailError> for Problem {
        fn from(error: MailError) -> Self {
            match error {
                // Whoever typed the address can mend it, and nobody else.
                MailError::Undeliverable(_) => {
                    tracing::info!(error = &error as &dyn std::error::Error, "mail.refused");
                    FieldErrors::one("email", FieldProblem::Undeliverable).into()
                }
                MailError::Failed(_) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "mail.failed");
                    Self::new(503, MAIL_FAILED)
                }
            }
        }
    }

    impl Problem {
        /// Something broke that is nobody's doing.
        #[must_use]
        pub fn internal(what: &str) -> Self {
            tracing::error!(what, "internal.failed");
            Self::new(500, INTERNAL)
        }
    }
}

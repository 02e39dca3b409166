//! The one error on the wire: problem details (RFC 9457) with a `reason` that programs and pages act on, and the
//! problems of a form's fields.

use std::{collections::BTreeMap, fmt, time::Duration};

use axum::http::StatusCode;
use contract::{FieldProblem, Reason};
use domain::{
    StoreError,
    credentials::{password::HashError, prove_password::ProveError},
    fields::FieldErrors,
    limits::{HASH_RETRY_AFTER, Limited},
    mail::ports::MailError,
    session::{Refusal, ports::RefreshedTooOften},
};
use serde::{Deserialize, Serialize};

use crate::{
    i18n::Locale,
    words::{field_words, form_words},
};

/// A request that was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The HTTP status
    pub status: u16,
    pub reason: Reason,
    /// Problems of fields, by name
    pub errors: BTreeMap<String, FieldProblem>,
    /// Seconds until the next attempt is accepted, if a limit was reached
    pub retry_after: Option<u64>,
}

/// A [`Problem`] as it is sent: with words in the request's language, for a page to show unchanged.
#[derive(Serialize)]
pub(crate) struct WordedProblem<'a> {
    #[serde(flatten)]
    problem: &'a Problem,
    /// The status in words
    title: &'static str,
    /// The problem of the form as a whole, unless its fields say it all
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The problems of fields in words
    messages: BTreeMap<&'a str, String>,
}

/// The reader of a problem's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A script of a page, which shows them there.
    Page,
    /// Any other program. It gets them without the zero-width spaces at which a page's lines break.
    Program,
}

impl Problem {
    /// A problem without fields.
    #[must_use]
    pub fn new(status: u16, reason: Reason) -> Self {
        Self { status, reason, errors: BTreeMap::new(), retry_after: None }
    }

    /// The problem of a status without a reason.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        let reason = match status {
            404 => Reason::NotFound,
            405 => Reason::MethodNotAllowed,
            413 => Reason::TooLarge,
            415 => Reason::UnsupportedMediaType,
            429 => Reason::RateLimited,
            400..500 => Reason::Malformed,
            503 => Reason::Unavailable,
            _ => Reason::Internal,
        };
        Self::new(status, reason)
    }

    /// A form that cannot be read.
    #[must_use]
    pub fn malformed() -> Self {
        Self::new(422, Reason::Malformed)
    }

    /// Returns whether the session is the reason, and not what was typed: logging in resolves it.
    #[must_use]
    pub fn is_signed_out(&self) -> bool {
        self.status == 401 && self.reason != Reason::BadCredentials
    }

    /// A limit was reached; after that time one more is accepted.
    #[must_use]
    pub fn rate_limited(retry_after: Duration) -> Self {
        // Rounded up, so that a client that waits this long is accepted.
        let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
        Self { retry_after: Some(seconds.max(1)), ..Self::new(429, Reason::RateLimited) }
    }

    /// A store is unavailable.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::new(503, Reason::Unavailable)
    }

    /// A defect of this site.
    #[must_use]
    pub fn internal(what: &str) -> Self {
        tracing::error!(what, "internal.failed");
        Self::new(500, Reason::Internal)
    }

    /// Adds words in this language.
    pub(crate) fn in_words(
        &self,
        locale: Locale,
        reader: Reader,
        password_min: usize,
    ) -> WordedProblem<'_> {
        let read = |words: String| match reader {
            Reader::Page => words,
            Reader::Program => words.replace('\u{200b}', ""),
        };
        let words = |(field, problem): (&'_ String, &FieldProblem)| {
            read(field_words(locale, field, *problem, password_min))
        };
        let status = StatusCode::from_u16(self.status).ok();
        WordedProblem {
            problem: self,
            title: status.and_then(|status| status.canonical_reason()).unwrap_or("Unknown"),
            detail: form_words(locale, self).map(read),
            messages: self.errors.iter().map(|error| (error.0.as_str(), words(error))).collect(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.reason)
    }
}

impl std::error::Error for Problem {}

impl From<FieldErrors> for Problem {
    fn from(errors: FieldErrors) -> Self {
        let errors = errors.iter().map(|(field, problem)| (field.to_owned(), problem)).collect();
        Self { errors, ..Self::new(422, Reason::InvalidFields) }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::new(401, refusal.reason())
    }
}

impl From<Limited> for Problem {
    fn from(limited: Limited) -> Self {
        Self::rate_limited(limited.retry_after)
    }
}

impl From<RefreshedTooOften> for Problem {
    fn from(limited: RefreshedTooOften) -> Self {
        Self::rate_limited(limited.retry_after)
    }
}

// The boundary where a failure is handled is where it is logged, once.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %domain::causes(&error), "store.failed");
        Self::unavailable()
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::new(503, Reason::Busy),
            HashError::TooManyFromAddress => Self::rate_limited(HASH_RETRY_AFTER),
            HashError::Failed(what) => Self::internal(&what),
        }
    }
}

impl From<ProveError> for Problem {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::Fields(errors) => errors.into(),
            ProveError::Ended(reason) => Refusal::Ended(reason).into(),
            ProveError::Hash(error) => error.into(),
            ProveError::Store(error) => error.into(),
        }
    }
}

impl From<MailError> for Problem {
    fn from(error: MailError) -> Self {
        match error {
            // Nobody but the member who typed the address can correct it.
            MailError::Undeliverable(_) => {
                tracing::info!(error = %domain::causes(&error), "mail.refused");
                FieldErrors::one("email", FieldProblem::Undeliverable).into()
            }
            MailError::Failed(_) => {
                tracing::error!(error = %domain::causes(&error), "mail.failed");
                Self::new(503, Reason::MailFailed)
            }
        }
    }
}

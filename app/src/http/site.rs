//! The process's state and stores, as far as HTTP needs them.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use domain::{Resources, StoreError, session::clock::WrongClock};
use leptos::config::LeptosOptions;
use tower_sessions::{Session, session::Id};

use crate::{
    assets::Assets,
    http::layers::{refusals::Refusals, strangers::StrangersPages},
    letters::RenderedMail,
};

/// The state of routes and layers. They share an `Arc`, which each layer clones for each request.
pub struct Site {
    pub resources: Arc<Resources>,
    pub settings: Settings,
    pub stores: Box<dyn Stores>,
    pub draining: Draining,
    pub refusals: Refusals,
    pub strangers: StrangersPages,
    pub leptos: LeptosOptions,
    pub assets: Assets,
}

/// The configuration, as far as HTTP is concerned.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The site's origin (RFC 6454) in browsers, without a trailing slash
    pub origin: String,
    /// Browsers keep `Secure` cookies of that origin
    pub keeps_secure_cookies: bool,
    /// Proxies in front that append to `X-Forwarded-For`
    pub trusted_hops: usize,
    /// In bytes
    pub body_limit: usize,
    /// A URL for reports of vulnerabilities (RFC 9116 §2.5.3)
    pub security_contact: String,
    /// Mails are kept in a mailbox that developers read, instead of sent
    pub has_mailbox: bool,
}

/// Whether the instance is shutting down. Clones share the answer.
#[derive(Debug, Clone, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// Makes `/health/ready` ask balancers to send no further requests.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Reason for which an instance should get no requests.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// A store is unavailable or refuses writes.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Other instances refuse this one's tokens, and it theirs.
    #[error(transparent)]
    Clock(#[from] WrongClock),
}

impl NotReady {
    /// The words for `/health/ready`.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Store(_) => "a store does not answer",
            Self::Clock(_) => "the clock is wrong",
        }
    }
}

/// The stores, besides the domain's ports.
#[async_trait]
pub trait Stores: Send + Sync {
    /// The visitor session with this id, or a new one.
    fn visitor_session(&self, id: Option<Id>) -> Session;

    /// Returns whether the store has room for another visitor record; `false` if it is unavailable.
    async fn has_room_for_visitors(&self) -> bool;

    /// Checks that every store is available and accepts writes, and that this machine's clock is right.
    ///
    /// # Errors
    /// [`NotReady`]
    async fn check(&self) -> Result<(), NotReady>;

    /// All mails in the development mailbox, newest last.
    ///
    /// # Errors
    /// The store is unavailable.
    async fn mails(&self) -> Result<Vec<RenderedMail>, StoreError>;
}

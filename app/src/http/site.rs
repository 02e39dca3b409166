//! What HTTP needs of the process around it.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Resources, StoreError};
use leptos::config::LeptosOptions;
use tower_sessions::{Session, session::Id};

use crate::{
    assets::Assets,
    http::layers::{refusals::Refusals, strangers::StrangersPages},
    letters::RenderedMail,
};

/// The site as the routes and layers know it. Their state is an `Arc` of it: each layer of each request clones that.
pub struct Site {
    pub resources: Arc<Resources>,
    pub settings: Settings,
    pub stores: Box<dyn Stores>,
    pub refusals: Refusals,
    pub strangers: StrangersPages,
    pub leptos: LeptosOptions,
    pub assets: Assets,
}

/// The configuration, as far as HTTP is concerned.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The origin (RFC 6454) that browsers know the site by, without a trailing slash
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

/// The stores, besides the domain's ports.
#[async_trait]
pub trait Stores: Send + Sync {
    /// The visitor session with this id, or a new one.
    fn visitor_session(&self, id: Option<Id>) -> Session;

    /// Returns whether the store has room for one more visitor record. An unavailable store has none.
    async fn has_room_for_visitors(&self) -> bool;

    /// Checks that every store is available and takes writes.
    ///
    /// # Errors
    /// One of them is or does not.
    async fn check(&self) -> Result<(), StoreError>;

    /// All mails in the development mailbox, newest last.
    ///
    /// # Errors
    /// The store is unavailable.
    async fn mails(&self) -> Result<Vec<RenderedMail>, StoreError>;
}

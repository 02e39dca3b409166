//! The record of a visitor session during one request: its size, its lifetime, and when it is saved.
//!
//! **Architecture Invariant:** anybody can create a record, in the store that holds the live sessions. So a record is
//! bounded, lives for minutes unless it holds a member's form, and is created only while there is room.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::http::HeaderValue;
use cookie::time::Duration;
use serde::{Serialize, de::DeserializeOwned};
use tower_sessions::{Expiry, Session, session::Error};

use crate::http::cookies;

/// The longest record in the store, in bytes.
pub const RECORD_MAX: usize = 4096;
/// The most bytes that encryption, the key's id and the expiry add.
const WRAPPING: usize = 192;
/// The lifetime of a visitor's form and of notices.
const ANONYMOUS: Duration = Duration::minutes(10);
/// The lifetime of a pending sign-up, long enough for the mail and perhaps a second code.
const SIGN_UP: Duration = Duration::minutes(30);
/// The lifetime of a member's form, which waits for a log-in.
const MEMBERS: Duration = Duration::hours(1);

pub(super) const FLASH: &str = "flash";
/// A member's form. It is kept apart from the flash, which may be the form of a failed log-in by then.
pub(super) const MEMBERS_FORM: &str = "members_form";
pub(super) const CONFIRMATION: &str = "confirmation";
pub(super) const END: &str = "left_end";
/// Set if the request that wrote the record had a token of ours.
const KNOWN: &str = "known";
/// All keys of a record.
const KEYS: [&str; 5] = [FLASH, MEMBERS_FORM, CONFIRMATION, END, KNOWN];

/// Room for another record in the store, for the client of a request.
#[async_trait]
pub(super) trait Room: Send + Sync {
    /// Takes the room, or returns `false` if there is none now.
    async fn take(&self) -> bool;
}

/// The record of one request.
pub struct VisitorRecord {
    session: Session,
    came_along: bool,
    room: Box<dyn Room>,
    has_room: AtomicBool,
    is_known: AtomicBool,
    is_changed: AtomicBool,
    is_saved: AtomicBool,
}

impl VisitorRecord {
    /// The record of this session. `came_along`: the browser sent its cookie.
    #[must_use]
    pub(super) fn new(session: Session, came_along: bool, room: Box<dyn Room>) -> Self {
        Self {
            session,
            came_along,
            room,
            has_room: AtomicBool::new(false),
            is_known: AtomicBool::new(false),
            is_changed: AtomicBool::new(false),
            is_saved: AtomicBool::new(false),
        }
    }

    /// Saves the changes after the response. Returns the cookie to set, or `None` if it stays as it is.
    pub async fn settle(&self) -> Option<HeaderValue> {
        if !is(&self.is_changed) && !is(&self.is_saved) {
            // The record was not used, or the cookie's record no longer exists.
            let is_gone = self.came_along && self.session.is_empty().await;
            return is_gone.then(cookies::visitor_removal_cookie);
        }
        self.stored().await.unwrap_or_else(super::lost)
    }

    async fn stored(&self) -> Result<Option<HeaderValue>, Error> {
        if self.is_blank().await? {
            if self.session.id().is_some() {
                self.session.delete().await?;
            }
            return Ok(self.came_along.then(cookies::visitor_removal_cookie));
        }
        if is(&self.is_changed) {
            self.save().await?;
        }
        let lifetime = self.lifetime().await?;
        Ok(self.session.id().map(|id| cookies::visitor_cookie(&id.to_string(), lifetime)))
    }

    /// Records that the request has a token of ours, expired or not.
    pub(super) fn make_known(&self) {
        self.is_known.store(true, Ordering::Relaxed);
    }

    /// Returns whether this request, or one that wrote the record, had a token of ours.
    pub(super) async fn is_known(&self) -> Result<bool, Error> {
        Ok(is(&self.is_known) || self.session.get_value(KNOWN).await?.is_some())
    }

    /// The value under `key`.
    pub(super) async fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        self.session.get(key).await
    }

    /// Keeps a value. Returns `false` and changes nothing if it is too long, or there is no room for a new record.
    pub(super) async fn put(&self, key: &str, value: &impl Serialize) -> Result<bool, Error> {
        let before = self.session.get_value(key).await?;
        self.session.insert(key, value).await?;
        if is(&self.is_known) {
            self.session.insert(KNOWN, true).await?;
        }
        if self.is_too_long().await? || !self.has_room().await {
            match before {
                Some(before) => self.session.insert_value(key, before).await?,
                None => self.session.remove_value(key).await?,
            };
            if self.session.id().is_none() && !is(&self.has_room) {
                self.session.remove_value(KNOWN).await?;
            }
            return Ok(false);
        }
        self.change();
        Ok(true)
    }

    /// Removes the value under `key`.
    pub(super) async fn remove(&self, key: &str) -> Result<(), Error> {
        // Removing a missing value would count as a change, and be saved on every page.
        if self.session.get_value(key).await?.is_some() {
            self.session.remove_value(key).await?;
            self.change();
        }
        Ok(())
    }

    /// Removes everything.
    pub(super) async fn clear(&self) -> Result<(), Error> {
        for key in KEYS {
            self.remove(key).await?;
        }
        Ok(())
    }

    /// Gives the record a new id.
    pub(super) async fn renew(&self) -> Result<(), Error> {
        // Loads the record; one that no longer exists loses its id.
        self.session.get_value(FLASH).await?;
        if self.session.id().is_some() {
            self.session.cycle_id().await?;
            self.has_room.store(true, Ordering::Relaxed);
            self.change();
        }
        Ok(())
    }

    /// Saves the record at once, so that the response can depend on it.
    pub(super) async fn save(&self) -> Result<(), Error> {
        self.session.set_expiry(Some(Expiry::OnInactivity(self.lifetime().await?)));
        self.session.save().await?;
        self.is_changed.store(false, Ordering::Relaxed);
        self.is_saved.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn change(&self) {
        self.is_changed.store(true, Ordering::Relaxed);
    }

    /// Returns whether there is room, which only a new record needs.
    async fn has_room(&self) -> bool {
        if self.session.id().is_some() || is(&self.has_room) {
            return true;
        }
        let has_room = self.room.take().await;
        self.has_room.store(has_room, Ordering::Relaxed);
        has_room
    }

    async fn is_too_long(&self) -> Result<bool, Error> {
        let mut bytes = 0;
        for key in KEYS {
            if let Some(value) = self.session.get_value(key).await? {
                // As JSON: `"key":value,`
                bytes += key.len() + value.to_string().len() + 4;
            }
        }
        Ok(bytes > RECORD_MAX - WRAPPING)
    }

    async fn is_blank(&self) -> Result<bool, Error> {
        for key in KEYS {
            if self.session.get_value(key).await?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn lifetime(&self) -> Result<Duration, Error> {
        for (key, lifetime) in [(MEMBERS_FORM, MEMBERS), (CONFIRMATION, SIGN_UP)] {
            if self.session.get_value(key).await?.is_some() {
                return Ok(lifetime);
            }
        }
        Ok(ANONYMOUS)
    }
}

fn is(flag: &AtomicBool) -> bool {
    flag.load(Ordering::Relaxed)
}

//! The channel between the tabs of one browser: a `BroadcastChannel`, and `localStorage` for pages that could not listen:
//! those in the back/forward cache and frozen ones. In browsers without the channel, the storage's event replaces it.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use js_sys::Function;
use keeper::{Announcement, Who};
use web_sys::{BroadcastChannel, Storage};

use super::dom::window;

/// The name of the channel and of the stored announcement.
pub(super) const NAME: &str = "genkan-session";

/// The channel to the other tabs.
#[derive(Default)]
pub(super) struct Tabs {
    channel: RefCell<Option<BroadcastChannel>>,
    /// `localStorage` refused the last write, so its content is stale.
    is_stale: Cell<bool>,
}

impl Tabs {
    /// Has `listener` called with what the other tabs announce.
    pub(super) fn open(&self, listener: &Function) {
        let mut channel = self.channel.borrow_mut();
        if channel.is_none() {
            *channel = BroadcastChannel::new(NAME).ok();
            if let Some(channel) = &*channel {
                channel.set_onmessage(Some(listener));
            }
        }
    }

    pub(super) fn close(&self) {
        if let Some(channel) = self.channel.borrow_mut().take() {
            channel.close();
        }
    }

    pub(super) fn announce(&self, announcement: &Announcement, wall: Duration) {
        let text = announcement.to_text(wall);
        let stored = match &*self.channel.borrow() {
            Some(channel) => {
                _ = channel.post_message(&text.into());
                announcement.to_stored_text()
            }
            // The storage's event has to carry the times.
            None => text,
        };
        self.is_stale.set(store(&stored).is_none());
    }

    /// The last announcement of any tab; `None` if the browser does not store it.
    pub(super) fn last_announced(&self, wall: Duration) -> Option<Who> {
        let storage = storage().filter(|_| !self.is_stale.get())?;
        let text = storage.get_item(NAME).ok()?.unwrap_or_default();
        Some(Announcement::from_text(&text, wall).who)
    }
}

fn store(text: &str) -> Option<()> {
    let storage = storage()?;
    if text.is_empty() { storage.remove_item(NAME) } else { storage.set_item(NAME, text) }.ok()
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

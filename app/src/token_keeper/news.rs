//! What the tabs of one browser tell each other: who is signed in, and how long the tokens last. Each page says
//! it when it comes up, and again after a refresh; who hears that it is somebody else loads anew. So it does
//! not matter how somebody logged in or out, hydrated, by a plain form, or on a page without scripts in between.
//!
//! By a `BroadcastChannel`; and what was announced last stays in the local storage, for pages that could not
//! listen: those in the back/forward cache, frozen ones, and browsers without the channel.
//!
//! **Architecture Invariant:** ids and seconds, never a token.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use js_sys::{Array, Date, Function};
use leptos::prelude::window;
use token_schedule::Fresh;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, Storage};

use super::browser::whole;

const NAME: &str = "genkan-session";

/// The way to the other tabs.
#[derive(Default)]
pub(super) struct News {
    channel: RefCell<Option<BroadcastChannel>>,
    /// The storage would not take what was told last: what it holds is somebody's of before
    is_stale: Cell<bool>,
}

impl News {
    /// `hear` gets what the others tell, as events.
    pub(super) fn open(&self, hear: &Function) {
        let mut channel = self.channel.borrow_mut();
        if channel.is_none() {
            *channel = BroadcastChannel::new(NAME).ok();
            if let Some(channel) = &*channel {
                channel.set_onmessage(Some(hear));
            }
        }
    }

    /// A page that listens may not get into the back/forward cache.
    pub(super) fn close(&self) {
        if let Some(channel) = self.channel.borrow_mut().take() {
            channel.close();
        }
    }

    /// Tells the other tabs who is signed in here, `""` for nobody, and for how long.
    pub(super) fn tell(&self, who: &str, fresh: Fresh) {
        self.is_stale.set(remember(who).is_none());
        if let Some(channel) = &*self.channel.borrow() {
            let Fresh { access_left, session_left } = fresh;
            let seconds = [access_left.as_secs_f64(), session_left.as_secs_f64()];
            let [access, session] = seconds.map(JsValue::from_f64);
            _ = channel.post_message(&Array::of4(&who.into(), &access, &session, &now().into()));
        }
    }

    /// Who was announced last; `None`: the browser keeps nothing for us.
    pub(super) fn last_announced(&self) -> Option<String> {
        let storage = storage().filter(|_| !self.is_stale.get())?;
        storage.get_item(NAME).ok().map(Option::unwrap_or_default)
    }
}

/// Reads what another tab told. A frozen page hears it late: what has passed since is taken off.
pub(super) fn read(message: JsValue) -> Option<(String, Fresh)> {
    let message: Array = message.dyn_into().ok()?;
    let number = |at| message.get(at).as_f64();
    let age = (now() - number(3)?).max(0.0);
    let left = |at| Some(Duration::from_millis(whole((number(at)? - age) * 1000.0)));
    Some((message.get(0).as_string()?, Fresh { access_left: left(1)?, session_left: left(2)? }))
}

/// By the clock that all tabs share.
fn now() -> f64 {
    Date::now() / 1000.0
}

fn remember(who: &str) -> Option<()> {
    let storage = storage()?;
    if who.is_empty() { storage.remove_item(NAME) } else { storage.set_item(NAME, who) }.ok()
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

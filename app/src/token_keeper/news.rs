//! What the tabs of one browser tell each other: who is signed in, and how long the tokens last. Each page says
//! it when it comes up, and again after a refresh; who hears that it is somebody else loads anew. So it does
//! not matter how somebody logged in or out, hydrated, by a plain form, or on a page without scripts in between.
//!
//! By a `BroadcastChannel`; and what was announced last stays in the local storage, for pages that could not
//! listen: those in the back/forward cache, frozen ones, and browsers without the channel.
//!
//! **Architecture Invariant:** ids and seconds, never a token.

use std::time::Duration;

use js_sys::{Array, Date, Function};
use leptos::prelude::window;
use token_schedule::Fresh;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, Storage};

use super::keeper::whole;

const NAME: &str = "genkan-session";

/// The way to the other tabs.
pub(super) struct News {
    channel: Option<BroadcastChannel>,
}

impl News {
    /// `hear` gets what the others tell, as events.
    pub(super) fn open(hear: &Function) -> Self {
        let channel = BroadcastChannel::new(NAME).ok();
        if let Some(channel) = &channel {
            channel.set_onmessage(Some(hear));
        }
        Self { channel }
    }

    /// Tells the other tabs who is signed in here, `""` for nobody, and for how long.
    pub(super) fn tell(&self, who: &str, fresh: Fresh) {
        remember(who);
        if let Some(channel) = &self.channel {
            let Fresh { access_left, session_left } = fresh;
            let seconds = [access_left.as_secs_f64(), session_left.as_secs_f64()];
            let [access, session] = seconds.map(JsValue::from_f64);
            _ = channel.post_message(&Array::of4(&who.into(), &access, &session, &now().into()));
        }
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

/// Who was announced last; `None`: the browser keeps nothing for us.
pub(super) fn last_announced() -> Option<String> {
    storage()?.get_item(NAME).ok().map(Option::unwrap_or_default)
}

fn remember(who: &str) {
    let Some(storage) = storage() else { return };
    // A storage that is full, or shut, costs this page's memory and nothing more.
    _ = if who.is_empty() { storage.remove_item(NAME) } else { storage.set_item(NAME, who) };
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

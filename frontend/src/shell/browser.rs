//! The browser's state, navigation, and the requests that need no form.

use std::time::Duration;

use js_sys::{Date, Math, Reflect};
use keeper::{Announcement, Clocks, Now, Page};
use leptos::prelude::{document, set_timeout, window};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestInit, Storage};

/// The name of the stored announcement.
pub(super) const ANNOUNCEMENT: &str = "genkan-session";
/// The timeout of the reachability check.
const REACHABLE_WITHIN: Duration = Duration::from_secs(10);

/// The state of the browser now, except the draft, which only the forms know.
pub(super) fn now() -> Now {
    let steady = window().performance().map_or(0.0, |performance| performance.now());
    let clocks = Clocks::from_milliseconds(steady, Date::now());
    let is_prerendering = Reflect::get(&document(), &"prerendering".into());
    let announced = storage().and_then(|storage| storage.get_item(ANNOUNCEMENT).ok()?);
    Now {
        clocks,
        page: if document().hidden() { Page::Hidden } else { Page::Shown },
        is_online: window().navigator().on_line(),
        is_prerendering: is_prerendering.is_ok_and(|it| it.is_truthy()),
        has_draft: false,
        chance: Math::random(),
        announced: announced.map(|text| Announcement::from_text(&text, clocks.wall).who),
    }
}

/// Stores an announcement: other tabs get a `storage` event, or read it when they wake.
pub(super) fn announce(announcement: &Announcement) {
    let Some(storage) = storage() else { return };
    let text = announcement.to_text(now().clocks.wall);
    if storage.set_item(ANNOUNCEMENT, &text).is_err() {
        // Earlier announcements are out of date.
        _ = storage.remove_item(ANNOUNCEMENT);
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok()?
}

/// Returns whether the server gives any response at all.
pub(super) async fn is_reachable() -> bool {
    let init = RequestInit::new();
    init.set_signal(abort_after(REACHABLE_WITHIN).map(|it| it.signal()).as_ref());
    JsFuture::from(window().fetch_with_str_and_init(contract::paths::ALIVE, &init)).await.is_ok()
}

/// A controller that aborts its request after this time.
pub(super) fn abort_after(time: Duration) -> Option<AbortController> {
    let controller = AbortController::new().ok()?;
    let late = controller.clone();
    set_timeout(move || late.abort(), time);
    Some(controller)
}

/// The page's path and query, encoded for a query.
pub(super) fn encoded_here() -> String {
    let location = window().location();
    let here = [location.pathname().unwrap_or_default(), location.search().unwrap_or_default()];
    js_sys::encode_uri_component(&here.concat()).into()
}

/// Loads a page of this site, or reloads the current one. A full load gives the next viewer a fresh page and fresh
/// memory.
pub(super) fn go_to(path: Option<String>) {
    let location = window().location();
    _ = match path {
        Some(path) => location.assign(&path),
        None => location.reload(),
    };
}

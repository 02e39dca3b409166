//! What is read off the browser, and what it does later.

use std::time::Duration;

use js_sys::{Date, Function, Reflect};
use keeper::{Clocks, Page};
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestInit};

use super::dom::window;

/// The time-out of asking whether the server is there.
const REACHABLE_WITHIN: Duration = Duration::from_secs(10);

/// Both clocks, as of now.
pub(super) fn clocks() -> Clocks {
    let steady = window().performance().map_or(0.0, |performance| performance.now());
    Clocks { steady: milliseconds(steady), wall: milliseconds(Date::now()) }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast keeps within 0 and u64::MAX, whatever the number"
)]
fn milliseconds(number: f64) -> Duration {
    Duration::from_millis(number as u64)
}

/// A number of whole seconds in an answer.
pub(super) fn seconds(number: f64) -> Duration {
    milliseconds(number * 1000.0)
}

/// The page's visibility.
pub(super) fn page() -> Page {
    if document().hidden() { Page::Hidden } else { Page::Shown }
}

/// Returns whether the browser has a network, as far as it knows.
pub(super) fn is_online() -> bool {
    window().navigator().on_line()
}

/// Returns whether the browser only prepares the page.
pub(super) fn is_prerendering() -> bool {
    Reflect::get(&document(), &"prerendering".into()).is_ok_and(|it| it.is_truthy())
}

/// Returns whether the server answers anything at all.
pub(super) async fn is_reachable() -> bool {
    let init = RequestInit::new();
    init.set_signal(abort_after(REACHABLE_WITHIN).map(|it| it.signal()).as_ref());
    JsFuture::from(window().fetch_with_str_and_init(contract::paths::ALIVE, &init)).await.is_ok()
}

/// A controller that aborts a request by itself once the time has passed.
pub(super) fn abort_after(time: Duration) -> Option<AbortController> {
    let controller = AbortController::new().ok()?;
    let abort: Function = Reflect::get(&controller, &"abort".into()).ok()?.dyn_into().ok()?;
    set_timeout(&abort.bind0(&controller), time)?;
    Some(controller)
}

/// Calls `function` after the time.
pub(super) fn set_timeout(function: &Function, time: Duration) -> Option<i32> {
    window()
        .set_timeout_with_callback_and_timeout_and_arguments_0(function, whole_milliseconds(time))
        .ok()
}

/// Calls `function` at this interval.
pub(super) fn set_interval(function: &Function, every: Duration) {
    let every = whole_milliseconds(every);
    _ = window().set_interval_with_callback_and_timeout_and_arguments_0(function, every);
}

fn whole_milliseconds(time: Duration) -> i32 {
    i32::try_from(time.as_millis()).unwrap_or(i32::MAX)
}

/// The address of this page on this site, encoded for a query.
pub(super) fn encoded_here() -> String {
    let location = window().location();
    let here = [location.pathname().unwrap_or_default(), location.search().unwrap_or_default()];
    js_sys::encode_uri_component(&here.concat()).into()
}

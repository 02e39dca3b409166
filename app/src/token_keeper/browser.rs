//! What the keeper reads off the browser, and what it has it do later.

use std::time::Duration;

use js_sys::{Date, Function, Reflect};
use leptos::prelude::{document, window};
use token_schedule::{Clocks, Page};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

/// The path that costs the server least.
const ALIVE: &str = "/health/live";

/// Both clocks, as of now.
pub(super) fn clocks() -> Clocks {
    let steady = window().performance().map_or(0.0, |performance| performance.now());
    Clocks {
        steady: Duration::from_millis(whole(steady)),
        wall: Duration::from_millis(whole(Date::now())),
    }
}

/// The whole part of a number of milliseconds; 0 if it is negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast keeps within 0 and u64::MAX, whatever the number"
)]
pub(super) fn whole(number: f64) -> u64 {
    number as u64
}

/// Whether the member can see the page.
pub(super) fn page() -> Page {
    if document().hidden() { Page::Hidden } else { Page::Shown }
}

/// Whether the browser has a network, as far as it knows. A hint: behind some VPNs and virtual adapters it is wrong.
pub(super) fn is_online() -> bool {
    window().navigator().on_line()
}

/// Whether the server answers anything at all.
pub(super) async fn is_reachable() -> bool {
    JsFuture::from(window().fetch_with_str(ALIVE)).await.is_ok()
}

/// A page that the browser only prepares must not act.
pub(super) fn is_prerendering() -> bool {
    Reflect::get(&document(), &"prerendering".into()).is_ok_and(|it| it.is_truthy())
}

/// What aborts a request by itself once the time is over.
pub(super) fn abort_after(time: Duration) -> Option<AbortController> {
    let controller = AbortController::new().ok()?;
    let abort: Function = Reflect::get(&controller, &"abort".into()).ok()?.dyn_into().ok()?;
    set_timeout(&abort.bind0(&controller), time)?;
    Some(controller)
}

/// Calls `function` after the time.
pub(super) fn set_timeout(function: &Function, time: Duration) -> Option<i32> {
    let milliseconds = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
    window().set_timeout_with_callback_and_timeout_and_arguments_0(function, milliseconds).ok()
}

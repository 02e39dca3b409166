//! The Web Lock under which one tab of the browser refreshes while the others wait. It only saves traffic: the server
//! is idempotent, so without a lock, or if a frozen tab never releases it, the page goes ahead. It never steals a lock.
//!
//! By reflection, because in `web_sys` Web Locks are an unstable API.

use std::time::Duration;

use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::{document, set_timeout, window};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use super::browser::abort_after;

const NAME: &str = "genkan-refresh";
/// The time for other tabs to receive the announcement before one of them gets the lock.
const LINGER: Duration = Duration::from_millis(100);

/// A granted lock, released a moment after it is dropped.
pub(super) struct Lock(Function);

impl Drop for Lock {
    fn drop(&mut self) {
        let release = self.0.clone();
        let release = move || _ = release.call0(&JsValue::NULL);
        // A hidden page's timers may be a minute late.
        if document().hidden() { release() } else { set_timeout(release, LINGER) }
    }
}

/// Passes the lock to `granted`, and waits until it is released.
///
/// # Errors
/// The lock was not granted in time, or the browser has no locks. The caller goes ahead without.
pub(super) async fn hold(
    within: Duration,
    granted: impl FnOnce(Lock) + 'static,
) -> Result<(), JsValue> {
    let locks = Reflect::get(&window().navigator(), &"locks".into())?;
    let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
    let mut release = None;
    let held = Promise::new(&mut |resolve, _| release = Some(resolve));
    let lock = Lock(release.ok_or(JsValue::UNDEFINED)?);
    let on_grant = Closure::once_into_js(move || {
        granted(lock);
        held
    });
    let options = Object::new();
    // Aborts the request, so that a frozen tab is not granted the lock late.
    let signal = abort_after(within).map(|it| it.signal());
    Reflect::set(&options, &"signal".into(), &signal.into())?;
    let released: Promise = request.call3(&locks, &NAME.into(), &options, &on_grant)?.dyn_into()?;
    JsFuture::from(released).await.map(drop)
}

//! The Web Lock under which one tab of the browser refreshes while the others wait. It saves traffic and nothing else:
//! the server is idempotent, so where there is no lock, or a frozen tab never releases it, the page goes ahead without.
//! It never steals one.
//!
//! By reflection: `web_sys` has Web Locks only among its unstable APIs.

use std::time::Duration;

use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::{document, set_timeout, window};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use super::browser::abort_after;

const NAME: &str = "genkan-refresh";
/// The other tabs receive the announcement before the next of them gets the lock.
const LINGER: Duration = Duration::from_millis(100);

/// Held until it is dropped, and a moment longer.
pub(super) struct Lock(Function);

impl Drop for Lock {
    fn drop(&mut self) {
        let release = self.0.clone();
        let release = move || _ = release.call0(&JsValue::NULL);
        // A hidden page's timers may come a minute late.
        if document().hidden() { release() } else { set_timeout(release, LINGER) }
    }
}

/// Passes the lock to `granted`, and waits until it is released.
///
/// # Errors
/// It was not granted within this time, or there are no locks: go ahead without.
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
    // A frozen tab would be granted it late: by then the request is aborted.
    let signal = abort_after(within).map(|it| it.signal());
    Reflect::set(&options, &"signal".into(), &signal.into())?;
    let released: Promise = request.call3(&locks, &NAME.into(), &options, &on_grant)?.dyn_into()?;
    JsFuture::from(released).await.map(drop)
}

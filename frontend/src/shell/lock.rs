//! The Web Lock under which one tab of the browser refreshes while the others wait. It saves traffic and nothing else:
//! the server is idempotent, so where there is no lock, or a frozen tab never releases it, the page goes ahead without.
//! It never steals one.
//!
//! By reflection: `web_sys` has Web Locks only among its unstable APIs.

use std::time::Duration;

use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use super::{
    browser::{abort_after, set_timeout},
    dom::window,
};

const NAME: &str = "genkan-refresh";
/// The other tabs receive the announcement before the next of them gets the lock.
const LINGER: Duration = Duration::from_millis(100);

/// Held until it is dropped, and a moment longer.
pub(super) struct Lock {
    release: Function,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A hidden page's timers may come a minute late.
        if document().hidden() || set_timeout(&self.release, LINGER).is_none() {
            _ = self.release.call0(&JsValue::NULL);
        }
    }
}

/// Waits for the lock, but not for longer than this; `None`: go ahead without.
pub(super) async fn acquire(within: Duration) -> Option<Lock> {
    let locks = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
    let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    let (held, release) = promise()?;
    let (granted, grant) = promise()?;
    let on_grant = Closure::once_into_js(move || {
        _ = grant.call0(&JsValue::NULL);
        held
    });
    let options = Object::new();
    // A frozen tab would be granted it late: by then the request is aborted.
    let signal = abort_after(within)?.signal();
    Reflect::set(&options, &"signal".into(), &signal).ok()?;
    let refused = request.call3(&locks, &NAME.into(), &options, &on_grant).ok()?;
    JsFuture::from(Promise::race(&Array::of2(&granted, &refused))).await.ok()?;
    Some(Lock { release })
}

/// A promise, and the function that fulfils it.
fn promise() -> Option<(Promise, Function)> {
    let mut fulfil = None;
    let promise = Promise::new(&mut |resolve, _| fulfil = Some(resolve));
    Some((promise, fulfil?))
}

//! Cookies that no script can read and no other site can set.

use time::Duration;
use tower_cookies::{Cookie, cookie::SameSite};

/// A cookie of this site. Without a lifetime it ends with the browser.
#[must_use]
pub fn cookie(name: &'static str, value: String, lifetime: Option<Duration>) -> Cookie<'static> {
    let mut cookie = Cookie::build((name, value))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .build();
    cookie.set_max_age(lifetime);
    cookie
}

/// Removes such a cookie.
#[must_use]
pub fn removal(name: &'static str) -> Cookie<'static> {
    cookie(name, String::new(), Some(Duration::ZERO))
}

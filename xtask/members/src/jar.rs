//! A browser's cookie jar, for one site.

use std::collections::BTreeMap;

use cookie::{Cookie, time::Duration};

/// The cookies of a session; the first is the access token.
pub(crate) const SESSION: [&str; 2] = ["__Host-Http-access", "__Host-Http-refresh"];

/// Returns whether the cookie is one of a session's.
pub(crate) fn is_of_session(cookie: &Cookie<'_>) -> bool {
    SESSION.contains(&cookie.name())
}

/// Returns whether the `Set-Cookie` removes its cookie.
pub(crate) fn is_removal(cookie: &Cookie<'_>) -> bool {
    cookie.max_age() == Some(Duration::ZERO)
}

/// Returns whether a browser takes the cookie: the prefix `__Host-Http-` demands these attributes (RFC 6265bis
/// §4.1.3), and the site sets no cookie without it.
pub(crate) fn is_accepted(cookie: &Cookie<'_>) -> bool {
    cookie.name().starts_with("__Host-Http-")
        && (cookie.secure(), cookie.http_only()) == (Some(true), Some(true))
        && (cookie.path(), cookie.domain()) == (Some("/"), None)
}

/// The cookies that the site has set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Jar(BTreeMap<String, String>);

impl Jar {
    /// Applies the cookies of a response, in order. Those that a browser does not accept have no effect.
    pub(crate) fn apply(&mut self, cookies: &[Cookie<'static>]) {
        for cookie in cookies.iter().filter(|cookie| is_accepted(cookie)) {
            if is_removal(cookie) {
                self.0.remove(cookie.name());
            } else {
                self.0.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
    }

    /// The value of the `Cookie` header.
    pub(crate) fn header(&self) -> String {
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(cookie: &str) -> Vec<Cookie<'static>> {
        vec![Cookie::parse(cookie.to_owned()).unwrap()]
    }

    #[test]
    fn a_cookie_is_replaced_and_removed_as_the_site_says() {
        let mut jar = Jar::default();
        jar.apply(&set("__Host-Http-access=1; Secure; HttpOnly; Path=/"));
        jar.apply(&set("__Host-Http-device=d; Secure; HttpOnly; Path=/"));
        jar.apply(&set("__Host-Http-access=2; Secure; HttpOnly; Path=/"));
        assert_eq!(jar.header(), "__Host-Http-access=2; __Host-Http-device=d");
        jar.apply(&set("__Host-Http-access=; Secure; HttpOnly; Path=/; Max-Age=0"));
        assert_eq!(jar.header(), "__Host-Http-device=d");
    }

    #[test]
    fn a_cookie_without_the_attributes_of_its_prefix_is_refused() {
        for refused in [
            "__Host-Http-access=1; HttpOnly; Path=/",
            "__Host-Http-access=1; Secure; Path=/",
            "__Host-Http-access=1; Secure; HttpOnly",
            "__Host-Http-access=1; Secure; HttpOnly; Path=/; Domain=localhost",
            "access=1; Secure; HttpOnly; Path=/",
        ] {
            let mut jar = Jar::default();
            jar.apply(&set(refused));
            assert_eq!(jar.header(), "", "{refused}");
        }
    }
}

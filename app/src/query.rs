//! The query of the page's address.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The value of the parameter with this name, decoded once. The router's own map of them decodes twice, so that a
/// `%2526` would come out as `&`.
pub(crate) fn query_value(name: &str) -> Option<String> {
    use_location().search.with_untracked(|search| value_in(search, name))
}

#[cfg(feature = "ssr")]
fn value_in(search: &str, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(search.as_bytes());
    pairs.find(|(it, _)| it == name).map(|(_, value)| value.into_owned())
}

#[cfg(feature = "hydrate")]
fn value_in(search: &str, name: &str) -> Option<String> {
    web_sys::UrlSearchParams::new_with_str(search).ok()?.get(name)
}

// For neither side it is only compiled.
#[cfg(not(any(feature = "ssr", feature = "hydrate")))]
fn value_in(_search: &str, _name: &str) -> Option<String> {
    None
}

//! The addresses that forms are posted to.

use contract::paths::FUNCTIONS;

/// Returns whether a form with this address is posted to a function. Only the end of the path is read, because a proxy
/// may have rewritten the rest.
#[must_use]
pub fn is_function(action: &str) -> bool {
    let path = action.split(['?', '#']).next().unwrap_or_default();
    path.rsplit_once(FUNCTIONS).is_some_and(|(_, function)| !function.is_empty())
}

/// Appends a query to the address.
#[must_use]
pub fn with_query(action: &str, query: &str) -> String {
    let separator = if action.contains('?') { "&" } else { "?" };
    [action, separator, query].concat()
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_form_is_posted_to_a_function_also_through_a_proxy_that_rewrites_addresses() {
        for action in ["/api/login", "/api/login?next=/", "https://a.example/proxy/api/login#top"] {
            assert!(is_function(action), "{action}");
        }
        for action in ["", "/api/", "/api/?login", "/login", "/login?next=/api/login"] {
            assert!(!is_function(action), "{action}");
        }
    }

    #[test]
    fn a_query_is_added_to_an_existing_one() {
        assert_eq!(with_query("/api/login", "keep=hana"), "/api/login?keep=hana");
        assert_eq!(with_query("/api/login?a=b", "keep=hana"), "/api/login?a=b&keep=hana");
    }
}

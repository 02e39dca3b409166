//! The page's Content Security Policy (CSP level 3): nothing runs that did not come with this response's
//! nonce, and nothing is unsafe but compiling WASM (OWASP ASVS 3.4.3).

use axum::http::{HeaderValue, header};
use leptos::{config::LeptosOptions, nonce::Nonce, prelude::use_context};
use leptos_axum::ResponseOptions;

/// While a page is rendered: answers with the policy for this nonce.
pub fn set_content_security_policy(nonce: Option<&Nonce>, options: &LeptosOptions) {
    let (Some(nonce), Some(response)) = (nonce, use_context::<ResponseOptions>()) else { return };
    // `cargo leptos watch` reloads the page over a socket of its own.
    let reload = if std::env::var_os("LEPTOS_WATCH").is_some() {
        format!(" ws://localhost:{port} ws://127.0.0.1:{port}", port = options.reload_port)
    } else {
        String::new()
    };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self'; connect-src 'self'{reload}; manifest-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

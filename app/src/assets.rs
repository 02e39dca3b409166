//! The files and inline scripts of every page, found once when the process starts, and the Content Security Policy that
//! allows them.

use std::fs;

use axum::http::HeaderValue;
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use leptos::{config::LeptosOptions, prelude::*};
use sha2::{Digest, Sha256};

/// Loads the browser's half and hydrates its islands one by one: an island whose HTML an extension or a translator has
/// changed must not stop the others. A form without its island still posts plainly.
const START: &str = r#"Promise.all([import("SCRIPT"),fetch("WASM"),new Promise(r=>document.readyState==="loading"?addEventListener("DOMContentLoaded",r):r())]).then(async([m,w])=>{await m.default({module_or_path:w});m.hydrate();for(const e of document.querySelectorAll("leptos-island"))try{m[e.dataset.component](e)}catch(x){console.error(x)}}).catch(x=>console.debug(x))"#;

/// Everything that a page loads or runs.
#[derive(Debug, Clone)]
pub struct Assets {
    /// The path of the style sheet
    pub(crate) stylesheet: String,
    /// Inline scripts, each allowed by its hash
    pub(crate) scripts: Vec<String>,
    /// The Content Security Policy of pages (CSP level 3)
    pub(crate) policy: HeaderValue,
    /// Names what pages consist of: the same in all instances of a version, and another one in each version that
    /// changes them
    pub(crate) version: HeaderValue,
}

impl Assets {
    /// Reads the names of the built files. Without hashes in the build they are fixed. `sources` is a digest of what
    /// pages are rendered from.
    #[must_use]
    pub fn of(options: &LeptosOptions, sources: &str) -> Self {
        let hashes = if options.hash_files { read_hashes(options) } else { String::new() };
        let path = |kind: &str| {
            let name = &options.output_name;
            let hash =
                hashes.lines().find_map(|line| line.split_once(": ").filter(|it| it.0 == kind));
            let hash = hash.map_or_else(String::new, |(_, hash)| format!(".{}", hash.trim()));
            format!("/{}/{name}{hash}.{kind}", options.site_pkg_dir.trim_matches('/'))
        };
        let start = START.replace("SCRIPT", &path("js")).replace("WASM", &path("wasm"));
        let scripts: Vec<String> =
            [Some(start), reload_script(options)].into_iter().flatten().collect();
        let policy = content_security_policy(&scripts, options);
        let stylesheet = path("css");
        let version = version(&[sources, &stylesheet, &scripts[0]]);
        Self { stylesheet, scripts, policy, version }
    }
}

fn version(parts: &[&str]) -> HeaderValue {
    const BYTES: usize = 6;

    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    let version = BASE64_URL_SAFE_NO_PAD.encode(&digest.finalize()[..BYTES]);
    HeaderValue::try_from(version).expect("base64 is ASCII")
}

fn read_hashes(options: &LeptosOptions) -> String {
    let program = std::env::current_exe().unwrap_or_default();
    let file = program.with_file_name("").join(options.hash_file.as_ref());
    fs::read_to_string(file).unwrap_or_default()
}

/// The script with which `cargo leptos watch` reloads the page.
fn reload_script(options: &LeptosOptions) -> Option<String> {
    let html = view! { <AutoReload options=options.clone()/> }.to_html();
    let (_, script) = html.split_once("<script>")?;
    script.split_once("</script>").map(|(script, _)| script.to_owned())
}

/// Allows the inline scripts, by hash, and the built files, and nothing unsafe except compiling WASM (OWASP ASVS
/// 3.4.3). Not `strict-dynamic`: it trusts an import only by its importer's nonce, and a nonce would make each
/// rendering of a page different. The site serves only scripts that it has built.
fn content_security_policy(scripts: &[String], options: &LeptosOptions) -> HeaderValue {
    let hashes: Vec<String> = scripts
        .iter()
        .map(|script| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(script))))
        .collect();
    let hashes = hashes.join(" ");
    let reload = if scripts.len() > 1 {
        format!(" ws://localhost:{port} ws://127.0.0.1:{port}", port = options.reload_port)
    } else {
        String::new()
    };
    let policy = format!(
        "default-src 'none'; script-src 'self' {hashes} 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self'; connect-src 'self'{reload}; manifest-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("hashes and ports are ASCII")
}

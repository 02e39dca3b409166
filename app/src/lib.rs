//! Everything about HTTP and HTML: pages, forms and their functions, cookies, layers and routes. It runs on the server
//! only; the interactive parts of pages are islands of the crate `frontend`.
//!
//! **Architecture Invariant:** nothing here knows a database or the contents of a token.

pub mod api;
pub mod assets;
mod components;
mod document;
mod html;
pub mod http;
pub mod i18n;
pub mod letters;
pub mod page_context;
mod page_view;
pub mod pages;
mod words;

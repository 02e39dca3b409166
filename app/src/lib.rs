//! Everything that is HTTP and HTML: pages, forms and their functions, cookies, layers and routes. It runs on the server
//! alone; what moves in the browser is the crate `frontend`, whose islands the pages hold.
//!
//! **Architecture Invariant:** nothing here knows a database or a token's inside.

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

//! The server's tests against real stores, in one binary. What `stores` does not hold mirrors the routes.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod auth_refresh;
mod auth_session;
mod bounce;
mod confirm_email;
mod cross_site;
mod failures;
mod guard;
mod headers;
mod health;
mod helpers;
mod inline_refresh;
mod keeping;
mod language;
mod login;
mod logout;
mod mailbox;
mod pages;
mod process;
mod profile;
mod rotation;
mod signup;
mod store_down;
mod stores;
mod sweeper;
mod visitor;
mod well_known;

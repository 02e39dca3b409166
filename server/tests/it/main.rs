//! The server's tests against real stores, in one binary. What `stores` does not hold mirrors the routes.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod admin;
mod assets;
mod auth_refresh;
mod auth_session;
mod bounce;
mod change_password;
mod confirm_email;
mod costs;
mod cross_site;
mod delete_account;
mod end_other_sessions;
mod end_session;
mod enumeration;
mod failures;
mod flood;
mod forgeries;
mod fuzz;
mod guard;
mod headers;
mod health;
mod helpers;
mod inline_refresh;
mod keeping;
mod language;
mod limits;
mod login;
mod logout;
mod mailbox;
mod page_session;
mod pages;
mod process;
mod profile;
mod races;
mod request_head;
mod rotation;
mod sessions_page;
mod signup;
mod store_down;
mod stores;
mod sweeper;
mod visitor;
mod waiting;
mod well_known;
mod wipe;

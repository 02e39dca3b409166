//! The approach lab: one small site, and the ways in which such sites keep their sessions, each in one file of
//! [`approaches`]. All of them answer the same requests, so their costs and promises can be compared.
//!
//! | request | does |
//! |---|---|
//! | `POST /login` with `member` | signs in; there is no password, whose hash would cost more than everything else |
//! | `GET /page` | shows the member's name and role, and a counter kept in the session |
//! | `POST /count` | raises the counter, and responds with it |
//! | `POST /logout` | signs out |
//! | `POST /refresh` | renews short-lived tokens; 404 without such tokens |
//! | `POST /role` with `member`, `role` | changes a member's role, on behalf of the staff |
//! | `POST /members` with `member`, `role` | adds a member; not measured |
//! | `GET /health` | 200 |
//! | `GET /spa` | a page that logs in by script, where a script keeps the token |
//!
//! A request that is not signed in gets 401, one that a store fails 503. Where a script keeps the token, requests carry
//! it as `Authorization: Bearer`, and the responses to a log-in, a count and a refresh are JSON with `token` and `count`.
//! A count gets 413 once its cookie would be longer than browsers keep.
//!
//! **Architecture Invariant:** nothing of the site depends on this crate.

pub mod approaches;
pub mod measure;
pub mod report;
pub mod results;
pub mod site;

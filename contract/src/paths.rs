//! Paths and query parameters that the page's scripts use.

/// Before the name of a form's function.
pub const FUNCTIONS: &str = "/api/";
/// Refreshes the tokens.
pub const REFRESH: &str = "/auth/refresh";
/// Answers as soon as the process is there; costs the server least.
pub const ALIVE: &str = "/health/live";
/// The log-in page; `?next=` says where to go on.
pub const LOG_IN: &str = "/login";

/// In the query of a posted form: the member to keep it for, instead of carrying it out.
pub const KEEP: &str = "keep";
/// In the query of a posted form: the language to show it in, instead of carrying it out.
pub const LOCALE: &str = "locale";
/// In a query: the page to go on at.
pub const NEXT: &str = "next";

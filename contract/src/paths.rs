//! Paths and query parameters that the page's scripts use.

/// Prefix of a function's path, before its name.
pub const FUNCTIONS: &str = "/api/";
/// Refreshes the tokens.
pub const REFRESH: &str = "/auth/refresh";
/// Answers as long as the process runs; the cheapest request for the server.
pub const ALIVE: &str = "/health/live";
/// The log-in page; `?next=` names the page to go on to.
pub const LOG_IN: &str = "/login";

/// In the query of a posted form: it is kept for this member instead of being carried out.
pub const KEEP: &str = "keep";
/// In the query of a posted form: it is shown in this language instead of being carried out.
pub const LOCALE: &str = "locale";
/// In a query: the page to go on to.
pub const NEXT: &str = "next";
/// In the query of a form that is shown in another [`LOCALE`]: the problem that it was refused with, as it was answered.
pub const PROBLEM: &str = "problem";

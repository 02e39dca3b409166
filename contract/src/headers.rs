//! Header names of our own.

/// In a request of a page's scripts: the id of the session that the page was rendered for.
pub const PAGE_SESSION: &str = "genkan-page-session";
/// In a response: the version of the site that wrote it, as in [`VERSION`](crate::attributes::VERSION).
pub const VERSION: &str = "genkan-version";

//! Header names of our own.

/// In a request of a page's scripts: the id of the session that the page was rendered for.
pub const PAGE_SESSION: &str = "genkan-page-session";

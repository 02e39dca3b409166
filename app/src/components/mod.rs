//! Components that more than one page shows.

pub(crate) mod field;
pub(crate) mod footer;
pub(crate) mod form;
pub(crate) mod header;
pub(crate) mod local_time;
pub(crate) mod notices;
pub(crate) mod page;
pub(crate) mod session_length;
pub(crate) mod settings_nav;

//! What more than one page shows.

pub(crate) mod field;
pub(crate) mod footer;
pub(crate) mod form;
pub(crate) mod header;
pub(crate) mod message;
pub(crate) mod notices;
pub(crate) mod own_profile;
pub(crate) mod page_head;
pub(crate) mod peek;
pub(crate) mod served;
pub(crate) mod session_length;
pub(crate) mod settings_nav;

//! The layers that a request goes through, one a file, and with what `identify` may answer: the bounce, and a page's
//! session being another.

pub(crate) mod bounce;
pub(crate) mod context;
pub(crate) mod cross_site;
pub(crate) mod failure;
pub(crate) mod form_post;
pub(crate) mod guard;
pub(crate) mod headers;
pub(crate) mod identify;
pub(crate) mod page_session;
pub(crate) mod visitor;

//! The layers that a request goes through, one a file. `bounce` and `page_session` are answers that `identify` gives.

pub(crate) mod bounce;
pub(crate) mod context;
pub(crate) mod cross_site;
pub(crate) mod failure;
pub(crate) mod form_post;
pub(crate) mod guard;
pub(crate) mod headers;
pub(crate) mod identify;
pub(crate) mod limits;
pub(crate) mod page_session;
mod refusals;
pub(crate) mod request_head;
pub(crate) mod set_aside;
pub(crate) mod visitor;

pub use self::refusals::Refusals;

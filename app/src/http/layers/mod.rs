//! The layers that a request goes through, one a file, in the order of [`router`](super::router).

pub(crate) mod admission;
pub(crate) mod bounce;
pub mod context;
pub mod counters;
pub(crate) mod cross_site;
pub(crate) mod failure;
pub(crate) mod guard;
pub(crate) mod headers;
pub mod identify;
pub(crate) mod inline_refresh;
pub(crate) mod limits;
pub(crate) mod page_session;
pub mod refusals;
pub(crate) mod request_head;
pub(crate) mod request_times;
pub(crate) mod speculation;
pub mod strangers;

//! The layers that a request goes through, one a file, and the bounce with which `identify` may answer.

pub(crate) mod bounce;
pub(crate) mod context;
pub(crate) mod cross_site;
pub(crate) mod failure;
pub(crate) mod form_post;
pub(crate) mod guard;
pub(crate) mod headers;
pub(crate) mod identify;
pub(crate) mod visitor;

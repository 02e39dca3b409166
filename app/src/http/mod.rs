//! Everything about HTTP: cookies, layers, routes, and the conversion of a form's outcome into a response.
//!
//! **Architecture Invariant:** nothing here knows the stores or the process. The server passes what HTTP needs of them
//! as a [`Site`](site::Site).

pub(crate) mod accept;
pub mod answers;
pub mod client_address;
pub mod cookies;
mod ended;
pub(crate) mod fetch_metadata;
pub(crate) mod form_post;
pub mod forms;
pub mod layers;
pub(crate) mod locale;
pub(crate) mod next;
mod posted_form;
#[cfg(test)]
mod properties;
pub mod request;
pub mod router;
mod routes;
pub(crate) mod set_aside;
pub mod site;
pub(crate) mod user_agent;
pub mod visitor;

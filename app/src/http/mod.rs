//! Everything that is HTTP: cookies, the layers, the routes, and how a form's outcome becomes an answer.
//!
//! **Architecture Invariant:** nothing here knows a store or the process. What HTTP needs of them comes as a
//! [`Site`](site::Site), which the server builds.

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

//! Islands: parts of a page that the scripts take over. All of them take children only, and nothing of the children is
//! hydrated. A first property would add 11 KB to the download, for the deserializer, and hydration panics on elements
//! that it does not expect.

mod attached;
mod connection_line;
pub(crate) mod live_form;
mod session_length;
mod show_password;

pub use self::{
    connection_line::ConnectionLine, live_form::LiveForm, session_length::SessionLength,
    show_password::ShowPasswordButton,
};
pub(crate) use self::{
    connection_line::show as show_connection, session_length::show as show_time_left,
    show_password::hide_all as hide_passwords,
};

//! Islands: parts of a page that the scripts take over. They take only children, which are not hydrated: a single
//! property would add 11 KB to the download for the deserializer, and hydration panics on unexpected elements.

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

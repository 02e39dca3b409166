//! What all approaches have in common: settings, members, the page and the errors. Everything about sessions is in the
//! approaches.

mod failure;
mod forms;
pub(crate) mod members;
mod page;
mod settings;

pub use self::{
    failure::Failure,
    forms::{LogIn, MemberAndRole},
    members::{Member, Members},
    page::page,
    settings::Settings,
};

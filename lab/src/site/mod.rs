//! What all approaches have in common: settings, members, the page and the errors. Everything about sessions is in the
//! approaches.

mod bearer;
mod cookies;
mod failure;
mod forms;
pub(crate) mod members;
mod page;
mod settings;
mod shared_key;

pub use self::{
    bearer::bearer,
    cookies::{cookie, removal},
    failure::Failure,
    forms::{LogIn, MemberAndRole},
    members::{Member, Members},
    page::page,
    settings::{ACCESS_TTL, Settings},
    shared_key::SharedKey,
};

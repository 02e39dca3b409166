//! Mail: which messages there are ([`message`], re-exported here), the [`outbox`] that sends them in the background,
//! and the two notices that other subjects cause.

pub mod message;
pub mod outbox;
pub(crate) mod tell_of_new_password;
pub(crate) mod tell_of_reuse;

pub use self::message::{Mail, Message};
pub(crate) use self::message::{may_mail, send_counted};

//! Mail: the messages ([`message`], re-exported here), the [`outbox`] that sends them in the background, and the two
//! notices that other subjects cause.

pub(crate) mod counted;
pub mod message;
pub mod outbox;
pub(crate) mod password_notice;
pub mod ports;
pub mod reuse_notice;

pub use self::message::{Mail, Message};

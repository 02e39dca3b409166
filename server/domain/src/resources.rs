//! Everything that the use cases work with, in one value.

use std::sync::Arc;

use crate::{
    account::ports::{Authority, Confirmations, Members},
    credentials::{password::PasswordHasher, ports::PasswordResets},
    limits::Limits,
    mail::{outbox::Outbox, ports::Mailer},
    session::{self, keys::KeyRing},
};

/// The ports, keys and settings of the domain.
#[derive(Clone)]
pub struct Resources {
    /// The session protocol's own
    pub session: session::Resources,
    /// Members
    pub members: Arc<dyn Members>,
    /// Sign-ups that wait for their code
    pub confirmations: Arc<dyn Confirmations>,
    /// Links for members who have forgotten the password
    pub password_resets: Arc<dyn PasswordResets>,
    /// Roles, standings and passwords, with the sessions that they end
    pub authority: Arc<dyn Authority>,
    /// Rate limits
    pub limits: Limits,
    /// Mail
    pub mailer: Arc<dyn Mailer>,
    /// Mail that is sent in the background
    pub outbox: Outbox,
    /// Passwords
    pub hasher: PasswordHasher,
    /// Keys
    pub keys: KeyRing,
    /// The site's own address, without a trailing slash
    pub public_url: String,
    /// The shortest password, in characters
    pub password_min: usize,
}

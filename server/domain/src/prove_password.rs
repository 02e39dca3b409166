//! A member who is signed in proves once more who they are, before something that only they may do
//! (OWASP ASVS 7.5.1).

use crate::{
    member::{Credentials, MemberId},
    password::{HashError, Password, Verified},
    ports::{Ports, StoreError},
};

/// Why the proof did not count.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// Not the member's password, or the member is gone.
    #[error("the password is wrong")]
    Wrong,
    /// The password could not be hashed, or not now.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database could not say.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The credentials that the password was proven against.
///
/// # Errors
/// [`ProveError`]
pub(crate) async fn prove_password(
    ports: &Ports,
    id: MemberId,
    typed: &Password,
) -> Result<Credentials, ProveError> {
    let credentials = ports.members.credentials_of(id).await?.ok_or(ProveError::Wrong)?;
    match ports.hasher.verify(typed, Some(&credentials.password_hash)).await? {
        Verified::Right { .. } => Ok(credentials),
        Verified::Wrong => Err(ProveError::Wrong),
    }
}

//! The port of credentials. As with every port, "not there" is a value, and an `Err` means that the store is
//! unavailable.

use async_trait::async_trait;

use crate::{
    StoreError,
    account::{confirmation::SecretHash, member::MemberId},
};

/// Links for members who have forgotten the password. A member has one at most: the newest.
#[async_trait]
pub trait PasswordResets: Send + Sync {
    /// Stores a link for [`RESET_LIFETIME`](super::password_reset::RESET_LIFETIME), in place of the member's older one.
    /// `false`: no such member.
    async fn put(&self, id: MemberId, token: &SecretHash) -> Result<bool, StoreError>;
    /// The member whose link still works, by the possible stored forms of its token.
    async fn find(&self, tokens: &[SecretHash]) -> Result<Option<MemberId>, StoreError>;
}

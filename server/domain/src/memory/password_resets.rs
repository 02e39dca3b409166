//! Links for members who have forgotten the password, in memory.

use async_trait::async_trait;

use super::{InMemory, KeptReset, State};
use crate::{
    StoreError,
    account::{confirmation::SecretHash, member::MemberId},
    credentials::{password_reset::RESET_LIFETIME, ports::PasswordResets},
};

impl State {
    pub(super) fn member_of_link(&self, tokens: &[SecretHash]) -> Option<MemberId> {
        let mut resets = self.password_resets.iter();
        let works = |kept: &KeptReset| kept.expires_at > self.now && tokens.contains(&kept.token);
        resets.find(|(_, kept)| works(kept)).map(|(id, _)| *id)
    }
}

#[async_trait]
impl PasswordResets for InMemory {
    async fn put(&self, id: MemberId, token: &SecretHash) -> Result<bool, StoreError> {
        let mut state = self.database()?;
        if !state.members.contains_key(&id) {
            return Ok(false);
        }
        let expires_at = state.now + RESET_LIFETIME;
        state.password_resets.insert(id, KeptReset { token: token.clone(), expires_at });
        Ok(true)
    }

    async fn find(&self, tokens: &[SecretHash]) -> Result<Option<MemberId>, StoreError> {
        Ok(self.database()?.member_of_link(tokens))
    }
}

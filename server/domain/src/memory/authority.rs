//! Passwords, roles and standings in memory, and the sessions that changes of them end.

use async_trait::async_trait;

use super::{InMemory, KeptMember, State, sessions::affected};
use crate::{
    StoreError,
    account::{
        confirmation::SecretHash,
        member::{MemberId, Role, Standing},
        ports::{Authority, PasswordChange},
    },
    credentials::password::PasswordHash,
    session::{EndReason, ports::Affected},
};

impl State {
    fn set_password(&mut self, id: MemberId, new: &PasswordHash) -> Option<PasswordChange> {
        let email = self.members.get(&id)?.member.email.clone();
        self.password_resets.remove(&id);
        self.confirmations.retain(|kept| !kept.new.email.is_same_as(&email));
        let reason = Some(EndReason::PasswordChanged);
        let ended = self.change(id, reason, |it| it.password_hash = new.clone())?;
        Some(PasswordChange { authority_version: self.members[&id].authority_version, ended })
    }

    /// Changes a member, raises the authority version, and ends the sessions if there is a reason to.
    fn change(
        &mut self,
        id: MemberId,
        reason: Option<EndReason>,
        change: impl FnOnce(&mut KeptMember),
    ) -> Option<Affected> {
        let kept = self.members.get_mut(&id)?;
        change(kept);
        kept.authority_version += 1;
        let of_member = |it: &super::KeptSession| it.new.member_id == id;
        Some(match reason {
            Some(reason) => self.end_sessions(reason, of_member),
            None => {
                affected(self.sessions.values().filter(|it| it.ended.is_none() && of_member(it)))
            }
        })
    }
}

#[async_trait]
impl Authority for InMemory {
    async fn change_password(
        &self,
        id: MemberId,
        verified: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<Option<PasswordChange>, StoreError> {
        let mut state = self.database()?;
        if state.members.get(&id).is_none_or(|kept| kept.password_hash != *verified) {
            return Ok(None);
        }
        Ok(state.set_password(id, new))
    }

    async fn reset_password(
        &self,
        id: MemberId,
        tokens: &[SecretHash],
        new: &PasswordHash,
    ) -> Result<Option<PasswordChange>, StoreError> {
        let mut state = self.database()?;
        if state.member_of_link(tokens) != Some(id) {
            return Ok(None);
        }
        Ok(state.set_password(id, new))
    }

    async fn set_role(&self, id: MemberId, role: Role) -> Result<Option<Affected>, StoreError> {
        Ok(self.database()?.change(id, None, |kept| kept.member.role = role))
    }

    async fn set_standing(
        &self,
        id: MemberId,
        standing: Standing,
    ) -> Result<Option<Affected>, StoreError> {
        let reason = (standing == Standing::Suspended).then_some(EndReason::Suspended);
        Ok(self.database()?.change(id, reason, |kept| kept.standing = standing))
    }

    async fn delete(
        &self,
        id: MemberId,
        verified: &PasswordHash,
    ) -> Result<Option<Affected>, StoreError> {
        let mut state = self.database()?;
        if state.members.get(&id).is_none_or(|kept| kept.password_hash != *verified) {
            return Ok(None);
        }
        state.password_resets.remove(&id);
        if let Some(kept) = state.members.remove(&id) {
            state.confirmations.retain(|it| !it.new.email.is_same_as(&kept.member.email));
            state.completed.retain(|it| it.member_id != id);
        }
        Ok(Some(state.end_sessions(EndReason::Deleted, |it| it.new.member_id == id)))
    }
}

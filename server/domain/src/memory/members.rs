//! Members in memory.

use async_trait::async_trait;

use super::{InMemory, KeptMember};
use crate::{
    StoreError,
    account::{
        email::Email,
        member::{Member, MemberId, Profile},
        ports::{Credentials, Members, OwnSession},
    },
    credentials::password::PasswordHash,
    session::{EndReason, SessionId, StoredSession, ports::Sessions},
};

#[async_trait]
impl Members for InMemory {
    async fn credentials(&self, email: &Email) -> Result<Option<Credentials>, StoreError> {
        let state = self.database()?;
        let kept = state.members.values().find(|kept| kept.member.email.is_same_as(email));
        Ok(kept.map(credentials))
    }

    async fn credentials_of(&self, id: MemberId) -> Result<Option<Credentials>, StoreError> {
        Ok(self.database()?.members.get(&id).map(credentials))
    }

    async fn find(&self, id: MemberId) -> Result<Option<Member>, StoreError> {
        Ok(self.database()?.members.get(&id).map(|kept| kept.member.clone()))
    }

    async fn own_session(
        &self,
        id: SessionId,
    ) -> Result<Option<Result<OwnSession, EndReason>>, StoreError> {
        let Some(stored) = Sessions::find(self, id).await? else { return Ok(None) };
        let row = match stored {
            StoredSession::Open(row) => row,
            StoredSession::Ended { reason, .. } => return Ok(Some(Err(reason))),
        };
        let member = Members::find(self, row.member_id).await?;
        Ok(member.map(|member| {
            Ok(OwnSession {
                email: member.email,
                display_name: member.profile.display_name,
                created_at: row.created_at,
                persistence: row.persistence,
                remaining: row.state.remaining,
                idle_left: row.state.idle_timeout.saturating_sub(row.state.seen_ago),
            })
        }))
    }

    async fn update_profile(
        &self,
        id: MemberId,
        profile: &Profile,
    ) -> Result<Option<Member>, StoreError> {
        let mut state = self.database()?;
        Ok(state.members.get_mut(&id).map(|kept| {
            kept.member.profile = profile.clone();
            kept.member.clone()
        }))
    }

    async fn replace_hash(
        &self,
        id: MemberId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), StoreError> {
        let mut state = self.database()?;
        if let Some(kept) = state.members.get_mut(&id).filter(|kept| kept.password_hash == *old) {
            kept.password_hash = new.clone();
        }
        Ok(())
    }
}

fn credentials(kept: &KeptMember) -> Credentials {
    Credentials {
        member_id: kept.member.id,
        authority_version: kept.authority_version,
        email: kept.member.email.clone(),
        password_hash: kept.password_hash.clone(),
        standing: kept.standing,
        locale: kept.member.profile.locale,
    }
}

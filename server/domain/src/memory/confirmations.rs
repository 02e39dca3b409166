//! Pending sign-ups in memory.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{InMemory, KeptCompleted, KeptConfirmation, KeptMember};
use crate::{
    StoreError,
    account::{
        confirmation::{
            CODE_LIFETIME, CODE_TRIES, CompletedSignUp, Confirmation, ConfirmationId, MAILS_MAX,
            NewConfirmation, SecretHash,
        },
        email::Email,
        member::{Member, MemberId, Profile, Role, Standing},
        ports::{Completed, Confirmations},
    },
};

impl KeptConfirmation {
    fn waits(&self, id: ConfirmationId, now: OffsetDateTime) -> bool {
        self.new.id == id && self.expires_at > now
    }

    fn view(&self) -> Confirmation {
        Confirmation {
            id: self.new.id,
            email: self.new.email.clone(),
            locale: self.new.locale,
            password_hash: self.new.password_hash.clone(),
            code: self.new.code.clone(),
            tries_left: CODE_TRIES - self.tries,
            mail: self.mails,
        }
    }
}

#[async_trait]
impl Confirmations for InMemory {
    async fn insert(&self, new: &NewConfirmation) -> Result<(), StoreError> {
        let mut state = self.database()?;
        let expires_at = state.now + CODE_LIFETIME;
        let kept = KeptConfirmation { new: new.clone(), tries: 0, mails: 1, expires_at };
        state.confirmations.push(kept);
        Ok(())
    }

    async fn find(&self, id: ConfirmationId) -> Result<Option<Confirmation>, StoreError> {
        let state = self.database()?;
        let now = state.now;
        Ok(state.confirmations.iter().find(|kept| kept.waits(id, now)).map(KeptConfirmation::view))
    }

    async fn spend_try(&self, id: ConfirmationId) -> Result<Option<Confirmation>, StoreError> {
        let mut state = self.database()?;
        let now = state.now;
        let kept = state
            .confirmations
            .iter_mut()
            .find(|kept| kept.waits(id, now) && kept.tries < CODE_TRIES);
        Ok(kept.map(|kept| {
            kept.tries += 1;
            kept.view()
        }))
    }

    async fn renew(
        &self,
        id: ConfirmationId,
        code: &SecretHash,
    ) -> Result<Option<Confirmation>, StoreError> {
        let mut state = self.database()?;
        let now = state.now;
        let kept =
            state.confirmations.iter_mut().find(|kept| kept.new.id == id && kept.mails < MAILS_MAX);
        Ok(kept.map(|kept| {
            kept.mails += 1;
            kept.tries = 0;
            kept.new.code = code.clone();
            kept.expires_at = now + CODE_LIFETIME;
            kept.view()
        }))
    }

    async fn complete(
        &self,
        id: ConfirmationId,
        member_id: MemberId,
    ) -> Result<Completed, StoreError> {
        let mut state = self.database()?;
        let now = state.now;
        let Some(place) = state.confirmations.iter().position(|kept| kept.waits(id, now)) else {
            return Ok(Completed::Gone);
        };
        let new = state.confirmations[place].new.clone();
        let (proven, others): (Vec<_>, Vec<_>) = std::mem::take(&mut state.confirmations)
            .into_iter()
            .partition(|kept| kept.new.email.is_same_as(&new.email));
        state.confirmations = others;
        if state.members.values().any(|kept| kept.member.email.is_same_as(&new.email)) {
            return Ok(Completed::AddressTaken);
        }
        state.completed.extend(proven.into_iter().map(|kept| KeptCompleted {
            sign_up: CompletedSignUp { id: kept.new.id, code: kept.new.code },
            member_id,
            completed_at: now,
        }));
        let member = Member {
            id: member_id,
            email: new.email,
            profile: Profile::of_sign_up(new.display_name, new.locale),
            role: Role::Member,
            created_at: now,
        };
        let kept = KeptMember {
            member: member.clone(),
            password_hash: new.password_hash,
            standing: Standing::Active,
            authority_version: 1,
        };
        state.members.insert(member_id, kept);
        Ok(Completed::Member { member, authority_version: 1 })
    }

    async fn was_completed(&self, id: ConfirmationId) -> Result<bool, StoreError> {
        Ok(self.database()?.completed.iter().any(|kept| kept.sign_up.id == id))
    }

    async fn completed_lately(&self, email: &Email) -> Result<Vec<CompletedSignUp>, StoreError> {
        let state = self.database()?;
        let of_address = |kept: &&KeptCompleted| {
            kept.completed_at + CODE_LIFETIME > state.now
                && state
                    .members
                    .get(&kept.member_id)
                    .is_some_and(|it| it.member.email.is_same_as(email))
        };
        Ok(state.completed.iter().filter(of_address).map(|kept| kept.sign_up.clone()).collect())
    }
}

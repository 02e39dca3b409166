//! Session rows and live sessions in memory.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{InMemory, KeptSession, State};
use crate::{
    member::Standing,
    ports::{
        Advance, Checked, Extended, LiveSessions, Look, NewSession, Opened, Sessions, StoreError,
    },
    session::{EndReason, LiveSession, SessionId, SessionRow, usual_lifetimes},
};

impl State {
    fn row(&self, id: SessionId) -> Option<SessionRow> {
        let kept = self.sessions.get(&id)?;
        let member = self.members.get(&kept.new.member_id)?;
        let absolute_end = kept.created_at + kept.new.absolute_timeout;
        let age = |since: OffsetDateTime| (self.now - since).try_into().unwrap_or(Duration::ZERO);
        Some(SessionRow {
            id,
            member_id: kept.new.member_id,
            role: member.member.role,
            authority_version: member.authority_version,
            salt: kept.new.salt.clone(),
            created_at: kept.created_at,
            absolute_end,
            remaining: (absolute_end - self.now).try_into().unwrap_or(Duration::ZERO),
            idle_timeout: kept.new.idle_timeout,
            persistence: kept.new.persistence,
            generation: kept.generation,
            rotated_ago: age(kept.rotated_at),
            seen_ago: age(kept.rotated_at),
            late_replay: kept.late_replay,
            ended: kept.ended,
        })
    }
}

#[async_trait]
impl Sessions for InMemory {
    async fn start(&self, new: &NewSession) -> Result<Option<SessionRow>, StoreError> {
        let mut state = self.database()?;
        let unchanged = state.members.get(&new.member_id).is_some_and(|kept| {
            kept.password_hash == new.verified_hash && kept.standing == Standing::Active
        });
        if !unchanged {
            return Ok(None);
        }
        let now = state.now;
        let kept = KeptSession {
            new: new.clone(),
            created_at: now,
            generation: 1,
            rotated_at: now,
            late_replay: None,
            ended: None,
        };
        state.sessions.insert(new.id, kept);
        Ok(state.row(new.id))
    }

    async fn find(&self, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
        Ok(self.database()?.row(id))
    }

    async fn advance(
        &self,
        id: SessionId,
        generation: u32,
        advance: Advance,
    ) -> Result<bool, StoreError> {
        let mut state = self.database()?;
        let now = state.now;
        let kept = state
            .sessions
            .get_mut(&id)
            .filter(|kept| kept.generation == generation && kept.ended.is_none());
        let Some(kept) = kept else { return Ok(false) };
        kept.rotated_at = now;
        match advance {
            Advance::Rotate => kept.generation += 1,
            Advance::LateReplay => kept.late_replay = Some(generation),
            Advance::Ahead { to } => kept.generation = to,
        }
        Ok(true)
    }

    async fn end(&self, id: SessionId, reason: EndReason) -> Result<Option<EndReason>, StoreError> {
        let mut state = self.database()?;
        Ok(state.sessions.get_mut(&id).map(|kept| *kept.ended.get_or_insert(reason)))
    }
}

#[async_trait]
impl LiveSessions for InMemory {
    async fn open(&self, id: SessionId, session: &LiveSession) -> Result<Opened, StoreError> {
        let mut state = self.front_desk()?;
        match state.live.get(&id) {
            Some(Err(reason)) => return Ok(Opened::Ended(*reason)),
            Some(Ok(kept)) if kept.authority_version > session.authority_version => {}
            Some(Ok(kept)) => {
                let newest_generation = kept.newest_generation.max(session.newest_generation);
                state.live.insert(id, Ok(LiveSession { newest_generation, ..*session }));
            }
            None => {
                state.live.insert(id, Ok(*session));
            }
        }
        Ok(Opened::Live)
    }

    async fn check(&self, id: SessionId, look: Look) -> Result<Checked, StoreError> {
        let mut state = self.front_desk()?;
        Ok(match state.live.get_mut(&id) {
            None => Checked::Absent,
            Some(Err(reason)) => Checked::Ended(*reason),
            Some(Ok(session)) => {
                if let Look::Request { generation } = look {
                    session.newest_generation = session.newest_generation.max(generation);
                }
                Checked::Live {
                    session: *session,
                    idle_left: usual_lifetimes().idle,
                    extended: Extended::No,
                }
            }
        })
    }

    async fn close(&self, id: SessionId, reason: EndReason) -> Result<(), StoreError> {
        self.front_desk()?.live.insert(id, Err(reason));
        Ok(())
    }
}

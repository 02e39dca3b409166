//! Session rows in memory.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{InMemory, KeptSession, State};
use crate::{
    member::{MemberId, Standing},
    ports::{Advance, Advanced, Ending, NewSession, Sessions, StoreError},
    rotation::Move,
    session::{EndReason, ListedSession, SessionId, SessionRow, StoredSession},
};

impl State {
    fn stored(&self, id: SessionId) -> Option<StoredSession> {
        let kept = self.sessions.get(&id)?;
        if let Some((reason, _)) = kept.ended {
            return Some(StoredSession::Ended { salt: kept.new.salt.clone(), reason });
        }
        self.row(kept).map(StoredSession::Open)
    }

    fn row(&self, kept: &KeptSession) -> Option<SessionRow> {
        let member = self.members.get(&kept.new.member_id)?;
        let absolute_end = kept.created_at + kept.new.absolute_timeout;
        Some(SessionRow {
            id: kept.new.id,
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
            rotated_ago: self.age(kept.rotated_at),
            seen_at: kept.seen_at,
            seen_ago: self.age(kept.seen_at),
            late_replay: kept.late_replay,
        })
    }

    fn age(&self, since: OffsetDateTime) -> Duration {
        (self.now - since).try_into().unwrap_or(Duration::ZERO)
    }

    /// Ends every open session that `is_meant` names, and answers their ids.
    pub(super) fn end_sessions(
        &mut self,
        reason: EndReason,
        is_meant: impl Fn(&KeptSession) -> bool,
    ) -> Vec<SessionId> {
        let now = self.now;
        let open = self.sessions.iter_mut().filter(|(_, it)| it.ended.is_none() && is_meant(it));
        open.map(|(id, kept)| {
            kept.ended = Some((reason, now));
            *id
        })
        .collect()
    }

    fn has_not_moved(&self, row: &SessionRow) -> bool {
        let version = self.members.get(&row.member_id).map(|kept| kept.authority_version);
        let kept = self.sessions.get(&row.id);
        version == Some(row.authority_version)
            && kept.is_some_and(|kept| kept.generation == row.generation && kept.ended.is_none())
    }
}

impl KeptSession {
    fn is_as_read(&self, row: &SessionRow) -> bool {
        self.generation == row.generation && self.seen_at == row.seen_at && self.ended.is_none()
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
            seen_at: now,
            late_replay: None,
            replays_from_elsewhere: 0,
            client: new.client.clone(),
            ended: None,
        };
        let row = state.row(&kept);
        state.sessions.insert(new.id, kept);
        Ok(row)
    }

    async fn find(&self, id: SessionId) -> Result<Option<StoredSession>, StoreError> {
        Ok(self.database()?.stored(id))
    }

    async fn confirm(&self, row: &SessionRow) -> Result<bool, StoreError> {
        Ok(self.database()?.has_not_moved(row))
    }

    async fn advance(&self, advance: Advance<'_>) -> Result<Advanced, StoreError> {
        let mut state = self.database()?;
        let now = state.now;
        if !state.has_not_moved(advance.row) {
            return Ok(Advanced::Not);
        }
        let kept = state
            .sessions
            .get_mut(&advance.row.id)
            .filter(|kept| advance.by != Move::LateReplay || kept.is_as_read(advance.row));
        let Some(kept) = kept else { return Ok(Advanced::Not) };
        let is_elsewhere = kept.client != *advance.client;
        match advance.by {
            Move::Renew => return Ok(Advanced::Done),
            Move::Replay => kept.seen_at = now,
            Move::Rotate | Move::Ahead => {
                kept.generation = advance.answered;
                kept.client = advance.client.clone();
                (kept.rotated_at, kept.seen_at) = (now, now);
                return Ok(Advanced::Done);
            }
            Move::LateReplay => {
                kept.late_replay = Some(advance.row.generation);
                (kept.rotated_at, kept.seen_at) = (now, now);
            }
        }
        if !is_elsewhere {
            return Ok(Advanced::Done);
        }
        kept.replays_from_elsewhere += 1;
        Ok(Advanced::DoneFromElsewhere)
    }

    async fn end(&self, id: SessionId, reason: EndReason) -> Result<Option<Ending>, StoreError> {
        let mut state = self.database()?;
        let now = state.now;
        let Some(kept) = state.sessions.get_mut(&id) else { return Ok(None) };
        if let Some((before, _)) = kept.ended {
            return Ok(Some(Ending::Before(before)));
        }
        kept.ended = Some((reason, now));
        Ok(Some(Ending::Now))
    }

    async fn end_as_read(&self, row: &SessionRow, reason: EndReason) -> Result<bool, StoreError> {
        let is_as_read =
            self.database()?.sessions.get(&row.id).is_some_and(|it| it.is_as_read(row));
        Ok(is_as_read && self.end(row.id, reason).await? == Some(Ending::Now))
    }

    async fn end_of(
        &self,
        member_id: MemberId,
        id: SessionId,
        reason: EndReason,
    ) -> Result<Option<Ending>, StoreError> {
        let owner = self.database()?.sessions.get(&id).map(|kept| kept.new.member_id);
        if owner == Some(member_id) { self.end(id, reason).await } else { Ok(None) }
    }

    async fn end_others_of(
        &self,
        member_id: MemberId,
        kept: SessionId,
        reason: EndReason,
    ) -> Result<Vec<SessionId>, StoreError> {
        let mut state = self.database()?;
        Ok(state.end_sessions(reason, |it| it.new.member_id == member_id && it.new.id != kept))
    }

    async fn end_all(&self, reason: EndReason) -> Result<u64, StoreError> {
        Ok(self.database()?.end_sessions(reason, |_| true).len() as u64)
    }

    async fn list_of(&self, member_id: MemberId) -> Result<Vec<ListedSession>, StoreError> {
        let state = self.database()?;
        let open = state.sessions.values().filter(|kept| kept.ended.is_none());
        let rows = open
            .filter(|kept| kept.new.member_id == member_id)
            .filter_map(|kept| Some((kept, state.row(kept)?)));
        let mut listed: Vec<_> = rows
            .map(|(kept, row)| ListedSession {
                id: row.id,
                client: kept.client.clone(),
                created_at: row.created_at,
                seen_ago: row.seen_ago,
                idle_timeout: row.idle_timeout,
                remaining: row.remaining,
                persistence: row.persistence,
                replays_from_elsewhere: kept.replays_from_elsewhere,
            })
            .collect();
        listed.sort_by_key(|session| session.seen_ago);
        Ok(listed)
    }

    async fn ended_within(
        &self,
        time: Duration,
    ) -> Result<Vec<(SessionId, EndReason)>, StoreError> {
        let state = self.database()?;
        let ended = state.sessions.iter().filter_map(|(id, kept)| Some((*id, kept.ended?)));
        Ok(ended
            .filter(|(_, (_, at))| state.age(*at) <= time)
            .map(|(id, (reason, _))| (id, reason))
            .collect())
    }
}

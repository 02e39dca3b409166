//! Session rows in memory.

use std::{cmp::Reverse, collections::HashSet, time::Duration};

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{InMemory, KeptSession, State};
use crate::{
    StoreError,
    account::member::{MemberId, Standing},
    session::{
        EndReason, ListedSession, RowState, SessionId, SessionRow, StoredSession,
        ports::{
            Affected, EndedQuery, EndedSession, Ending, Ends, ListQuery, NAMED_MAX, NewSession,
            RowUpdate, Sessions, Started, UpdateOutcome,
        },
        rotation::{RefreshKind, apply},
    },
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
            persistence: kept.new.persistence,
            seen_at: kept.seen_at,
            state: RowState {
                remaining: (absolute_end - self.now).try_into().unwrap_or(Duration::ZERO),
                idle_timeout: kept.new.idle_timeout,
                generation: kept.generation,
                rotated_ago: self.age(kept.rotated_at),
                seen_ago: self.age(kept.seen_at),
                late_replay: kept.late_replay,
            },
        })
    }

    fn age(&self, since: OffsetDateTime) -> Duration {
        (self.now - since).try_into().unwrap_or(Duration::ZERO)
    }

    /// Ends every open session that `is_meant` selects, and returns them.
    pub(super) fn end_sessions(
        &mut self,
        reason: EndReason,
        is_meant: impl Fn(&KeptSession) -> bool,
    ) -> Affected {
        let now = self.now;
        let open = self.sessions.values_mut().filter(|it| it.ended.is_none() && is_meant(it));
        affected(open.map(|kept| {
            kept.ended = Some((reason, now));
            &*kept
        }))
    }

    /// Ends expired sessions, then the oldest ones, until the member has `open_max` open sessions.
    fn make_room(&mut self, member_id: MemberId, open_max: u32) -> Vec<SessionId> {
        let of_member = |it: &&KeptSession| it.ended.is_none() && it.new.member_id == member_id;
        let mut open: Vec<_> = self
            .sessions
            .values()
            .filter(of_member)
            .map(|it| (self.is_over(it), Reverse((it.created_at, it.new.id.0)), it.new.id))
            .collect();
        open.sort_by_key(|(is_over, age, _)| (*is_over, *age));
        let displaced: HashSet<_> =
            open.into_iter().skip(open_max as usize).map(|(.., id)| id).collect();
        self.end_sessions(EndReason::Revoked, |it| displaced.contains(&it.new.id)).named
    }

    fn is_over(&self, kept: &KeptSession) -> bool {
        self.age(kept.seen_at) > kept.new.idle_timeout
            || self.age(kept.created_at) >= kept.new.absolute_timeout
    }

    fn has_not_moved(&self, row: &SessionRow) -> bool {
        let version = self.members.get(&row.member_id).map(|kept| kept.authority_version);
        let kept = self.sessions.get(&row.id);
        version == Some(row.authority_version)
            && kept
                .is_some_and(|kept| kept.generation == row.state.generation && kept.ended.is_none())
    }
}

/// Returns these sessions in the result type of a change.
pub(super) fn affected<'a>(sessions: impl Iterator<Item = &'a KeptSession>) -> Affected {
    let mut seen: Vec<_> = sessions.map(|kept| (kept.seen_at, kept.new.id)).collect();
    seen.sort_by_key(|(seen_at, _)| Reverse(*seen_at));
    let named = seen.iter().take(NAMED_MAX).map(|(_, id)| *id).collect();
    Affected { count: seen.len() as u64, named }
}

impl KeptSession {
    fn is_as_read(&self, row: &SessionRow) -> bool {
        self.generation == row.state.generation
            && self.seen_at == row.seen_at
            && self.ended.is_none()
    }
}

#[async_trait]
impl Sessions for InMemory {
    async fn start(&self, new: &NewSession, open_max: u32) -> Result<Option<Started>, StoreError> {
        let mut state = self.database()?;
        let unchanged = state.members.get(&new.member_id).is_some_and(|kept| {
            kept.authority_version == new.authority_version && kept.standing == Standing::Active
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
            ended: None,
            is_closed: false,
        };
        let row = state.row(&kept);
        state.sessions.insert(new.id, kept);
        let displaced = state.make_room(new.member_id, open_max);
        Ok(row.map(|row| Started { row, displaced }))
    }

    async fn find(&self, id: SessionId) -> Result<Option<StoredSession>, StoreError> {
        Ok(self.database()?.stored(id))
    }

    async fn find_to_refresh(&self, id: SessionId) -> Result<Option<StoredSession>, StoreError> {
        Sessions::find(self, id).await
    }

    async fn confirm(&self, row: &SessionRow) -> Result<bool, StoreError> {
        Ok(self.database()?.has_not_moved(row))
    }

    async fn advance(&self, update: RowUpdate<'_>) -> Result<UpdateOutcome, StoreError> {
        let mut state = self.database()?;
        let RowUpdate { row, kind, presented, client } = update;
        if !state.has_not_moved(row) {
            return Ok(UpdateOutcome::Conflict);
        }
        let now = state.now;
        let before = state.sessions.get(&row.id).and_then(|kept| state.row(kept));
        let after = before.and_then(|before| apply(before.state, kind, presented));
        let kept = state.sessions.get_mut(&row.id);
        let kept = kept.filter(|kept| kind != RefreshKind::LateReplay || kept.is_as_read(row));
        let (Some(kept), Some(after)) = (kept, after) else { return Ok(UpdateOutcome::Conflict) };
        kept.generation = after.generation;
        kept.late_replay = after.late_replay;
        kept.rotated_at = now - after.rotated_ago;
        kept.seen_at = now - after.seen_ago;
        if kind.is_replay() && kept.new.client != *client {
            kept.replays_from_elsewhere += 1;
            return Ok(UpdateOutcome::DoneFromElsewhere);
        }
        if after.generation > row.state.generation {
            kept.new.client = client.clone();
        }
        Ok(UpdateOutcome::Done)
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
    ) -> Result<Affected, StoreError> {
        let mut state = self.database()?;
        Ok(state.end_sessions(reason, |it| it.new.member_id == member_id && it.new.id != kept))
    }

    async fn end_all(&self, reason: EndReason) -> Result<u64, StoreError> {
        Ok(self.database()?.end_sessions(reason, |_| true).count)
    }

    async fn list_of(
        &self,
        member_id: MemberId,
        query: ListQuery,
    ) -> Result<Vec<ListedSession>, StoreError> {
        let state = self.database()?;
        let open = state.sessions.values().filter(|kept| kept.ended.is_none());
        let rows = open
            .filter(|kept| kept.new.member_id == member_id)
            .filter_map(|kept| Some((kept, state.row(kept)?)));
        let mut listed: Vec<_> = rows
            .map(|(kept, row)| ListedSession {
                id: row.id,
                client: kept.new.client.clone(),
                created_at: row.created_at,
                seen_at: row.seen_at,
                seen_ago: row.state.seen_ago,
                idle_timeout: row.state.idle_timeout,
                remaining: row.state.remaining,
                persistence: row.persistence,
                replays_from_elsewhere: kept.replays_from_elsewhere,
            })
            .filter(|it| {
                let is_over =
                    it.remaining.is_zero() || it.seen_ago > it.idle_timeout + query.idle_slack;
                let is_later = query
                    .before
                    .is_none_or(|place| (it.seen_at, it.id.0) < (place.seen_at, place.id.0));
                it.id == query.first || (is_later && !is_over)
            })
            .collect();
        listed.sort_by_key(|it| (it.id != query.first, Reverse((it.seen_at, it.id.0))));
        listed.truncate(query.limit as usize);
        Ok(listed)
    }

    async fn ended(&self, query: EndedQuery) -> Result<Vec<EndedSession>, StoreError> {
        let state = self.database()?;
        let place = |it: &EndedSession| (it.ended_at, it.id.0);
        let mut ended: Vec<_> = state
            .sessions
            .iter()
            .filter(|(_, kept)| query.ends == Ends::All || !kept.is_closed)
            .filter_map(|(id, kept)| Some((*id, kept.ended?)))
            .map(|(id, (reason, ended_at))| EndedSession { id, reason, ended_at })
            .filter(|it| state.age(it.ended_at) <= query.within)
            .filter(|it| query.after.is_none_or(|after| place(it) > place(&after)))
            .collect();
        ended.sort_by_key(place);
        ended.truncate(query.limit as usize);
        Ok(ended)
    }

    async fn note_closed(&self, ids: &[SessionId]) -> Result<(), StoreError> {
        let mut state = self.database()?;
        for id in ids {
            if let Some(kept) = state.sessions.get_mut(id) {
                kept.is_closed = kept.ended.is_some();
            }
        }
        Ok(())
    }
}

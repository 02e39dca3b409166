//! The live-session store in memory.

use async_trait::async_trait;

use super::InMemory;
use crate::{
    StoreError,
    session::{
        EndReason, LiveSession, SessionId,
        ports::{CheckMode, Checked, LiveSessions, Opened},
        usual_lifetimes,
    },
};

#[async_trait]
impl LiveSessions for InMemory {
    async fn open(&self, id: SessionId, session: &LiveSession) -> Result<Opened, StoreError> {
        let mut state = self.live_sessions()?;
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

    async fn check(&self, id: SessionId, mode: CheckMode) -> Result<Checked, StoreError> {
        let mut state = self.live_sessions()?;
        Ok(match state.live.get_mut(&id) {
            None => Checked::Absent,
            Some(Err(reason)) => Checked::Ended(*reason),
            Some(Ok(session)) => {
                if let CheckMode::Use { generation } = mode {
                    session.newest_generation = session.newest_generation.max(generation);
                }
                Checked::Live {
                    session: *session,
                    idle_left: usual_lifetimes().idle,
                    is_extended: false,
                }
            }
        })
    }

    async fn close(&self, id: SessionId, reason: EndReason) -> Result<(), StoreError> {
        self.live_sessions()?.live.insert(id, Err(reason));
        Ok(())
    }
}

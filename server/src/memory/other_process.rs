//! Live sessions in the memory of another process, which a command at a terminal cannot reach.

use async_trait::async_trait;
use domain::{
    StoreError,
    session::{
        EndReason, LiveSession, SessionId,
        ports::{CheckMode, Checked, LiveSessions, Opened},
    },
};

/// Fails every call, so that nothing counts as closed: the sweeper of the other process closes what has ended.
#[derive(Debug, Clone, Copy)]
pub struct OtherProcess;

#[async_trait]
impl LiveSessions for OtherProcess {
    async fn open(&self, _: SessionId, _: &LiveSession) -> Result<Opened, StoreError> {
        Err(out_of_reach("open a live session"))
    }

    async fn check(&self, _: SessionId, _: CheckMode) -> Result<Checked, StoreError> {
        Err(out_of_reach("check a live session"))
    }

    async fn close(&self, _: SessionId, _: EndReason) -> Result<(), StoreError> {
        Err(out_of_reach("close a live session"))
    }
}

fn out_of_reach(operation: &'static str) -> StoreError {
    StoreError::new(operation, "it is in the memory of another process")
}

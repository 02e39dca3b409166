//! The end of every session of every member, for use after restoring a backup, in which ended sessions may be open
//! again.

use super::{
    Closings, EndReason, StoreError,
    audit::{self, Details},
    counters,
    endings::close_ended,
    ports::Ends,
    resources::Resources,
};

/// Ends every session on behalf of the staff, and closes the live sessions.
///
/// # Errors
/// The database is unavailable.
pub async fn end_all_sessions(resources: &Resources) -> Result<Closings, StoreError> {
    let ended = resources.rows.end_all(EndReason::Revoked).await?;
    counters::ended(EndReason::Revoked, ended);
    audit::ended(EndReason::Revoked, Details { sessions: Some(ended), ..Details::by_staff() });
    close_ended(resources, Ends::Unclosed).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{memory::InMemory, session::Persistence};

    #[tokio::test]
    async fn ending_all_sessions_leaves_nobody_signed_in() {
        let world = InMemory::default();
        let browsers = [
            world.signed_in(Persistence::Browser).await,
            world.signed_in(Persistence::Remembered).await,
        ];
        assert_eq!(
            end_all_sessions(&world.session()).await.unwrap(),
            Closings { closed: 2, failed: 0 }
        );
        for browser in browsers {
            assert_eq!(browser.refusal(&world).await, EndReason::Revoked);
        }
    }
}

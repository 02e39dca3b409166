//! What every instance does beside its requests: it closes what ended and is not closed ([`domain::session::sweep`]), and
//! frees and deletes what is no longer needed.

use std::time::Duration;

use domain::{
    Resources, StoreError,
    session::sweep::{Since, Sweeper},
};
use tokio::time::{Instant, sleep};

use crate::{
    config::VisitorStore,
    jitter::jittered,
    postgres::{self, Cleared},
    state::Genkan,
};

/// Bounds how long an end that the live-session store missed stays unknown there.
const EVERY: Duration = Duration::from_secs(15);
/// Time between two deletions of old rows.
const CLEAR_EVERY: Duration = Duration::from_secs(3600);

/// Sweeps until it is aborted.
pub async fn run(site: Genkan) {
    // Beside each other: a slow deletion must not hold up the round that live sessions wait for.
    tokio::join!(close_ended(&site), tidy(&site));
}

/// Closes what ended, every 8 to 15 seconds and as soon as the live-session store is available again.
async fn close_ended(site: &Genkan) {
    let mut sweeper = Sweeper::default();
    loop {
        let mut since = tokio::select! {
            () = sleep(jittered(EVERY)) => Since::Quiet,
            () = site.recovery.available() => Since::Recovery,
        };
        if site.recovery.is_due() {
            since = Since::Recovery;
        }
        let failures = site.recovery.failures();
        let is_complete = round(&mut sweeper, &site.resources, since).await;
        if is_complete && since == Since::Recovery {
            site.recovery.made_up_for(failures);
        }
    }
}

/// Returns whether everything was closed that had to be.
async fn round(sweeper: &mut Sweeper, resources: &Resources, since: Since) -> bool {
    match sweeper.round(&resources.session, since).await {
        Ok(swept) if swept.failed == 0 => {
            tracing::debug!(closed = swept.closed, "sweeper.round");
            true
        }
        Ok(swept) => {
            tracing::warn!(
                closed = swept.closed,
                failed = swept.failed,
                "sweeper.round_incomplete"
            );
            false
        }
        Err(error) => {
            tracing::warn!(error = %domain::causes(&error), "sweeper.round_failed");
            false
        }
    }
}

/// Frees memory, closes idle connections, and deletes rows, every 8 to 15 seconds. Old rows are deleted once an hour,
/// then in every round until there are none.
async fn tidy(site: &Genkan) {
    let mut cleared = None::<Instant>;
    loop {
        site.resources.hasher.release_idle();
        site.database.close_idle().await;
        clear_short_lived(site).await;
        if cleared.is_none_or(|at| at.elapsed() > CLEAR_EVERY) && clear(&site.database).await {
            cleared = Some(Instant::now());
        }
        sleep(jittered(EVERY)).await;
    }
}

/// Deletes what lives for minutes, in every round, where it is kept in Postgres. Redis deletes it by itself.
async fn clear_short_lived(site: &Genkan) {
    if site.config.visitor_sessions != VisitorStore::Postgres {
        return;
    }
    match postgres::clear_expired_visitors(&site.database).await {
        Ok(Cleared { rows, .. }) => tracing::debug!(cleared = rows, "sweeper.visitors_cleared"),
        failed @ Err(_) => {
            log_cleared("visitors", failed);
        }
    }
}

/// Returns false if there may be more to delete, so that the next round goes on.
async fn clear(database: &postgres::Database) -> bool {
    let sessions = log_cleared("sessions", postgres::clear_old_sessions(database).await);
    let resets =
        log_cleared("password resets", postgres::clear_expired_password_resets(database).await);
    let sign_ups = log_cleared("sign-ups", postgres::clear_old_sign_ups(database).await);
    // The table is empty with another live-session store.
    let live = log_cleared("live sessions", postgres::clear_expired_live_sessions(database).await);
    sessions && resets && sign_ups && live
}

/// Returns false if there may be more to delete. A deletion that failed is not repeated before it is due again.
fn log_cleared(what: &str, cleared: Result<Cleared, StoreError>) -> bool {
    match cleared {
        Ok(Cleared { rows: 0, is_complete }) => is_complete,
        Ok(Cleared { rows, is_complete }) => {
            tracing::info!(what, cleared = rows, "sweeper.cleared");
            is_complete
        }
        Err(error) => {
            tracing::warn!(what, error = %domain::causes(&error), "sweeper.clear_failed");
            true
        }
    }
}

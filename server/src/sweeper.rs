//! The task that every instance runs beside its requests: closes again what ended lately
//! ([`domain::sweep`]), and now and then clears away what nobody can ask for any more.

use std::time::Duration;

use domain::{
    ports::{Ports, StoreError},
    sweep::sweep,
};
use tokio::time::{Instant, sleep};

use crate::{
    config::LiveSessionStore,
    jitter::jittered,
    postgres::{self, PgLiveSessions},
    state::Genkan,
};

/// An end that the front desk missed stands open for no longer.
const EVERY: Duration = Duration::from_secs(15);
/// A member may come back to a browser after weeks and is told why its session is over.
const CLEAR_EVERY: Duration = Duration::from_secs(3600);

/// Sweeps until it is aborted: every 15 seconds, and as soon as the front desk answers again.
pub async fn run(site: Genkan) {
    let expired = (site.config.live_sessions == LiveSessionStore::Postgres)
        .then(|| PgLiveSessions::new(site.database.clone(), &site.config.lifetimes));
    let mut cleared = None::<Instant>;
    loop {
        tokio::select! {
            () = sleep(jittered(EVERY)) => {}
            () = site.recovered.notified() => {}
        }
        round(&site.ports).await;
        if let Some(live) = &expired {
            report("sweeper.expired", live.sweep().await);
        }
        if cleared.is_none_or(|at| at.elapsed() > CLEAR_EVERY) {
            cleared = Some(Instant::now());
            report("sweeper.cleared", postgres::clear_old_sessions(&site.database).await);
        }
    }
}

async fn round(ports: &Ports) {
    match sweep(ports).await {
        Ok(swept) if swept.failed > 0 => {
            tracing::warn!(
                closed = swept.closed,
                failed = swept.failed,
                "sweeper.round_incomplete"
            );
        }
        Ok(swept) => tracing::debug!(closed = swept.closed, "sweeper.round"),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "sweeper.round_failed");
        }
    }
}

fn report(what: &'static str, deleted: Result<u64, StoreError>) {
    match deleted {
        Ok(0) => {}
        Ok(rows) => tracing::info!(rows, "{what}"),
        Err(error) => {
            tracing::warn!(what, error = &error as &dyn std::error::Error, "sweeper.failed");
        }
    }
}

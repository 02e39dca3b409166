//! The task that every instance runs beside its requests: closes again what ended lately
//! ([`domain::sweep`]), and now and then clears away what nobody can ask for any more.

use std::{sync::Arc, time::Duration};

use domain::{ports::Ports, sweep::sweep};
use sqlx::PgPool;
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

use crate::{jitter::jittered, postgres};

/// An end that the front desk missed stands open for no longer.
const EVERY: Duration = Duration::from_secs(15);
/// A member may come back to a browser after weeks and is told why its session is over.
const CLEAR_EVERY: Duration = Duration::from_secs(3600);

/// Sweeps until it is aborted: every 15 seconds, and as soon as the front desk answers again.
pub async fn run(ports: Ports, database: PgPool, recovered: Arc<Notify>) {
    let mut cleared = None::<Instant>;
    loop {
        tokio::select! {
            () = sleep(jittered(EVERY)) => {}
            () = recovered.notified() => {}
        }
        round(&ports).await;
        if cleared.is_none_or(|at| at.elapsed() > CLEAR_EVERY) {
            cleared = Some(Instant::now());
            clear(&database).await;
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

async fn clear(database: &PgPool) {
    match postgres::clear_old_sessions(database).await {
        Ok(0) => {}
        Ok(cleared) => tracing::info!(cleared, "sweeper.cleared"),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "sweeper.clear_failed");
        }
    }
}

//! Sessions in the memory of the instance. No other instance knows them, and they end with the process: the library's store
//! removes none that has expired. It saves one that a log-out has deleted meanwhile, so a page under way brings it back.

use axum::Router;
use tower_sessions::{Expiry, MemoryStore, SessionManagerLayer};

use super::server_side;
use crate::site::Settings;

pub(super) fn site(settings: &Settings) -> anyhow::Result<Router> {
    let layer = SessionManagerLayer::new(MemoryStore::default())
        .with_expiry(Expiry::OnInactivity(settings.session_ttl.try_into()?))
        // Each use extends the session.
        .with_always_save(true);
    Ok(server_side::site(settings.members()?, layer))
}

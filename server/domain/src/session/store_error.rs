//! The one error of every port that reaches a store.

use std::sync::Arc;

/// A store is unavailable, or has failed. Logged once, where it is handled; never shown to a member. Cloning shares
/// it, for all that waited for the same result.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation} failed")]
pub struct StoreError {
    operation: &'static str,
    #[source]
    source: Arc<dyn std::error::Error + Send + Sync>,
}

impl StoreError {
    /// `operation` says what was tried, `source` what the store reported.
    pub fn new(
        operation: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { operation, source: Arc::from(source.into()) }
    }
}

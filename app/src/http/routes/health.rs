//! `GET /health/live` and `/health/ready`: whether this instance runs, and whether it can serve.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::http::{
    answers::{NO_STORE, RETRY_AFTER},
    site::Site,
};

/// The process runs. Touches no store: a failed store is no reason to restart an instance.
pub(crate) async fn live() -> Response {
    ([NO_STORE], "ok").into_response()
}

/// The stores are available and take writes.
pub(crate) async fn ready(State(site): State<Arc<Site>>) -> Response {
    match site.stores.check().await {
        Ok(()) => ([NO_STORE], "ok").into_response(),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "health.not_ready");
            let headers = [NO_STORE, (header::RETRY_AFTER, RETRY_AFTER)];
            (StatusCode::SERVICE_UNAVAILABLE, headers, "a store does not answer").into_response()
        }
    }
}

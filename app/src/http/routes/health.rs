//! `GET /health/live` and `/health/ready`: liveness and readiness of this instance.

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::http::{
    answers::{NO_STORE, RETRY_AFTER},
    layers::failure::ForOperators,
    site::Site,
};

/// Reports that the process runs. Asks no store, since restarting the instance would not repair a failed one.
pub(crate) async fn live() -> Response {
    ([NO_STORE], "ok").into_response()
}

/// Checks that the instance is not shutting down, that the stores are available and accept writes, and that the clock
/// is right: otherwise balancers should send requests to another instance.
pub(crate) async fn ready(State(site): State<Arc<Site>>) -> Response {
    if site.draining.has_begun() {
        return not_ready("shutting down");
    }
    match site.stores.check().await {
        Ok(()) => ([NO_STORE], "ok").into_response(),
        Err(error) => {
            tracing::warn!(error = %domain::causes(&error), "health.not_ready");
            not_ready(error.reason())
        }
    }
}

fn not_ready(reason: &'static str) -> Response {
    let headers = [NO_STORE, (header::RETRY_AFTER, RETRY_AFTER)];
    (StatusCode::SERVICE_UNAVAILABLE, headers, Extension(ForOperators), reason).into_response()
}

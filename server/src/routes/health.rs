//! Whether this instance lives, and whether it can serve.

use app::ssr::status::{NO_STORE, RETRY_AFTER};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use sqlx::PgPool;

use crate::{postgres, redis::Redis};

/// The process answers. Asks nothing: a failed store is no reason to start an instance anew.
pub(crate) async fn live() -> Response {
    ([NO_STORE], "ok").into_response()
}

/// Both stores answer.
pub(crate) async fn ready(State(database): State<PgPool>, State(redis): State<Redis>) -> Response {
    match tokio::try_join!(postgres::ping(&database), redis.ping()) {
        Ok(_) => ([NO_STORE], "ok").into_response(),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "health.not_ready");
            let headers = [NO_STORE, (header::RETRY_AFTER, RETRY_AFTER)];
            (StatusCode::SERVICE_UNAVAILABLE, headers, "a store does not answer").into_response()
        }
    }
}

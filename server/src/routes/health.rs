//! Whether this instance lives, and whether it can serve.

use app::ssr::status::{NO_STORE, RETRY_AFTER};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    ports::{Look, Ports},
    session::SessionId,
};
use sqlx::PgPool;

use crate::{
    postgres,
    redis::{Memory, Redis},
};

/// The process answers. Asks nothing: a failed store is no reason to start an instance anew.
pub(crate) async fn live() -> Response {
    ([NO_STORE], "ok").into_response()
}

/// Both stores answer and take writes, and the front desk is asked, not left alone.
pub(crate) async fn ready(
    State(database): State<PgPool>,
    State(redis): State<Redis>,
    State(memory): State<Memory>,
    State(ports): State<Ports>,
) -> Response {
    let answers = tokio::try_join!(
        postgres::ping(&database),
        redis.ping(),
        memory.takes_writes(),
        ports.live.check(SessionId::random(), Look::Glance),
    );
    match answers {
        Ok(_) => ([NO_STORE], "ok").into_response(),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "health.not_ready");
            let headers = [NO_STORE, (header::RETRY_AFTER, RETRY_AFTER)];
            (StatusCode::SERVICE_UNAVAILABLE, headers, "a store does not answer").into_response()
        }
    }
}

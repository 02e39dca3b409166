//! What every request carries from the start: an id that logs and error pages share, the browser that
//! asks, and the language to answer in. What every answer ends with: a line in the log, the counter of its
//! reason if it is 401, and an audit event if it refuses something.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use app::{
    api::problem::Problem,
    ssr::{cookies, identity::Identity, locale::accepted_locale},
};
use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use domain::{counters, fields::FieldProblem, session::Client};
use tracing::Instrument;
use uuid::Uuid;

use crate::{client_address::client_address, config::Config, middleware::Refusals};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const USER_AGENT_MAX: usize = 512;

/// What is wrong with a code, link or password that proves nothing.
const PROOFS: [FieldProblem; 4] = [
    FieldProblem::Wrong,
    FieldProblem::Expired,
    FieldProblem::OlderMail,
    FieldProblem::TooManyTries,
];

/// The request's id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestId(pub(crate) Uuid);

/// Attaches id, browser and language, logs the answer, and counts it if it is 401. A refused form counts as what it
/// is, though its answer leads back to its page.
pub(crate) async fn attach(
    State(config): State<Arc<Config>>,
    State(refusals): State<Arc<Refusals>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = Uuid::now_v7();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let client = Client {
        user_agent: user_agent(request.headers()),
        ip: client_address(request.headers(), peer, config.trusted_hops),
    };
    let locale =
        cookies::locale(request.headers()).unwrap_or_else(|| accepted_locale(request.headers()));
    request.extensions_mut().insert(RequestId(id));
    request.extensions_mut().insert(client.clone());
    request.extensions_mut().insert(locale);

    // The query may hold a confirmation's token, and stays out of the log.
    let span = tracing::info_span!("request", id = %id, method = %request.method(), path = request.uri().path());
    async move {
        let begun = Instant::now();
        let method = request.method().clone();
        let mut response = next.run(request).await;
        let refused = response.extensions().get::<Problem>();
        let status = refused.map_or(response.status().as_u16(), |problem| problem.status);
        if status == StatusCode::UNAUTHORIZED {
            counters::unauthorized(refused.map_or("unknown", |problem| problem.reason.as_str()));
        }
        if let Some(problem) = refused {
            counters::refused(refused_as(problem));
            let identity = response.extensions().get::<Identity>();
            refusals.record(problem, &method, identity, &client);
        }
        tracing::info!(
            status = response.status().as_u16(),
            refused = refused.map(refused_as),
            milliseconds = begun.elapsed().as_millis(),
            "request.answered"
        );
        // Routes see to it, but not what is shown in their place; HTTP/2 would send it (RFC 9110 §9.3.2).
        if method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        if let Ok(id) = HeaderValue::try_from(id.to_string()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }
    .instrument(span)
    .await
}

/// Why a request was refused, in the log and the counters. A code, link or password that proves nothing is no slip of
/// the pen, and counts as what it is.
fn refused_as(problem: &Problem) -> &str {
    let proofs = PROOFS.map(FieldProblem::as_str);
    let proof = problem.errors.values().find(|code| proofs.contains(&code.as_str()));
    proof.map_or(&problem.reason, |code| code)
}

fn user_agent(headers: &HeaderMap) -> String {
    let value = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().chars().take(USER_AGENT_MAX).collect()
}

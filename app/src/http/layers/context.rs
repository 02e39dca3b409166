//! The outermost layer. It gives each request an id that logs and error pages share, its client, and its language. It
//! logs and times each response, counts a 401 by its reason, and writes an audit event for a refused request.
//!
//! Not `tower_http::request_id`: it trusts an id that the client sends.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use contract::FieldProblem;
use domain::session::Client;
use tracing::Instrument;
use uuid::Uuid;

use crate::{
    api::problem::Problem,
    http::{
        client_address::client_address,
        cookies,
        layers::{counters, identify::Identity, request_times::RequestTimes},
        locale::accepted_locale,
        site::Site,
    },
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const USER_AGENT_MAX: usize = 512;
/// The bounds of what a line of the log repeats. Clients may send a method or a path of any length.
const METHOD_MAX: usize = 16;
const PATH_MAX: usize = 256;

/// Problems of a code, link or password that proves nothing.
const PROOFS: [FieldProblem; 4] = [
    FieldProblem::Wrong,
    FieldProblem::Expired,
    FieldProblem::OlderMail,
    FieldProblem::TooManyTries,
];

#[derive(Debug, Clone, Copy)]
pub struct RequestId(pub Uuid);

/// Attaches id, client and language, logs and times the response, and counts it if it is 401. A refused form is counted
/// by its problem, although its response redirects to its page.
pub(crate) async fn attach(
    State((site, times)): State<(Arc<Site>, Arc<RequestTimes>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = Uuid::now_v7();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let client = Client {
        user_agent: user_agent(request.headers()),
        ip: client_address(request.headers(), peer, site.settings.trusted_hops),
    };
    let locale =
        cookies::locale(request.headers()).unwrap_or_else(|| accepted_locale(request.headers()));
    request.extensions_mut().insert(RequestId(id));
    request.extensions_mut().insert(client.clone());
    request.extensions_mut().insert(locale);

    // The query may hold a confirmation's token, so it is not logged.
    let path = request.uri().path();
    let span = tracing::info_span!(
        "request",
        id = %id,
        method = %beginning(request.method().as_str(), METHOD_MAX),
        path = beginning(path, PATH_MAX),
    );
    let is_health_check = path.starts_with("/health/");
    async move {
        let begun = Instant::now();
        let method = request.method().clone();
        let route = times.of(request.uri().path());
        let mut response = next.run(request).await;
        let refused = response.extensions().get::<Problem>();
        let status = refused.map_or(response.status().as_u16(), |problem| problem.status);
        let time = begun.elapsed();
        route.record(status, time);
        if status == StatusCode::UNAUTHORIZED {
            counters::unauthorized(refused.map_or("unknown", |problem| problem.reason.as_str()));
        }
        if let Some(problem) = refused {
            counters::refused(refused_as(problem));
            let identity = response.extensions().get::<Identity>();
            site.refusals.record(problem, &method, identity, &client);
        }
        let (refused, milliseconds) = (refused.map(refused_as), time.as_millis());
        let answered = response.status().as_u16();
        // Balancers ask several times a second.
        if is_health_check && response.status().is_success() {
            tracing::debug!(status = answered, refused, milliseconds, "request.answered");
        } else {
            tracing::info!(status = answered, refused, milliseconds, "request.answered");
        }
        // Routes drop the body, but error pages keep it, and HTTP/2 would send it (RFC 9110 §9.3.2).
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

/// The reason of a refusal, for the log and the counters. A wrong code, link or password is not a typing mistake, and
/// has a reason of its own.
fn refused_as(problem: &Problem) -> &'static str {
    let proof = problem.errors.values().find(|it| PROOFS.contains(it));
    proof.map_or(problem.reason.as_str(), |proof| proof.as_str())
}

fn beginning(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

fn user_agent(headers: &HeaderMap) -> String {
    let value = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().chars().take(USER_AGENT_MAX).collect()
}

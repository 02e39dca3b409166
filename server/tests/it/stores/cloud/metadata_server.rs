//! A stand-in on loopback for the metadata server of Google Cloud.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use tokio::{net::TcpListener, task::JoinSet};

const PATH: &str = "/computeMetadata/v1/instance/service-accounts/default/token";

/// Hands out one token until it is given another one.
pub(super) struct MetadataServer {
    address: SocketAddr,
    given: Arc<Mutex<Given>>,
    _serving: JoinSet<()>,
}

struct Given {
    /// None while it is out of order
    token: Option<String>,
    /// In seconds
    lifetime: u64,
}

impl MetadataServer {
    /// Starts one whose tokens are valid for so many seconds. It has none yet.
    pub(super) async fn start(lifetime: u64) -> Self {
        let given = Arc::new(Mutex::new(Given { token: None, lifetime }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route(PATH, get(token)).with_state(Arc::clone(&given));
        let mut serving = JoinSet::new();
        serving.spawn(async { axum::serve(listener, routes).await.unwrap() });
        Self { address, given, _serving: serving }
    }

    /// The value for `GCE_METADATA_HOST`.
    pub(super) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(super) fn issue(&self, token: &str) {
        self.given.lock().unwrap().token = Some(token.to_owned());
    }

    pub(super) fn break_down(&self) {
        self.given.lock().unwrap().token = None;
    }
}

async fn token(State(given): State<Arc<Mutex<Given>>>, headers: HeaderMap) -> Response {
    // Requests without it may be forged, by a page that a browser on the machine shows.
    if headers.get("metadata-flavor").is_none_or(|flavor| flavor != "Google") {
        return StatusCode::FORBIDDEN.into_response();
    }
    let given = given.lock().unwrap();
    match &given.token {
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(token) => Json(json!({
            "access_token": token,
            "expires_in": given.lifetime,
            "token_type": "Bearer",
        }))
        .into_response(),
    }
}

//! Hands a post over to the app's server functions.

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use domain::ports::Ports;
use leptos::prelude::provide_context;

/// Calls the function that the path names.
pub(crate) async fn call(State(ports): State<Ports>, request: Request) -> Response {
    let provide = move || provide_context(ports.clone());
    leptos_axum::handle_server_fns_with_context(provide, request).await.into_response()
}

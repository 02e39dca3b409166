//! Hands a post over to the app's server functions.

use app::api::problem::Problem;
use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use domain::ports::Ports;
use leptos::{prelude::provide_context, server_fn::axum::server_fn_paths};

use crate::answers::problem_response;

/// Calls the function that the path names.
pub(crate) async fn call(State(ports): State<Ports>, request: Request) -> Response {
    if !server_fn_paths().any(|(path, _)| path == request.uri().path()) {
        return problem_response(&Problem::of_status(404));
    }
    let provide = move || provide_context(ports.clone());
    leptos_axum::handle_server_fns_with_context(provide, request).await.into_response()
}

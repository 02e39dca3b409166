//! Every route, and the order in which a request goes through the layers. Read a chain from its end: the
//! layer added last sees the request first.

use std::time::Duration;

use app::ROUTES;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use tower_http::{
    catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer, timeout::TimeoutLayer,
};

use crate::{
    config::MailDelivery,
    middleware::{
        context, cross_site, failure, form_post, guard, headers, identify, limits, request_head,
        visitor,
    },
    routes::{
        assets, auth_refresh, auth_session, change_password, health, jwks, mailbox, page, robots,
        security_txt, server_function,
    },
    state::Genkan,
};

/// No request takes longer. Every store has a time-out of its own; this covers a silent connection.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// The whole site.
pub fn router(state: Genkan) -> Router {
    // Leptos does this itself only where it makes the routes. Done already is as good.
    _ = any_spawner::Executor::init_tokio();
    let body_limit = state.config.body_limit;
    let mut router = Router::new()
        .merge(routes_that_ask_who(&state))
        .route(
            "/auth/refresh",
            post(auth_refresh::refresh)
                .route_layer(from_fn_with_state(state.clone(), visitor::carry)),
        )
        .route("/.well-known/jwks.json", get(jwks::show))
        .route("/.well-known/change-password", get(change_password::lead))
        .route("/.well-known/security.txt", get(security_txt::show))
        .route("/robots.txt", get(robots::show))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready));
    if state.config.mail == MailDelivery::Mailbox {
        router = router
            .route("/dev/mailbox", get(mailbox::page))
            .route("/dev/mailbox.json", get(mailbox::json));
    }
    router
        .fallback_service(assets::service(&state.leptos))
        .layer(DefaultBodyLimit::max(body_limit))
        .layer(RequestBodyLimitLayer::new(body_limit))
        // After it, lest other sites use up what a browser may.
        .layer(from_fn_with_state(state.clone(), limits::unsafe_requests))
        .layer(from_fn_with_state(state.clone(), cross_site::refuse))
        .layer(from_fn(request_head::check))
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_WITHIN))
        .layer(from_fn_with_state(state.clone(), failure::show))
        // Once more, should showing a failure fail: an answer without words beats none.
        .layer(CatchPanicLayer::new())
        .layer(from_fn(cross_site::keep_cookies_to_this_site))
        .layer(from_fn_with_state(state.clone(), headers::secure))
        .layer(from_fn_with_state(state.clone(), context::attach))
        .with_state(state)
}

/// Routes whose answer depends on who asks.
fn routes_that_ask_who(state: &Genkan) -> Router<Genkan> {
    // For the methods that pages have: for whatever else is wanted, log-in leads nowhere.
    let page = get(page::show).route_layer(from_fn_with_state(state.clone(), guard::guard));
    let pages =
        ROUTES.iter().fold(Router::new(), |router, (path, _)| router.route(path, page.clone()));
    let functions = Router::new()
        .route(
            "/api/{function}",
            post(server_function::call)
                .route_layer(from_fn_with_state(state.clone(), limits::functions)),
        )
        .layer(from_fn_with_state(state.clone(), form_post::answer));
    Router::new()
        .merge(pages)
        .merge(functions)
        .route("/auth/session", get(auth_session::show))
        .layer(from_fn_with_state(state.clone(), identify::identify))
        .layer(from_fn_with_state(state.clone(), visitor::carry))
}

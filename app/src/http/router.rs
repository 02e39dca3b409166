//! Every route, and the order in which a request goes through the layers: in each stack from the first to the last.
//!
//! Stacks, because a router boxes what it is given, and each of our layers clones all that is below it: one layer after
//! the other would cost a request a hundred allocations more.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer, timeout::TimeoutLayer,
};

use crate::{
    http::{
        form_post,
        layers::{
            admission, bounce, context, cross_site, failure, guard, headers, identify,
            inline_refresh, page_session, speculation, strangers,
        },
        routes::{
            assets, auth_refresh, auth_session, change_password, health, jwks, mailbox, page,
            robots, security_txt, speculation_rules,
        },
        site::Site,
        visitor::carry::carry,
    },
    pages::PAGES,
};

/// No request takes longer. Every store has a timeout of its own; this covers a connection that falls silent.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// The whole site.
pub fn router(site: Site) -> Router {
    let site = Arc::new(site);
    let body_limit = site.settings.body_limit;
    let mut router = Router::new()
        .merge(routes_with_identity(&site))
        .route(
            "/auth/refresh",
            post(auth_refresh::refresh).route_layer(from_fn_with_state(site.clone(), carry)),
        )
        .route("/.well-known/jwks.json", get(jwks::show))
        .route("/.well-known/change-password", get(change_password::lead))
        .route("/.well-known/security.txt", get(security_txt::show))
        .route("/robots.txt", get(robots::show))
        .route("/speculation-rules.json", get(speculation_rules::show))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready));
    if site.settings.has_mailbox {
        router = router
            .route("/dev/mailbox", get(mailbox::page))
            .route("/dev/mailbox.json", get(mailbox::json));
    }
    let checked = ServiceBuilder::new()
        .layer(from_fn_with_state(site.clone(), headers::secure))
        .layer(from_fn(cross_site::keep_cookies_to_this_site))
        // Should showing a failure fail: an answer without words beats none.
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(site.clone(), failure::show))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_WITHIN))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(site.clone(), admission::admit))
        .layer(RequestBodyLimitLayer::new(body_limit));
    let outermost = ServiceBuilder::new()
        .layer(from_fn_with_state(site.clone(), context::attach))
        .layer(from_fn_with_state(site.clone(), strangers::show));
    let router = router.fallback_service(assets::service(&site.leptos)).layer(checked);
    Router::new().fallback_service(router.with_state(site)).layer(outermost)
}

/// Routes whose answer depends on the sender.
fn routes_with_identity(site: &Arc<Site>) -> Router<Arc<Site>> {
    // For the methods that pages have: for any other, a log-in would lead nowhere.
    let page = get(page::show).route_layer(from_fn(guard::guard));
    let identified = ServiceBuilder::new()
        .layer(from_fn_with_state(site.clone(), carry))
        .layer(from_fn_with_state(site.clone(), identify::identify))
        .layer(from_fn(speculation::refuse))
        .layer(from_fn(bounce::bounce))
        .layer(from_fn_with_state(site.clone(), inline_refresh::refresh))
        .layer(from_fn(page_session::check));
    let pages = PAGES.iter().fold(Router::new(), |router, it| router.route(it.path, page.clone()));
    Router::new()
        .merge(pages)
        .route("/api/{function}", post(form_post::call))
        .route("/auth/session", get(auth_session::show))
        .layer(identified)
}

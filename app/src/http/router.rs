//! All routes, and the order of the layers: in each stack, a request passes from the first to the last.
//!
//! Layers are stacked because a router boxes each service, and each of our layers clones the services below it: adding
//! them one by one would cost about a hundred more allocations per request.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use contract::paths;
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer, timeout::TimeoutLayer,
};

use crate::{
    api::{DATA, FORMS},
    http::{
        form_post,
        layers::{
            admission, bounce, context, cross_site, failure, guard, headers, identify,
            inline_refresh, page_session, request_times::RequestTimes, speculation, strangers,
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

/// The timeout of a request. Every store has its own; this one covers a connection that stops responding.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// The whole site.
pub fn router(site: Site) -> Router {
    let site = Arc::new(site);
    let body_limit = site.settings.body_limit;
    let mut times = RequestTimes::default();
    let mut router = Router::new()
        .merge(routes_with_identity(&site, &mut times))
        .route(
            times.declare(paths::REFRESH),
            post(auth_refresh::refresh).route_layer(from_fn_with_state(site.clone(), carry)),
        )
        .route(times.declare("/.well-known/jwks.json"), get(jwks::show))
        .route(times.declare("/.well-known/change-password"), get(change_password::lead))
        .route(times.declare("/.well-known/security.txt"), get(security_txt::show))
        .route(times.declare("/robots.txt"), get(robots::show))
        .route(times.declare("/speculation-rules.json"), get(speculation_rules::show))
        .route(times.declare(paths::ALIVE), get(health::live))
        .route(times.declare("/health/ready"), get(health::ready));
    if site.settings.has_mailbox {
        router = router
            .route(times.declare("/dev/mailbox"), get(mailbox::page))
            .route(times.declare("/dev/mailbox.json"), get(mailbox::json));
    }
    let checked = ServiceBuilder::new()
        .layer(from_fn_with_state(site.clone(), headers::secure))
        .layer(from_fn(cross_site::keep_cookies_to_this_site))
        // If rendering a failure panics, a bare response is better than none.
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(site.clone(), failure::show))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_WITHIN))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(site.clone(), admission::admit))
        .layer(RequestBodyLimitLayer::new(body_limit));
    let outermost = ServiceBuilder::new()
        .layer(from_fn_with_state((site.clone(), Arc::new(times)), context::attach))
        .layer(from_fn_with_state(site.clone(), strangers::show));
    let router =
        router.fallback_service(assets::service(&site.leptos, &site.assets)).layer(checked);
    Router::new().fallback_service(router.with_state(site)).layer(outermost)
}

/// Routes whose response depends on the member.
fn routes_with_identity(site: &Arc<Site>, times: &mut RequestTimes) -> Router<Arc<Site>> {
    // Only for the methods of pages: after any other, a log-in would lead nowhere.
    let page = get(page::show).route_layer(from_fn(guard::guard));
    let identified = ServiceBuilder::new()
        .layer(from_fn_with_state(site.clone(), carry))
        .layer(from_fn_with_state(site.clone(), identify::identify))
        .layer(from_fn(speculation::refuse))
        .layer(from_fn(bounce::bounce))
        .layer(from_fn_with_state(site.clone(), inline_refresh::refresh))
        .layer(from_fn(page_session::check));
    let pages = PAGES
        .iter()
        .fold(Router::new(), |router, it| router.route(times.declare(it.path), page.clone()));
    let functions = FORMS.iter().map(|form| form.function);
    for function in functions.chain(DATA.iter().map(|data| data.function)) {
        times.declare(&format!("{}{function}", paths::FUNCTIONS));
    }
    Router::new()
        .merge(pages)
        .route("/api/{function}", post(form_post::call))
        .route(times.declare("/auth/session"), get(auth_session::show))
        .layer(identified)
}

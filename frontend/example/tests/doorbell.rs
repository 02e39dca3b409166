//! The server's side of the example: the page that it renders, and the function that the island calls.

#![cfg(feature = "ssr")]

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
    routing::post,
};
use example::{Caller, Doorbell};
use hydration_context::SsrSharedContext;
use leptos::prelude::*;
use leptos_axum::handle_server_fns_with_context;
use tower::ServiceExt;

/// The route for server functions, as a site would add it to its router.
fn router(caller: Option<Caller>) -> Router {
    let call = move |request: Request<Body>| {
        let caller = caller.clone();
        let provide = move || {
            if let Some(caller) = caller.clone() {
                provide_context(caller);
            }
        };
        handle_server_fns_with_context(provide, request)
    };
    Router::new().route("/fn/{*function}", post(call))
}

async fn ring(router: Router) -> (StatusCode, String) {
    let request = Request::post("/fn/ring")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .body(Body::from("door=garden+gate"))
        .expect("the headers are well formed");
    let Ok(response) = router.oneshot(request).await;
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("the body is in memory");
    (parts.status, String::from_utf8_lossy(&body).into_owned())
}

#[test]
fn the_page_carries_the_properties_for_the_browser() {
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let html = owner.with(|| {
        view! { <Doorbell door="garden gate".into() words="Ring".into() failed="Try again".into()/> }
            .to_html()
    });
    assert!(html.starts_with("<leptos-island"), "{html}");
    assert!(html.contains("data-props=\"{&quot;door&quot;:&quot;garden gate&quot;,"), "{html}");
    assert!(html.contains(">Ring<"), "{html}");
}

#[tokio::test]
async fn a_member_rings_and_reads_the_outcome() {
    let (status, body) = ring(router(Some(Caller("Hana".into())))).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body, r#"{"words":"Hana is at the garden gate"}"#);
}

#[tokio::test]
async fn a_failed_server_function_is_answered_with_500() {
    let (status, body) = ring(router(None)).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{body}");
    assert!(body.contains("nobody is signed in"), "{body}");
}

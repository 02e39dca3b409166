//! Limits by client address on whole kinds of requests; limits by what is tried are the domain's. Neither
//! reading nor logging out is limited here.

use app::{api::problem::Problem, ssr::wishes::accepts_html};
use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use domain::{
    limits::{Limit, Limited, address_subject},
    ports::Ports,
    session::Client,
};

use crate::answers::problem_response;

const FUNCTIONS: &str = "/api/";

/// Functions that are limited by themselves as well, since each makes a mail.
const LIMITED_FUNCTIONS: &[(&str, Limit)] = &[
    ("request_password_reset", Limit::MailFormsFromAddress),
    ("resend_confirmation", Limit::MailFormsFromAddress),
    ("signup", Limit::MailFormsFromAddress),
];

/// A member must get out, however many others share the address.
const UNLIMITED_FUNCTIONS: &[&str] = &["logout", "logout_everywhere"];

/// Counts everything unsafe. A plain form goes on as refused, to come back with what was typed.
pub(crate) async fn unsafe_requests(
    State(ports): State<Ports>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let is_safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&parts.method);
    let function = parts.uri.path().strip_prefix(FUNCTIONS);
    if !is_safe && !function.is_some_and(|it| UNLIMITED_FUNCTIONS.contains(&it)) {
        let taken = take(&ports, Limit::UnsafeRequestsFromAddress, parts.extensions.get()).await;
        match taken {
            Ok(()) => {}
            Err(limited) if function.is_some() && accepts_html(&parts.headers) => {
                parts.extensions.insert(limited);
            }
            Err(limited) => return problem_response(&limited.into()),
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

/// Refuses a server function that is called too often, in the one shape that [`form_post`](super::form_post)
/// reads.
pub(crate) async fn functions(
    State(ports): State<Ports>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(limited) = request.extensions().get::<Limited>() {
        return problem_response(&Problem::from(*limited));
    }
    let function = request.uri().path().strip_prefix(FUNCTIONS).unwrap_or_default();
    let limit = LIMITED_FUNCTIONS.iter().find(|(name, _)| *name == function);
    if let Some((_, limit)) = limit
        && let Err(limited) = take(&ports, *limit, request.extensions().get()).await
    {
        return problem_response(&Problem::from(limited));
    }
    next.run(request).await
}

async fn take(ports: &Ports, limit: Limit, client: Option<&Client>) -> Result<(), Limited> {
    let unknown = Client::default();
    ports.limits.take(limit, &address_subject(client.unwrap_or(&unknown))).await
}

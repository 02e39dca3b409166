//! Limits by client address; the domain has the limits by account and code. Reads and log-outs are not limited.

use axum::extract::Request;
use contract::paths;
use domain::{
    Resources,
    limits::{Limit, Limited, address_subject},
    session::Client,
};

use super::cross_site::is_safe;
use crate::{
    api::{form_of, problem::Problem},
    http::{
        accept::accepts_html,
        forms::{Form, FormLimit},
    },
};

/// Counts unsafe requests. A plain form over the limit is marked [`Limited`] and passed on: [`of_form`] refuses it, so
/// that it comes back with its input.
pub(super) async fn count_unsafe(
    request: &mut Request,
    resources: &Resources,
) -> Result<(), Problem> {
    let function = request.uri().path().strip_prefix(paths::FUNCTIONS);
    let form = function.and_then(form_of);
    let is_unlimited = form.is_some_and(|form| form.limit == FormLimit::Never);
    if is_safe(request.method()) || is_unlimited {
        return Ok(());
    }
    let client = request.extensions().get();
    match take(resources, Limit::UnsafeRequestsFromAddress, client).await {
        Ok(()) => {}
        Err(limited) if form.is_some() && accepts_html(request.headers()) => {
            request.extensions_mut().insert(limited);
        }
        Err(limited) => return Err(limited.into()),
    }
    Ok(())
}

/// Counts a post of this form; `limited` is the mark of [`count_unsafe`].
pub(crate) async fn of_form(
    resources: &Resources,
    form: &Form,
    limited: Option<Limited>,
    client: &Client,
) -> Result<(), Limited> {
    match (limited, form.limit) {
        (Some(limited), _) => Err(limited),
        (None, FormLimit::Also(limit)) => take(resources, limit, Some(client)).await,
        (None, FormLimit::Common | FormLimit::Never) => Ok(()),
    }
}

async fn take(resources: &Resources, limit: Limit, client: Option<&Client>) -> Result<(), Limited> {
    let unknown = Client::default();
    resources.limits.take(limit, &address_subject(client.unwrap_or(&unknown))).await
}

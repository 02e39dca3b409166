//! `GET /.well-known/security.txt`: the contact for reports of vulnerabilities (RFC 9116).

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use time::{Duration, OffsetDateTime, Time, format_description::well_known::Rfc3339};

use crate::http::site::Site;

/// As long as the site is running, the contact is valid for a while.
const GOOD_FOR: Duration = Duration::days(90);

pub(crate) async fn show(State(site): State<Arc<Site>>) -> Response {
    let expires = (OffsetDateTime::now_utc() + GOOD_FOR).replace_time(Time::MIDNIGHT);
    let text = format!(
        "Contact: {}\nExpires: {}\nPreferred-Languages: en, ja\nCanonical: {}/.well-known/security.txt\n",
        site.settings.security_contact,
        expires.format(&Rfc3339).unwrap_or_default(),
        site.settings.origin,
    );
    let cache = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    ([cache], text).into_response()
}

//! `POST /auth/refresh`: exchanges a refresh token for a fresh pair. Durations are in seconds.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use domain::session::{
    Client, Refusal,
    refresh::{Verdict, refresh as refresh_session},
    refresh_token::RefreshToken,
};
use serde::Serialize;
use time::OffsetDateTime;

use crate::{
    api::problem::Problem,
    http::{
        cookies::{self, RequestTokens},
        layers::page_session,
        site::Site,
        visitor::Visitor,
    },
};

#[derive(Serialize)]
struct Refreshed {
    access_expires_in: u64,
    session_expires_in: u64,
}

/// Sets both cookies, or returns the reason of the refusal.
pub(crate) async fn refresh(
    State(site): State<Arc<Site>>,
    Extension(client): Extension<Client>,
    parts: Parts,
) -> Response {
    let tokens = RequestTokens::read(&parts.headers);
    let Some(presented) = tokens.presented().refresh else {
        return over(Refusal::NoToken);
    };
    if let Ok(token) = RefreshToken::verify(presented, &site.resources.keys)
        && let Some(problem) = page_session::problem(&parts.headers, token.session_id)
    {
        return problem.into_response();
    }
    let now = OffsetDateTime::now_utc();
    match refresh_session(&site.resources.session, presented, &client, now).await {
        Ok(issued) => {
            let body = Refreshed {
                access_expires_in: issued.access.expires_in.as_secs(),
                session_expires_in: issued.session_expires_in.as_secs(),
            };
            let mut response = Json(body).into_response();
            cookies::add(response.headers_mut(), cookies::session_cookies(&issued));
            response
        }
        Err(error) => match error.verdict() {
            Verdict::RemoveCookies(refusal) => {
                if let Refusal::Ended(reason) = refusal {
                    Visitor::of(&parts).leave_end(reason, now).await;
                }
                over(refusal)
            }
            Verdict::KeepCookies(refusal) => Problem::from(refusal).into_response(),
            Verdict::Limited(limited) => Problem::from(limited).into_response(),
            Verdict::Unavailable => Problem::unavailable().into_response(),
        },
    }
}

/// The response to a browser whose session is over.
fn over(refusal: Refusal) -> Response {
    let mut response = Problem::from(refusal).into_response();
    cookies::remove_session(response.headers_mut());
    response
}

//! Keeps the tokens fresh in the browser without ever seeing one: they are HttpOnly cookies, and all that
//! is known here is how many seconds are left, as the server says. `docs/client.md` tells it state by state.
//!
//! The rules of timing are the crate `token_schedule`; [`keeper`] is what acts on them, and [`refreshing`] the
//! refresh itself.
//!
//! **Architecture Invariant:** the only browser refresh logic. Nobody is signed out by it: only the server's
//! word leads to the log-in page.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(feature = "hydrate")]
mod keeper;
#[cfg(feature = "hydrate")]
mod lock;
#[cfg(feature = "hydrate")]
mod news;
#[cfg(feature = "hydrate")]
mod plain_forms;
#[cfg(feature = "hydrate")]
mod refreshing;
#[cfg(feature = "hydrate")]
mod typed;

use std::future::Future;

use leptos::prelude::*;

#[cfg(feature = "hydrate")]
use crate::post::Refused;
use crate::{api::problem::Problem, page_state::PageState, session::Session};

/// Whether the server can be reached, as far as the page knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "the server is always there"))]
pub(crate) enum Connection {
    /// Nothing speaks against it.
    Fine,
    /// The last answer did not come, and the browser says that it has no network.
    Offline,
    /// The last answer did not come, or was 503.
    Away,
}

/// What [`ConnectionNotice`](crate::components::notices::ConnectionNotice) says.
pub(crate) fn use_connection() -> ReadSignal<Connection> {
    expect_context::<ReadSignal<Connection>>()
}

/// Keeps `session` from when the page is hydrated on, for as long as it lives.
pub(crate) fn keep(session: RwSignal<Session>, state: &PageState) {
    let connection = RwSignal::new(Connection::Fine);
    provide_context(connection.read_only());
    let knows_who_is_signed_in = state.viewer.is_some() || state.is_signed_out;
    // An effect runs in the browser alone, once the page is hydrated.
    Effect::new(move |_| start(session, connection, knows_who_is_signed_in));
}

#[cfg(feature = "hydrate")]
fn start(
    session: RwSignal<Session>,
    connection: RwSignal<Connection>,
    knows_who_is_signed_in: bool,
) {
    keeper::Keeper::start(session, connection, knows_who_is_signed_in);
}

#[cfg(not(feature = "hydrate"))]
fn start(_: RwSignal<Session>, _: RwSignal<Connection>, _: bool) {}

/// Calls a server function; if its access token has expired or its session is not live, refreshes and
/// calls once more. A refused refresh answers its own reason, which is the one that counts.
///
/// # Errors
/// The problem of the last call.
#[cfg(feature = "hydrate")]
pub(crate) async fn call<T, F>(function: impl Fn() -> F) -> Result<T, Problem>
where
    F: Future<Output = Result<T, Refused>>,
{
    let refreshes = refreshing::refreshes();
    let mut answer = function().await;
    if answer.as_ref().is_err_and(is_healed_by_refresh) {
        refreshing::refresh_since(refreshes).await?;
        answer = function().await;
    }
    if let Some(keeper) = keeper::running() {
        keeper.heard(answer.as_ref().err());
    }
    answer.map_err(|refused| refused.problem)
}

/// The server calls its own functions directly, with tokens that were fresh when the request began.
///
/// # Errors
/// The function's problem.
#[cfg(not(feature = "hydrate"))]
pub(crate) async fn call<T, F>(function: impl Fn() -> F) -> Result<T, Problem>
where
    F: Future<Output = Result<T, Problem>>,
{
    function().await
}

/// Posts a form to a server function, as [`call`].
///
/// # Errors
/// As [`call`].
#[cfg(feature = "hydrate")]
pub(crate) async fn post_form<T: miniserde::Deserialize>(
    path: &str,
    body: &str,
) -> Result<T, Problem> {
    let _held = refreshing::hold_refreshes(path).await;
    let answer = call(|| crate::post::post_form(path, body)).await;
    if let Some(keeper) = keeper::running().filter(|_| answer.is_ok()) {
        keeper.forget_typed();
    }
    answer
}

/// The id of the session that this page was rendered for, if somebody was signed in.
#[cfg(feature = "hydrate")]
pub(crate) fn session_of_the_page() -> Option<String> {
    keeper::running().and_then(keeper::Keeper::session_id)
}

/// To the log-in page, and from there back to this one, with what was typed. A full load: the page is the
/// server's to render, and says why the session is over.
#[cfg(feature = "hydrate")]
pub(crate) fn log_in_and_come_back() {
    if let Some(keeper) = keeper::running() {
        keeper.log_in_and_come_back();
    }
}

/// On the server the guards do it.
#[cfg(not(feature = "hydrate"))]
pub(crate) fn log_in_and_come_back() {}

/// Without both cookies, `no_token`, there is nothing to refresh with.
#[cfg(feature = "hydrate")]
fn is_healed_by_refresh(Refused { problem, .. }: &Refused) -> bool {
    problem.status == 401
        && ["access_expired", "not_live", "invalid"].contains(&problem.reason.as_str())
}

//! The refresh itself: who may do it, how long its answer is waited for, and what becomes of the answer.

use std::time::Duration;

use js_sys::Math;
use leptos::{prelude::*, task::spawn_local};
use miniserde::Deserialize;
use send_wrapper::SendWrapper;
use token_schedule::{Clocks, Fresh, Schedule, answer_within, lock_within};
use web_sys::AbortController;

use super::{
    browser::{abort_after, clocks, set_timeout},
    keeper::{Keeper, running},
    lock::{self, Lock},
};
use crate::{
    api::problem::{OTHER_SESSION, Problem, UNAVAILABLE},
    post::{self, Refused},
    session::Session,
};

/// Forms after which the cookies are others: no refresh of the old ones may come in between.
const CHANGE_THE_SESSION: &[&str] =
    &["login", "logout", "logout_everywhere", "confirm_email", "change_password", "delete_account"];
/// Those of them whose new cookies a refresh under way in another tab could overwrite.
const GIVE_A_SESSION: &[&str] = &["login", "confirm_email", "change_password"];
const REFRESH: &str = "/auth/refresh";

/// How often the tokens were refreshed, as far as this page knows.
pub(super) fn refreshes() -> u32 {
    running().map_or(0, |keeper| keeper.refreshes.get())
}

/// Refreshes, unless that has happened since the page knew of so many.
///
/// # Errors
/// 401: the session is over. Else the server could not say, and nothing is known.
pub(super) async fn refresh_since(refreshes: u32) -> Result<(), Problem> {
    SendWrapper::new(async move {
        match running() {
            Some(keeper) => keeper.refresh(Why::RefusedAfter(refreshes)).await,
            None => Ok(()),
        }
    })
    .await
}

/// Before a form to `path` that gives this browser another session: waits until no tab refreshes, because the
/// answer that comes last wins in the cookie jar. Held until dropped.
pub(super) async fn hold_refreshes(path: &str) -> Option<SendWrapper<Lock>> {
    let grace = running().filter(|_| gives_a_session(path))?.grace;
    SendWrapper::new(lock::acquire(lock_within(grace))).await.map(SendWrapper::new)
}

/// Whether a form to `path` is about to sign somebody in or out.
pub(super) fn changes_the_session(path: &str) -> bool {
    is_one_of(path, CHANGE_THE_SESSION)
}

/// Whether a form to `path` gives this browser another session.
pub(super) fn gives_a_session(path: &str) -> bool {
    is_one_of(path, GIVE_A_SESSION)
}

fn is_one_of(path: &str, functions: &[&str]) -> bool {
    path.rsplit('/').next().is_some_and(|name| functions.contains(&name))
}

/// Why to refresh, asked again once the lock is there.
#[derive(Clone, Copy)]
pub(super) enum Why {
    /// The schedule says so.
    Due,
    /// The server refused a call that was sent after so many refreshes.
    RefusedAfter(u32),
}

#[derive(Deserialize)]
struct Refreshed {
    access_expires_in: u64,
    session_expires_in: u64,
}

impl Keeper {
    pub(super) async fn refresh(&'static self, why: Why) -> Result<(), Problem> {
        let _lock = lock::acquire(lock_within(self.grace)).await;
        // Another tab may have refreshed while this one waited, for the lock or for its own answer.
        while self.is_still_needed(why) {
            let asked_at = clocks();
            let answer = self.ask().await;
            let was_aborted = self.under_way.borrow_mut().take().is_none();
            match answer {
                Ok(refreshed) => {
                    self.refreshed(&refreshed);
                    return Ok(());
                }
                Err(Refused { problem, .. }) if problem.is_signed_out() || was_aborted => {
                    return Err(problem);
                }
                Err(Refused { problem, .. }) if problem.reason == OTHER_SESSION => {
                    self.follow();
                    return Err(problem);
                }
                // What came to nothing because the page was frozen is no word of the server's.
                Err(_) if self.has_stood_still_since(asked_at) => {}
                Err(Refused { problem, retry_after }) => {
                    self.failed(retry_after);
                    return Err(problem);
                }
            }
        }
        Ok(())
    }

    async fn ask(&self) -> Result<Refreshed, Refused> {
        let controller = abort_after(answer_within(self.grace));
        let signal = controller.as_ref().map(AbortController::signal);
        *self.under_way.borrow_mut() = controller;
        let body = post::ask(REFRESH, "", signal.as_ref()).await?;
        miniserde::json::from_str(&body).map_err(|_| Problem::new(503, UNAVAILABLE).into())
    }

    fn is_still_needed(&self, why: Why) -> bool {
        match why {
            Why::Due => self.is_due(),
            Why::RefusedAfter(refreshes) => self.refreshes.get() == refreshes,
        }
    }

    fn has_stood_still_since(&self, asked_at: Clocks) -> bool {
        clocks().since(asked_at) > 2 * answer_within(self.grace)
    }

    fn refreshed(&self, answer: &Refreshed) {
        self.take(Fresh {
            access_left: Duration::from_secs(answer.access_expires_in),
            session_left: Duration::from_secs(answer.session_expires_in),
        });
        self.tell();
    }

    /// The tokens last for so long now, whichever tab has refreshed them.
    pub(super) fn take(&self, fresh: Fresh) {
        self.refreshes.set(self.refreshes.get() + 1);
        self.with_schedule(|schedule| schedule.refreshed(fresh, Math::random()));
        self.session.update(|session| {
            if let Session::SignedIn(viewer) = session {
                viewer.access_expires_in = fresh.access_left.as_secs();
                viewer.session_expires_in = fresh.session_left.as_secs();
            }
        });
        self.show_connection();
    }

    /// The server could not be reached, or could not say.
    pub(super) fn failed(&self, retry_after: Option<Duration>) {
        let wait = self.with_schedule(|schedule| {
            schedule.failed(retry_after, Math::random());
            schedule.wait()
        });
        // Sooner than the next tick, perhaps.
        if let Some(wait) = wait {
            set_timeout(&self.hear, wait);
        }
        self.show_connection();
    }

    /// The browser gives up what a page that is left still waits for. So it is asked once more, in a way that
    /// outlives the page; the server answers the same tokens again.
    pub(super) fn refresh_without_the_page(&self) {
        if self.under_way.borrow().is_some() {
            spawn_local(async {
                _ = post::ask(REFRESH, "", None).await;
            });
        }
    }

    /// Before a form that changes the cookies.
    pub(super) fn stand_back(&self) {
        self.abort_refresh();
        self.with_schedule(Schedule::stand_back);
    }

    pub(super) fn abort_refresh(&self) {
        if let Some(controller) = self.under_way.borrow_mut().take() {
            controller.abort();
        }
    }
}

//! The keeper of one page: looks at the clocks whenever the page stirs, refreshes when that is due, follows
//! what other tabs tell, and leaves the page when the server says that the session is over.

use std::{
    cell::{Cell, OnceCell, RefCell},
    time::Duration,
};

use js_sys::{Date, Function, Math, Reflect};
use leptos::{prelude::*, task::spawn_local};
use miniserde::Deserialize;
use send_wrapper::SendWrapper;
use token_schedule::{Clocks, Fresh, Lifetimes, Page, Schedule, answer_within, lock_within};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{AbortController, Event};

use super::{
    Connection,
    lock::{self, Lock},
    news::{self, News},
    typed::{self, Typed},
};
use crate::{
    api::problem::{OFFLINE, Problem, UNAVAILABLE},
    post::{self, Refused},
    session::{Session, Viewer},
};

/// What may have passed unnoticed, or have to be noticed. Captured: some reach the document alone.
const STIRS: [&str; 11] = [
    "visibilitychange",
    "focus",
    "pageshow",
    "pagehide",
    "resume",
    "online",
    "offline",
    "prerenderingchange",
    "storage",
    "input",
    "submit",
];
/// Forms after which the cookies are others: no refresh of the old ones may come in between.
const CHANGE_THE_SESSION: &[&str] =
    &["login", "logout", "logout_everywhere", "confirm_email", "change_password", "delete_account"];
/// Those of them whose new cookies a refresh under way in another tab could overwrite.
const SIGN_IN: &[&str] = &["/api/login", "/api/confirm_email"];
/// Of a page that nobody is signed in on.
const USUAL_GRACE: Duration = Duration::from_secs(10);

thread_local! {
    static RUNNING: OnceCell<&'static Keeper> = const { OnceCell::new() };
}

/// The keeper of this page, once it is hydrated.
pub(super) fn running() -> Option<&'static Keeper> {
    RUNNING.with(|running| running.get().copied())
}

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

/// Before a post to `path` that signs somebody in: waits until no tab refreshes, because the answer that
/// comes last wins in the cookie jar. Held until dropped.
pub(super) async fn hold_refreshes(path: &str) -> Option<SendWrapper<Lock>> {
    let grace = running().filter(|_| SIGN_IN.contains(&path))?.grace;
    SendWrapper::new(lock::acquire(lock_within(grace))).await.map(SendWrapper::new)
}

/// Lives as long as the page.
pub(super) struct Keeper {
    session: RwSignal<Session>,
    connection: RwSignal<Connection>,
    /// Member and session that the page was rendered for; empty: nobody's
    who: String,
    member_id: String,
    /// `false`: the server could not tell, so the page tells nobody and follows nobody
    knows_who_is_signed_in: bool,
    grace: Duration,
    schedule: RefCell<Option<Schedule>>,
    refreshes: Cell<u32>,
    is_refreshing: Cell<bool>,
    under_way: RefCell<Option<AbortController>>,
    hear: Function,
    news: News,
    typed: Typed,
    is_announced: Cell<bool>,
    is_leaving: Cell<bool>,
}

/// Why to refresh, asked again once the lock is there.
#[derive(Clone, Copy)]
enum Why {
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
    /// Begins to keep.
    pub(super) fn start(
        session: RwSignal<Session>,
        connection: RwSignal<Connection>,
        knows_who_is_signed_in: bool,
    ) {
        let hear = Closure::<dyn Fn(JsValue)>::new(|event: JsValue| {
            if let Some(keeper) = running() {
                keeper.hear(&event);
            }
        });
        let hear = hear.into_js_value().unchecked_into::<Function>();
        let viewer = session.with_untracked(|session| session.viewer().cloned());
        let keeper = Self {
            session,
            connection,
            who: viewer
                .as_ref()
                .map_or_else(String::new, |it| format!("{} {}", it.member_id, it.session_id)),
            member_id: viewer.as_ref().map(|it| it.member_id.clone()).unwrap_or_default(),
            knows_who_is_signed_in,
            grace: viewer.as_ref().map_or(USUAL_GRACE, |it| Duration::from_secs(it.refresh_grace)),
            schedule: RefCell::new(viewer.as_ref().map(schedule_of)),
            refreshes: Cell::new(0),
            is_refreshing: Cell::new(false),
            under_way: RefCell::new(None),
            news: News::default(),
            hear,
            typed: Typed::default(),
            is_announced: Cell::new(false),
            is_leaving: Cell::new(false),
        };
        let keeper: &'static Self = Box::leak(Box::new(keeper));
        RUNNING.with(|running| _ = running.set(keeper));

        keeper.news.open(&keeper.hear);
        let window = window();
        for stir in STIRS {
            _ = window.add_event_listener_with_callback_and_bool(stir, &keeper.hear, true);
        }
        if let Some(schedule) = &*keeper.schedule.borrow() {
            let tick = i32::try_from(schedule.tick().as_millis()).unwrap_or(i32::MAX);
            _ = window.set_interval_with_callback_and_timeout_and_arguments_0(&keeper.hear, tick);
        }
        keeper.stir();
    }

    /// How a call went: whether the server is there.
    pub(super) fn heard(&self, problem: Option<&Problem>) {
        if problem.is_some_and(|it| [OFFLINE, UNAVAILABLE].contains(&it.reason.as_str())) {
            self.failed(None);
        } else {
            self.with_schedule(Schedule::worked);
            self.show_connection();
        }
    }

    /// What was typed has been taken.
    pub(super) fn forget_typed(&self) {
        self.typed.forget();
    }

    /// Leaves for the log-in page, which leads back here.
    pub(super) fn log_in_and_come_back(&self) {
        self.leave(|location| {
            let here =
                location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
            let next = String::from(js_sys::encode_uri_component(&here));
            _ = location.assign(&format!("/login?next={next}"));
        });
    }

    /// Somebody else is signed in now, or nobody is: the server renders the page for them, or sends them on.
    fn follow(&self) {
        self.leave(|location| _ = location.reload());
    }

    fn leave(&self, by: fn(&web_sys::Location)) {
        if !self.is_leaving.replace(true) && !self.typed.keep_for(&self.member_id) {
            by(&window().location());
        }
    }

    fn hear(&'static self, event: &JsValue) {
        let Some(event) = event.dyn_ref::<Event>() else {
            self.stir();
            return;
        };
        match event.type_().as_str() {
            "message" => {
                let told = Reflect::get(event, &"data".into()).ok();
                if let Some((who, fresh)) = told.and_then(news::read) {
                    self.hear_of(&who, fresh);
                }
            }
            "input" => self.typed.note(event),
            "pagehide" => self.news.close(),
            "submit" => {
                self.typed.note(event);
                if typed::changes_the_session(event, CHANGE_THE_SESSION) {
                    self.stand_back();
                }
            }
            kind => {
                match kind {
                    // From the back/forward cache, where it lay after having been left.
                    "pageshow" => {
                        self.is_leaving.set(false);
                        self.news.open(&self.hear);
                    }
                    "online" => _ = self.with_schedule(Schedule::back_online),
                    _ => {}
                }
                self.stir();
            }
        }
    }

    /// Looks at everything that can have changed.
    fn stir(&'static self) {
        if self.is_leaving.get() || is_prerendering() {
            return;
        }
        if !self.is_announced.replace(true) {
            self.tell();
        }
        if self.is_about_others(self.news.last_announced().as_deref()) {
            self.follow();
            return;
        }
        self.show_connection();
        if self.is_due() && window().navigator().on_line() && !self.is_refreshing.replace(true) {
            spawn_local(async {
                let outcome = self.refresh(Why::Due).await;
                self.is_refreshing.set(false);
                if outcome.is_err_and(|problem| problem.is_signed_out()) {
                    self.log_in_and_come_back();
                }
            });
        }
    }

    async fn refresh(&'static self, why: Why) -> Result<(), Problem> {
        let _lock = lock::acquire(lock_within(self.grace)).await;
        if !self.is_still_needed(why) {
            return Ok(());
        }
        let controller = lock::abort_after(answer_within(self.grace));
        let signal = controller.as_ref().map(AbortController::signal);
        *self.under_way.borrow_mut() = controller;
        let answer = post::ask("/auth/refresh", "", signal.as_ref()).await;
        let was_aborted = self.under_way.borrow_mut().take().is_none();
        let answer = answer.and_then(|body| {
            miniserde::json::from_str::<Refreshed>(&body)
                .map_err(|_| Problem::new(503, UNAVAILABLE).into())
        });
        match answer {
            Ok(refreshed) => {
                self.refreshed(&refreshed);
                Ok(())
            }
            Err(Refused { problem, retry_after }) => {
                if !problem.is_signed_out() && !was_aborted {
                    self.failed(retry_after);
                }
                Err(problem)
            }
        }
    }

    /// Another tab may have refreshed while this one waited for the lock.
    fn is_still_needed(&self, why: Why) -> bool {
        match why {
            Why::Due => self.is_due(),
            Why::RefusedAfter(refreshes) => self.refreshes.get() == refreshes,
        }
    }

    fn refreshed(&self, answer: &Refreshed) {
        self.take(Fresh {
            access_left: Duration::from_secs(answer.access_expires_in),
            session_left: Duration::from_secs(answer.session_expires_in),
        });
        self.tell();
    }

    fn take(&self, fresh: Fresh) {
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

    fn failed(&self, retry_after: Option<Duration>) {
        let wait = self.with_schedule(|schedule| {
            schedule.failed(retry_after, Math::random());
            schedule.wait()
        });
        // Sooner than the next tick, perhaps.
        if let Some(wait) = wait {
            lock::set_timeout(&self.hear, wait);
        }
        self.show_connection();
    }

    fn stand_back(&self) {
        if let Some(controller) = self.under_way.borrow_mut().take() {
            controller.abort();
        }
        self.with_schedule(Schedule::stand_back);
    }

    fn tell(&self) {
        if !self.knows_who_is_signed_in {
            return;
        }
        let fresh = self.with_schedule(|schedule| schedule.fresh()).unwrap_or_default();
        self.news.tell(&self.who, fresh);
    }

    fn hear_of(&self, who: &str, fresh: Fresh) {
        if self.is_about_others(Some(who)) {
            self.follow();
            return;
        }
        if self.with_schedule(|schedule| schedule.is_outdone_by(fresh)) == Some(true) {
            self.take(fresh);
        }
    }

    fn is_due(&self) -> bool {
        self.with_schedule(|schedule| schedule.is_due()).unwrap_or_default()
    }

    /// The schedule as of now, if somebody is signed in.
    fn with_schedule<T>(&self, act: impl FnOnce(&mut Schedule) -> T) -> Option<T> {
        let mut schedule = self.schedule.borrow_mut();
        let schedule = schedule.as_mut()?;
        let page = if document().hidden() { Page::Hidden } else { Page::Shown };
        schedule.look(clocks(), page);
        Some(act(schedule))
    }

    fn is_about_others(&self, who: Option<&str>) -> bool {
        self.knows_who_is_signed_in && who.is_some_and(|who| who != self.who)
    }

    fn show_connection(&self) {
        let is_in_trouble = self.with_schedule(|schedule| schedule.is_in_trouble());
        let now = if !window().navigator().on_line() {
            Connection::Offline
        } else if is_in_trouble == Some(true) {
            Connection::Away
        } else {
            Connection::Fine
        };
        if self.connection.get_untracked() != now {
            self.connection.set(now);
        }
    }
}

/// The seconds count from when the page was asked for: a slow network may have kept it.
fn schedule_of(viewer: &Viewer) -> Schedule {
    let now = clocks();
    let rendered = Clocks { steady: Duration::ZERO, wall: now.wall.saturating_sub(now.steady) };
    let told = Lifetimes {
        access_left: Duration::from_secs(viewer.access_expires_in),
        access_lifetime: Duration::from_secs(viewer.access_lifetime),
        session_left: Duration::from_secs(viewer.session_expires_in),
        idle_left: Duration::from_secs(viewer.idle_expires_in),
    };
    Schedule::new(told, rendered, Math::random())
}

fn clocks() -> Clocks {
    let steady = window().performance().map_or(0.0, |performance| performance.now());
    Clocks {
        steady: Duration::from_millis(whole(steady)),
        wall: Duration::from_millis(whole(Date::now())),
    }
}

/// The whole part of a number of milliseconds; 0 if it is negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast keeps within 0 and u64::MAX, whatever the number"
)]
pub(super) fn whole(number: f64) -> u64 {
    number as u64
}

/// A page that the browser only prepares must not act.
fn is_prerendering() -> bool {
    Reflect::get(&document(), &"prerendering".into()).is_ok_and(|it| it.is_truthy())
}

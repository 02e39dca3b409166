//! The keeper of one page: looks at the clocks whenever the page stirs, has the tokens refreshed when that is
//! due, follows what other tabs tell, and leaves the page when the server says that the session is over.

use std::{
    cell::{Cell, OnceCell, RefCell},
    time::Duration,
};

use js_sys::{Function, Math, Reflect};
use leptos::{prelude::*, task::spawn_local};
use token_schedule::{Clocks, Fresh, Lifetimes, Schedule};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{AbortController, Event};

use super::{
    Connection,
    browser::{clocks, is_online, is_prerendering, page},
    news::{self, News},
    plain_forms::PlainForms,
    refreshing::Why,
    typed::Typed,
};
use crate::{
    api::problem::{OFFLINE, OTHER_SESSION, UNAVAILABLE},
    post::Refused,
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
/// Of a page that nobody is signed in on.
const USUAL_GRACE: Duration = Duration::from_secs(10);

thread_local! {
    static RUNNING: OnceCell<&'static Keeper> = const { OnceCell::new() };
}

/// The keeper of this page, once it is hydrated.
pub(super) fn running() -> Option<&'static Keeper> {
    RUNNING.with(|running| running.get().copied())
}

/// Lives as long as the page.
pub(super) struct Keeper {
    pub(super) session: RwSignal<Session>,
    connection: RwSignal<Connection>,
    /// Member and session that the page was rendered for; empty: nobody's
    who: String,
    member_id: String,
    /// `false`: the server could not tell, so the page tells nobody and follows nobody
    knows_who_is_signed_in: bool,
    pub(super) grace: Duration,
    schedule: RefCell<Option<Schedule>>,
    pub(super) refreshes: Cell<u32>,
    is_refreshing: Cell<bool>,
    /// The refresh that waits for its answer; empty also once it was aborted
    pub(super) under_way: RefCell<Option<AbortController>>,
    pub(super) hear: Function,
    news: News,
    typed: Typed,
    plain_forms: PlainForms,
    is_announced: Cell<bool>,
    is_leaving: Cell<bool>,
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
            plain_forms: PlainForms::default(),
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
        // Once more after the form's own listener, which shows by then whether the post is a plain one.
        _ = window.add_event_listener_with_callback("submit", &keeper.hear);
        if let Some(schedule) = &*keeper.schedule.borrow() {
            let tick = i32::try_from(schedule.tick().as_millis()).unwrap_or(i32::MAX);
            _ = window.set_interval_with_callback_and_timeout_and_arguments_0(&keeper.hear, tick);
        }
        keeper.stir();
    }

    /// Whether the tokens are refreshed here, and tried again after a failure.
    pub(super) fn is_refreshing_tokens(&self) -> bool {
        self.schedule.borrow().is_some()
    }

    /// The session that the page was rendered for.
    pub(super) fn session_id(&self) -> Option<String> {
        self.session.with_untracked(|session| Some(session.viewer()?.session_id.clone()))
    }

    /// How a call went: whether the server is there.
    pub(super) fn heard(&self, refused: Option<&Refused>) {
        match refused {
            Some(it) if it.problem.reason == OTHER_SESSION => self.follow(),
            Some(it) if [OFFLINE, UNAVAILABLE].contains(&it.problem.reason.as_str()) => {
                self.failed(it.retry_after);
            }
            _ => {
                self.with_schedule(Schedule::worked);
                self.show_connection();
            }
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
    pub(super) fn follow(&self) {
        self.leave(|location| _ = location.reload());
    }

    /// The answer to a refresh must not come any more: it would overwrite the cookies of whoever has logged in
    /// by then.
    fn leave(&self, by: fn(&web_sys::Location)) {
        self.abort_refresh();
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
            "pagehide" => {
                self.news.close();
                self.refresh_without_the_page();
            }
            "submit" if event.event_phase() == Event::CAPTURING_PHASE => {
                self.plain_forms.is_about_to_post(self, event);
            }
            // A listener has taken the form over, and posts it by itself.
            "submit" if event.default_prevented() => self.typed.note(event),
            "submit" if self.typed.show_in_language_chosen_by(event) => event.prevent_default(),
            "submit" => self.plain_forms.posts(self, event),
            kind => {
                match kind {
                    // From the back/forward cache, where it lay after having been left.
                    "pageshow" => {
                        self.is_leaving.set(false);
                        self.plain_forms.may_post_again();
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
        if self.is_over() {
            return;
        }
        self.show_connection();
        if self.is_due() && !self.is_refreshing.replace(true) {
            spawn_local(async {
                let outcome = self.refresh(Why::Due).await;
                self.is_refreshing.set(false);
                if outcome.is_err_and(|problem| problem.is_signed_out()) {
                    self.log_in_and_come_back();
                }
            });
        }
    }

    /// Whether the page is being left; it is, as soon as it turns out to be somebody's of before.
    pub(super) fn is_over(&self) -> bool {
        if self.is_about_others(self.news.last_announced().as_deref()) {
            self.follow();
        }
        self.is_leaving.get()
    }

    /// Tells the other tabs whose page this is, and how long the tokens last.
    pub(super) fn tell(&self) {
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

    fn is_about_others(&self, who: Option<&str>) -> bool {
        self.knows_who_is_signed_in && who.is_some_and(|who| who != self.who)
    }

    pub(super) fn is_due(&self) -> bool {
        self.with_schedule(|schedule| schedule.is_due()).unwrap_or_default()
    }

    /// The schedule as of now, if somebody is signed in.
    pub(super) fn with_schedule<T>(&self, act: impl FnOnce(&mut Schedule) -> T) -> Option<T> {
        let mut schedule = self.schedule.borrow_mut();
        let schedule = schedule.as_mut()?;
        schedule.look(clocks(), page());
        Some(act(schedule))
    }

    pub(super) fn show_connection(&self) {
        let is_in_trouble = self.with_schedule(|schedule| schedule.is_in_trouble());
        let now = match is_in_trouble {
            Some(true) if is_online() => Connection::Away,
            Some(true) => Connection::Offline,
            _ => Connection::Fine,
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

//! The token keeper's shell: turns DOM events into the keeper's events, and carries its effects out. It decides nothing.

mod browser;
pub(crate) mod dom;
mod draft;
mod forms;
mod lock;
mod page;
mod post;
mod problem;
mod tabs;

use std::cell::{OnceCell, RefCell};

use contract::paths;
use js_sys::{Function, Math};
use keeper::{
    Announcement, Connection, Destination, Effect, Event, FormId, FormKind, Fresh, Keeper,
    LockHolder, Now, Refusal,
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    AbortController, Element, HtmlFormElement, MessageEvent, PageTransitionEvent, StorageEvent,
};

use self::{
    draft::Draft,
    forms::Forms,
    lock::Lock,
    post::{Answer, Post},
    tabs::Tabs,
};
use crate::islands::{hide_passwords, show_connection, show_time_left};

/// Events after which time may have passed or state changed. Listened to in the capture phase, because some are
/// dispatched on `document` and do not bubble.
const WAKE_EVENTS: [&str; 10] = [
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
];

thread_local! {
    static SHELL: OnceCell<&'static Shell> = const { OnceCell::new() };
}

struct Shell {
    keeper: RefCell<Keeper>,
    listener: Function,
    tabs: Tabs,
    locks: RefCell<Vec<(LockHolder, Lock)>>,
    /// The refresh that waits for its answer.
    refresh: RefCell<Option<AbortController>>,
    draft: Draft,
    forms: Forms,
}

/// Starts the keeper; it lives as long as the page.
pub(crate) fn start() {
    let listener = Closure::<dyn Fn(JsValue)>::new(|event: JsValue| {
        if let Some(shell) = shell() {
            shell.hear(&event);
        }
    });
    let listener = listener.into_js_value().unchecked_into::<Function>();
    let shell: &'static Shell = Box::leak(Box::new(Shell {
        keeper: RefCell::new(Keeper::new(page::viewer(), now())),
        listener,
        tabs: Tabs::default(),
        locks: RefCell::default(),
        refresh: RefCell::default(),
        draft: Draft::default(),
        forms: Forms::default(),
    }));
    SHELL.with(|it| _ = it.set(shell));

    let window = dom::window();
    for event in WAKE_EVENTS {
        _ = window.add_event_listener_with_callback_and_bool(event, &shell.listener, true);
    }
    // While it bubbles: whether another script has taken the form over shows by then.
    _ = window.add_event_listener_with_callback("submit", &shell.listener);
    if let Some(root) = dom::root() {
        _ = root.set_attribute(contract::attributes::SCRIPTS, "");
    }
    shell.report(Event::Started);
}

/// The connection's state as far as the keeper knows.
pub(crate) fn connection() -> Connection {
    shell().map_or(Connection::Fine, |shell| shell.keeper.borrow().connection())
}

/// Has the form in an island posted by the page's scripts.
pub(crate) fn add_live_form(island: &Element) {
    if let (Some(shell), Some(form)) = (shell(), dom::find::<HtmlFormElement>(island, "form")) {
        shell.forms.add_live(&form, island);
    }
}

fn shell() -> Option<&'static Shell> {
    SHELL.with(|shell| shell.get().copied())
}

/// The browser as of now, but for what only the shell knows.
fn now() -> Now {
    Now {
        clocks: browser::clocks(),
        page: browser::page(),
        is_online: browser::is_online(),
        is_prerendering: browser::is_prerendering(),
        chance: Math::random(),
        ..Now::default()
    }
}

impl Shell {
    /// Handles an event of the DOM, or a timer, which calls without one.
    fn hear(&'static self, event: &JsValue) {
        let Some(event) = event.dyn_ref::<web_sys::Event>() else {
            self.report(Event::Woke);
            return;
        };
        match event.type_().as_str() {
            "message" => {
                let message = event.dyn_ref::<MessageEvent>().map(MessageEvent::data);
                if let Some(text) = message.and_then(|it| it.as_string()) {
                    self.report_announcement(&text);
                }
            }
            "storage" => {
                let event = event.dyn_ref::<StorageEvent>();
                if let Some(event) = event.filter(|it| it.key().as_deref() == Some(tabs::NAME)) {
                    self.report_announcement(&event.new_value().unwrap_or_default());
                }
            }
            "input" => {
                if let Some(form) = dom::form_of(event) {
                    self.draft.note(form);
                }
            }
            "submit" => self.hear_submit(event),
            "pagehide" => {
                hide_passwords();
                self.report(Event::Left);
            }
            "pageshow" => {
                let event = event.dyn_ref::<PageTransitionEvent>();
                let is_restored = event.is_some_and(PageTransitionEvent::persisted);
                self.report(if is_restored { Event::Restored } else { Event::Woke });
            }
            "online" => self.report(Event::Online),
            _ => self.report(Event::Woke),
        }
    }

    fn hear_submit(&'static self, event: &web_sys::Event) {
        hide_passwords();
        let Some(form) = dom::form_of(event) else { return };
        if event.default_prevented() {
            // Another script has taken the form over.
            self.draft.note(form);
            return;
        }
        let submission = event.dyn_ref().and_then(|event| self.forms.submit(&form, event));
        if let Some(submission) = submission {
            if submission.kind == FormKind::Live {
                // It may have been typed before the scripts came.
                self.draft.note(form);
            }
            self.handle(Event::Submitted(submission), Some(event));
        }
    }

    fn report_announcement(&'static self, text: &str) {
        let announcement = Announcement::from_text(text, browser::clocks().wall);
        self.report(Event::Announced(announcement));
    }

    fn report(&'static self, event: Event) {
        self.handle(event, None);
    }

    /// Has the keeper handle an event, and carries out what it wants.
    fn handle(&'static self, event: Event, submit: Option<&web_sys::Event>) {
        let now = now();
        let announced = self.tabs.last_announced(now.clocks.wall);
        let now = Now { announced, has_draft: self.draft.is_there(), ..now };
        // The keeper is free again before an effect causes the next event.
        let effects = self.keeper.borrow_mut().on(event, now);
        for effect in effects {
            self.carry_out(effect, submit);
        }
    }

    fn carry_out(&'static self, effect: Effect, submit: Option<&web_sys::Event>) {
        match effect {
            Effect::Tick(every) => browser::set_interval(&self.listener, every),
            Effect::WakeIn(time) => _ = browser::set_timeout(&self.listener, time),
            Effect::AcquireLock(holder, within) => spawn_local(async move {
                if let Some(lock) = lock::acquire(within).await {
                    self.locks.borrow_mut().push((holder, lock));
                }
                self.report(Event::LockSettled(holder));
            }),
            Effect::ReleaseLock(holder) => {
                self.locks.borrow_mut().retain(|(it, _)| *it != holder);
            }
            Effect::Refresh { attempt, within } => {
                let controller = browser::abort_after(within);
                let signal = controller.as_ref().map(AbortController::signal);
                self.refresh.replace(controller);
                spawn_local(async move {
                    let answer = self.post(paths::REFRESH, "", signal.as_ref()).await;
                    self.report(Event::RefreshAnswered { attempt, answer: fresh_of(&answer) });
                });
            }
            Effect::AbortRefresh => {
                if let Some(controller) = self.refresh.take() {
                    controller.abort();
                }
            }
            Effect::RefreshBeyondPage => {
                spawn_local(async move { _ = self.post(paths::REFRESH, "", None).await });
            }
            Effect::Announce(announcement) => {
                self.tabs.announce(&announcement, browser::clocks().wall);
            }
            Effect::OpenChannel => self.tabs.open(&self.listener),
            Effect::CloseChannel => self.tabs.close(),
            Effect::ShowConnection(connection) => show_connection(connection),
            Effect::ShowTimeLeft(time_left) => show_time_left(time_left),
            Effect::PreventDefault => {
                if let Some(submit) = submit {
                    submit.prevent_default();
                }
            }
            Effect::ShowBusy(form) => self.forms.show_busy(form),
            Effect::Post(form) => self.post_form(form),
            Effect::Follow(form) => go_to(self.forms.next_page(form).as_deref()),
            Effect::ShowRefusal(form, refusal) => self.forms.show_refusal(form, refusal),
            Effect::ShowIdle => self.forms.show_idle(),
            Effect::CheckReachability(form) => spawn_local(async move {
                let is_reachable = browser::is_reachable().await;
                self.report(Event::ReachabilityChecked { form, is_reachable });
            }),
            Effect::SubmitAgain(form) => self.forms.submit_again(form),
            Effect::ShowDraftInLanguage(form) => {
                self.draft.show_in(&self.forms.language(form).unwrap_or_default());
            }
            Effect::ForgetDraft => self.draft.forget(),
            Effect::Leave { to, keep_draft_for } => self.leave(to, keep_draft_for.as_deref()),
        }
    }

    fn post_form(&'static self, form: FormId) {
        let Some((path, body)) = self.forms.post_of(form) else { return };
        spawn_local(async move {
            let answer = self.post(&path, &body, None).await;
            let refusal = answer.refusal;
            self.forms.note_answer(form, answer);
            self.report(Event::PostAnswered { form, answer: refusal.map_or(Ok(()), Err) });
        });
    }

    async fn post(&self, path: &str, body: &str, signal: Option<&web_sys::AbortSignal>) -> Answer {
        let session = self.keeper.borrow().session().map(str::to_owned);
        Post { path, body, session: session.as_deref(), signal }.send().await
    }

    fn leave(&self, to: Destination, keep_draft_for: Option<&str>) {
        if keep_draft_for.is_some_and(|member| self.draft.keep_for(member)) {
            return;
        }
        match to {
            Destination::Reload => go_to(None),
            Destination::LogIn => {
                let here = browser::encoded_here();
                go_to(Some(&[paths::LOG_IN, "?", paths::NEXT, "=", &here].concat()));
            }
        }
    }
}

/// Loads a page of this site, or this one anew: who signs in or out gets a page, and a memory, of their own.
fn go_to(path: Option<&str>) {
    let location = dom::window().location();
    _ = match path {
        Some(path) => location.assign(path),
        None => location.reload(),
    };
}

fn fresh_of(answer: &Answer) -> Result<Fresh, Refusal> {
    if let Some(refusal) = answer.refusal {
        return Err(refusal);
    }
    let seconds = |name| answer.number(name).map(browser::seconds).ok_or(Refusal::NOT_OURS);
    Ok(Fresh {
        access_left: seconds("access_expires_in")?,
        session_left: seconds("session_expires_in")?,
    })
}

//! The token keeper's shell: turns DOM events into the keeper's events, and carries out its effects. It decides
//! nothing.

mod browser;
mod forms;
mod lock;
mod post;

use std::cell::RefCell;

use contract::paths;
use keeper::{Announcement, Destination, Effect, Event, Keeper, LockHolder, Now, Viewer};
use leptos::prelude::{set_interval, set_timeout, window};
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, AbortSignal, PageTransitionEvent, StorageEvent};

pub(crate) use self::post::Answer;
use self::{forms::Forms, lock::Lock};
use crate::{
    dom,
    islands::{hide_passwords, live_form, show_connection, show_time_left},
};

/// Events after which time may have passed or state changed, and those about other tabs and input. Listened to in the
/// capture phase, because some are dispatched on `document` and do not bubble.
const EVENTS: [&str; 10] = [
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
    /// Lives as long as the page.
    static SHELL: &'static Shell = Box::leak(Box::new(Shell::new()));
}

struct Shell {
    keeper: RefCell<Keeper>,
    locks: RefCell<Vec<(LockHolder, Lock)>>,
    /// The refresh under way.
    refresh: RefCell<Option<AbortController>>,
    forms: Forms,
}

/// Starts the keeper.
pub(crate) fn start() {
    let listener = Closure::<dyn Fn(web_sys::Event)>::new(|event| shell().hear(&event));
    let listener = listener.into_js_value();
    let window = window();
    for event in EVENTS {
        let listener = listener.unchecked_ref();
        _ = window.add_event_listener_with_callback_and_bool(event, listener, true);
    }
    // In the bubble phase, in which it shows whether another script has handled the form.
    _ = window.add_event_listener_with_callback("submit", listener.unchecked_ref());
    if let Some(root) = dom::root() {
        _ = root.set_attribute(contract::attributes::SCRIPTS, "");
    }
    shell().report(Event::Started);
}

fn shell() -> &'static Shell {
    SHELL.with(|shell| *shell)
}

impl Shell {
    fn new() -> Self {
        let viewer = Viewer::from_attributes(|name| dom::root()?.get_attribute(name));
        Self {
            keeper: RefCell::new(Keeper::new(viewer, browser::now())),
            locks: RefCell::default(),
            refresh: RefCell::default(),
            forms: Forms::default(),
        }
    }

    /// Handles an event of the DOM.
    fn hear(&'static self, event: &web_sys::Event) {
        match event.type_().as_str() {
            "storage" => {
                let event = event.unchecked_ref::<StorageEvent>();
                let is_ours = event.key().as_deref() == Some(browser::ANNOUNCEMENT);
                if let Some(text) = event.new_value().filter(|_| is_ours) {
                    let wall = browser::now().clocks.wall;
                    self.report(Event::Announced(Announcement::from_text(&text, wall)));
                }
            }
            "input" => {
                if let Some(form) = dom::form_of(event) {
                    self.forms.note_draft(&form);
                }
            }
            "submit" => self.hear_submit(event),
            "pagehide" => {
                hide_passwords();
                self.report(Event::Left);
            }
            "pageshow" if event.unchecked_ref::<PageTransitionEvent>().persisted() => {
                self.report(Event::Restored);
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
            self.forms.note_draft(&form);
        } else if let Some(submission) = self.forms.submit(&form, event.unchecked_ref()) {
            self.handle(Event::Submitted(submission), Some(event));
        }
    }

    fn report(&'static self, event: Event) {
        self.handle(event, None);
    }

    /// Passes an event to the keeper and carries out its effects. `submit` is the DOM event behind it, if any.
    fn handle(&'static self, event: Event, submit: Option<&web_sys::Event>) {
        let now = Now { has_draft: self.forms.has_draft(), ..browser::now() };
        // The borrow ends here, before an effect causes the next event.
        let effects = self.keeper.borrow_mut().on(event, now);
        for effect in effects {
            self.carry_out(effect, submit);
        }
    }

    fn carry_out(&'static self, effect: Effect, submit: Option<&web_sys::Event>) {
        match effect {
            Effect::Tick(every) => set_interval(|| self.report(Event::Woke), every),
            Effect::WakeIn(time) => set_timeout(|| self.report(Event::Woke), time),
            Effect::AcquireLock(holder, within) => spawn_local(async move {
                let granted = move |lock| {
                    self.locks.borrow_mut().push((holder, lock));
                    self.report(Event::LockSettled(holder));
                };
                if lock::hold(within, granted).await.is_err() {
                    self.report(Event::LockSettled(holder));
                }
            }),
            Effect::ReleaseLock(holder) => self.locks.borrow_mut().retain(|(it, _)| *it != holder),
            Effect::Refresh { attempt, within } => {
                let controller = browser::abort_after(within);
                let signal = controller.as_ref().map(AbortController::signal);
                self.refresh.replace(controller);
                spawn_local(async move {
                    let answer = self.post(paths::REFRESH, "", signal.as_ref()).await.fresh();
                    self.report(Event::RefreshAnswered { attempt, answer });
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
            Effect::Announce(announcement) => browser::announce(&announcement),
            Effect::ShowConnection(connection) => show_connection(connection),
            Effect::ShowTimeLeft(time_left) => show_time_left(time_left),
            Effect::PreventDefault => {
                if let Some(submit) = submit {
                    submit.prevent_default();
                }
            }
            Effect::ShowBusy(form) => live_form::show_busy(&self.forms.get(form).element),
            Effect::ShowIdle => live_form::show_idle(),
            Effect::Post(id) => spawn_local(async move {
                let form = self.forms.get(id);
                let answer = self.post(&form.action, &form.body, None).await;
                let refusal = answer.refusal;
                self.forms.note_answer(id, answer);
                self.report(Event::PostAnswered { form: id, answer: refusal.map_or(Ok(()), Err) });
            }),
            Effect::Follow(form) => browser::go_to(self.forms.get(form).next_page()),
            Effect::ShowRefusal(form, refusal) => {
                let form = self.forms.get(form);
                live_form::show_refusal(&form.element, refusal, form.answer.as_ref());
            }
            Effect::CheckReachability(form) => spawn_local(async move {
                let is_reachable = browser::is_reachable().await;
                self.report(Event::ReachabilityChecked { form, is_reachable });
            }),
            Effect::SubmitAgain(form) => self.forms.get(form).submit_again(),
            Effect::ShowDraftInLanguage(form) => self.forms.show_draft_in_language_of(form),
            Effect::ForgetDraft => self.forms.forget_draft(),
            Effect::Leave { to, keep_draft_for } => {
                if keep_draft_for.is_some_and(|member| self.forms.keep_draft_for(&member)) {
                    return;
                }
                browser::go_to(match to {
                    Destination::Reload => None,
                    Destination::LogIn => {
                        let here = browser::encoded_here();
                        Some([paths::LOG_IN, "?", paths::NEXT, "=", &here].concat())
                    }
                });
            }
        }
    }

    async fn post(&'static self, path: &str, body: &str, signal: Option<&AbortSignal>) -> Answer {
        let session = self.keeper.borrow().session().map(str::to_owned);
        let answer = post::post(path, body, session.as_deref(), signal).await;
        if answer.is_of_another_version {
            self.report(Event::VersionChanged);
        }
        answer
    }
}

//! The token keeper's shell: turns DOM events into the keeper's events, and carries its effects out. It decides nothing.

mod browser;
pub(crate) mod dom;
mod draft;
mod effects;
mod forms;
mod lock;
mod page;
mod post;
mod problem;
mod tabs;

use std::cell::{OnceCell, RefCell};

use js_sys::{Function, Math};
use keeper::{Announcement, Connection, Event, FormKind, Keeper, LockHolder, Now};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    AbortController, Element, HtmlFormElement, MessageEvent, PageTransitionEvent, StorageEvent,
};

use self::{draft::Draft, forms::Forms, lock::Lock, tabs::Tabs};
use crate::islands::hide_passwords;

/// Events after which time may have passed or state changed, and those that concern the tabs and what is typed. Listened
/// to in the capture phase, because some are dispatched on `document` and do not bubble.
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
    for event in EVENTS {
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
}

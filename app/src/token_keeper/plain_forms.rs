//! Forms that the page's scripts do not post themselves: those of the pages under `/settings`, log-out, and
//! every form whose scripts are not there yet. They post once, be the button pressed twice; not from a page that is
//! about somebody else by now; and if they give this browser another session, not while a refresh is under way.
//!
//! Where the browser says that it has no network, the server is asked first whether it is there: if it is not, the
//! browser would put an error page in place of this one.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use leptos::task::spawn_local;
use send_wrapper::SendWrapper;
use token_schedule::Clocks;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlFormElement, SubmitEvent};

use super::{
    browser::{clocks, is_online, is_reachable},
    keeper::Keeper,
    lock::Lock,
    refreshing::{changes_the_session, gives_a_session, hold_refreshes},
    typed::form_of,
};

/// Who presses again after so long has given the first post up, as has the server.
const GIVEN_UP: Duration = Duration::from_secs(20);

/// The plain posts of one page.
#[derive(Default)]
pub(super) struct PlainForms {
    /// The last one, and when
    posted: RefCell<Option<(HtmlFormElement, Clocks)>>,
    /// The server has just answered: the next post goes, whatever the browser says of its network
    is_answered: Cell<bool>,
    /// Until the page is left
    held: RefCell<Option<SendWrapper<Lock>>>,
}

impl PlainForms {
    /// Some form is submitted; whether it posts plainly shows later.
    pub(super) fn is_about_to_post(&self, keeper: &Keeper, event: &Event) {
        if form_of(event).is_some_and(|form| changes_the_session(&form.action())) {
            keeper.stand_back();
        }
    }

    /// No listener has taken the form over.
    pub(super) fn posts(&'static self, keeper: &'static Keeper, event: &Event) {
        let Some(form) = form_of(event) else { return };
        if self.is_posting(&form) || keeper.is_over() {
            event.prevent_default();
            return;
        }
        self.note(&form);
        // The line that says why nothing was posted is one for members.
        if !self.is_answered.take() && !is_online() && keeper.is_refreshing_tokens() {
            self.post_if_reachable(keeper, form, event);
            return;
        }
        let path = form.action();
        if gives_a_session(&path) {
            event.prevent_default();
            spawn_local(async move {
                let held = hold_refreshes(&path).await;
                *self.held.borrow_mut() = held;
                if !keeper.is_over() {
                    self.note(&form);
                    // Not as the member's own submit: nobody listens to this one.
                    _ = form.submit();
                }
            });
        }
    }

    fn post_if_reachable(
        &'static self,
        keeper: &'static Keeper,
        form: HtmlFormElement,
        event: &Event,
    ) {
        event.prevent_default();
        let submitter = event.dyn_ref::<SubmitEvent>().and_then(SubmitEvent::submitter);
        spawn_local(async move {
            let is_reachable = is_reachable().await;
            self.posted.take();
            if is_reachable {
                self.is_answered.set(true);
                _ = form.request_submit_with_submitter(submitter.as_ref());
            } else {
                keeper.failed(None);
            }
        });
    }

    fn is_posting(&self, form: &HtmlFormElement) -> bool {
        let posted = self.posted.borrow();
        posted.as_ref().is_some_and(|(it, at)| it == form && clocks().since(*at) < GIVEN_UP)
    }

    fn note(&self, form: &HtmlFormElement) {
        *self.posted.borrow_mut() = Some((form.clone(), clocks()));
    }

    /// The page is back.
    pub(super) fn may_post_again(&self) {
        self.posted.take();
        self.held.take();
    }
}

//! The keeper's effects, carried out in the browser.

use contract::paths;
use keeper::{Destination, Effect, Event, FormId, Fresh, Refusal};
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, AbortSignal};

use super::{
    Shell, browser, dom, lock,
    post::{Answer, Post},
};
use crate::islands::{show_connection, show_time_left};

impl Shell {
    /// Carries out one effect; `submit` is the event that it is about.
    pub(super) fn carry_out(&'static self, effect: Effect, submit: Option<&web_sys::Event>) {
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

    async fn post(&self, path: &str, body: &str, signal: Option<&AbortSignal>) -> Answer {
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

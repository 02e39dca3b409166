//! Forms that the page's scripts post without leaving the page. A post is retried once after a refresh if the access
//! token has expired.

use contract::SessionEffect;

use crate::{
    effect::{Destination, Effect},
    event::{FormId, LockHolder, Submission},
    post::{Attempt, Step},
    refusal::Refusal,
    schedule::{Schedule, lock_within},
    state::Keeper,
};

impl Keeper {
    pub(crate) fn submit_live(&mut self, submission: Submission) {
        let Submission { form, effect, .. } = submission;
        self.effect(Effect::PreventDefault);
        if self.is_leaving() || self.posts.is_busy(form, self.now.clocks) {
            return;
        }
        if effect != SessionEffect::None {
            self.stand_back();
        }
        self.effect(Effect::ShowBusy(form));
        if effect == SessionEffect::Begins {
            self.await_lock(submission);
        } else {
            let attempt = Attempt::First { refreshes: self.refreshes };
            self.posts.begin(submission, Step::Posting(attempt));
            self.effect(Effect::Post(form));
        }
    }

    /// Waits until no tab is refreshing: the last response wins in the cookie jar, and it has to be this form's.
    pub(crate) fn await_lock(&mut self, submission: Submission) {
        self.posts.begin(submission, Step::AwaitingLock);
        let holder = LockHolder::Form(submission.form);
        self.effect(Effect::AcquireLock(holder, lock_within(self.grace)));
    }

    pub(crate) fn post_answered(&mut self, form: FormId, answer: Result<(), Refusal>) {
        let Some(post) = self.posts.of(form) else { return };
        let Step::Posting(attempt) = post.step else { return };
        let refusal = answer.err();
        if let Some(refusal) = refusal
            && attempt != Attempt::Second
            && refusal.is_healed_by_refresh()
        {
            post.step = Step::AwaitingRefresh(attempt);
            if self.has_refreshed_since(attempt) {
                self.post_again();
            } else {
                self.refresh_if_needed();
            }
            return;
        }

        self.effect(Effect::ReleaseLock(LockHolder::Form(form)));
        match refusal {
            Some(refusal) if refusal.is_outage() => self.failed(refusal),
            _ => self.with_schedule(Schedule::worked),
        }
        match refusal {
            None => {
                if let Some(post) = self.posts.of(form) {
                    post.step = Step::Loading { since: self.now.clocks };
                }
                self.effect(Effect::ForgetDraft);
                self.effect(Effect::Follow(form));
            }
            Some(refusal) if refusal.is_about_another_session() => self.leave(Destination::Reload),
            Some(refusal) => self.refuse(form, refusal),
        }
    }

    /// Retries the forms that waited for a refresh, whichever tab made it.
    pub(crate) fn post_again(&mut self) {
        for form in self.waiting_posts() {
            if let Some(post) = self.posts.of(form) {
                post.step = Step::Posting(Attempt::Second);
                self.effect(Effect::Post(form));
            }
        }
    }

    pub(crate) fn refuse_waiting_posts(&mut self, refusal: Refusal) {
        for form in self.waiting_posts() {
            self.effect(Effect::ReleaseLock(LockHolder::Form(form)));
            self.refuse(form, refusal);
        }
    }

    fn refuse(&mut self, form: FormId, refusal: Refusal) {
        self.posts.end(form);
        if refusal.is_signed_out() {
            self.leave(Destination::LogIn);
        } else {
            self.effect(Effect::ShowRefusal(form, refusal));
        }
    }

    fn waiting_posts(&self) -> Vec<FormId> {
        self.posts
            .iter()
            .filter(|post| post.awaits_refresh())
            .map(|post| post.submission.form)
            .collect()
    }

    fn has_refreshed_since(&self, attempt: Attempt) -> bool {
        attempt != Attempt::First { refreshes: self.refreshes }
    }
}

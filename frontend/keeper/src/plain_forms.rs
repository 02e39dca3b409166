//! Forms that the browser posts by itself. A form is posted once, however often the button is pressed, and not at all
//! from a page that was rendered for another session. A form that gives the browser another session is not posted while
//! a tab refreshes.
//!
//! If the browser reports that it is offline, the keeper first checks whether the server can be reached. Otherwise a
//! failed post would replace the page with the browser's own error page.

use contract::SessionEffect;

use crate::{
    effect::Effect,
    event::{FormId, LockHolder, Submission},
    post::{Attempt, Step},
    refusal::Refusal,
    state::Keeper,
};

impl Keeper {
    pub(crate) fn submit_plain(&mut self, submission: Submission) {
        let Submission { form, effect, .. } = submission;
        let since = self.now.clocks;
        if let Some(post) = self.posts.at(form, Step::Cleared) {
            post.step = Step::Loading { since };
            return;
        }
        if self.posts.is_busy(form, since) || self.leave_if_over() {
            self.effect(Effect::PreventDefault);
            return;
        }
        if effect != SessionEffect::None {
            self.stand_back();
        }
        // Only members' pages have the line that says why nothing was posted.
        if !self.now.is_online && self.schedule.is_some() {
            self.effect(Effect::PreventDefault);
            self.posts.begin(submission, Step::CheckingReachability);
            self.effect(Effect::CheckReachability(form));
        } else if effect == SessionEffect::Begins {
            self.effect(Effect::PreventDefault);
            self.await_lock(submission);
        } else {
            self.posts.begin(submission, Step::Loading { since });
        }
    }

    pub(crate) fn reachability_checked(&mut self, form: FormId, is_reachable: bool) {
        let Some(post) = self.posts.at(form, Step::CheckingReachability) else { return };
        let submission = post.submission;
        if !is_reachable {
            self.posts.end(form);
            self.failed(Refusal::NO_ANSWER);
        } else if submission.effect == SessionEffect::Begins {
            self.await_lock(submission);
        } else {
            self.submit_again(form);
        }
    }

    /// Submits a form that waited for the lock, granted or timed out. The lock is held until the page is left.
    pub(crate) fn form_lock_settled(&mut self, form: FormId) {
        let refreshes = self.refreshes;
        let Some(post) = self.posts.at(form, Step::AwaitingLock) else {
            self.effect(Effect::ReleaseLock(LockHolder::Form(form)));
            return;
        };
        if post.is_live() {
            post.step = Step::Posting(Attempt::First { refreshes });
            self.effect(Effect::Post(form));
        } else {
            self.submit_again(form);
        }
    }

    fn submit_again(&mut self, form: FormId) {
        if self.leave_if_over() {
            self.posts.end(form);
            self.effect(Effect::ReleaseLock(LockHolder::Form(form)));
        } else if let Some(post) = self.posts.of(form) {
            post.step = Step::Cleared;
            self.effect(Effect::SubmitAgain(form));
        }
    }
}

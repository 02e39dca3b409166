//! Forms of this page whose post is under way.

use std::time::Duration;

use contract::SessionEffect;

use crate::{
    event::{FormId, FormKind, Submission},
    schedule::Clocks,
};

/// The time after which the server has given a post up: a member who presses again may.
const GIVEN_UP: Duration = Duration::from_secs(20);

/// A form whose post is under way.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) submission: Submission,
    pub(crate) step: Step,
}

impl Post {
    pub(crate) fn is_live(&self) -> bool {
        self.submission.kind == FormKind::Live
    }

    pub(crate) fn awaits_refresh(&self) -> bool {
        matches!(self.step, Step::AwaitingRefresh(_))
    }

    /// Returns whether a live form holds the lock: it does from its first post on.
    pub(crate) fn holds_lock(&self) -> bool {
        self.submission.effect == SessionEffect::Begins
            && matches!(self.step, Step::Posting(_) | Step::AwaitingRefresh(_))
    }
}

/// The step at which a post is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Plain: the browser says that it has no network, so the server is asked first.
    CheckingReachability,
    /// Waits until no tab refreshes.
    AwaitingLock,
    /// Live: waits for its answer.
    Posting(Attempt),
    /// Live: waits for a refresh, to be posted once more.
    AwaitingRefresh(Attempt),
    /// Plain: the next submit of the form is its own, and goes.
    Cleared,
    /// The browser loads the next page.
    Loading { since: Clocks },
}

/// One post of a live form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The first, sent after so many refreshes.
    First { refreshes: u32 },
    /// The one after a refresh, and the last.
    Second,
}

/// All posts of one page.
#[derive(Debug, Default)]
pub(crate) struct Posts(Vec<Post>);

impl Posts {
    pub(crate) fn of(&mut self, form: FormId) -> Option<&mut Post> {
        self.0.iter_mut().find(|post| post.submission.form == form)
    }

    pub(crate) fn begin(&mut self, submission: Submission, step: Step) {
        self.end(submission.form);
        self.0.push(Post { submission, step });
    }

    pub(crate) fn end(&mut self, form: FormId) {
        self.0.retain(|post| post.submission.form != form);
    }

    /// Takes a post that is at this step.
    pub(crate) fn at(&mut self, form: FormId, step: Step) -> Option<&mut Post> {
        self.of(form).filter(|post| post.step == step)
    }

    /// Returns whether a press now would post the form twice.
    pub(crate) fn is_busy(&mut self, form: FormId, now: Clocks) -> bool {
        self.of(form).is_some_and(|post| match post.step {
            Step::Loading { since } => now.since(since) < GIVEN_UP,
            _ => true,
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Post> {
        self.0.iter()
    }

    /// Takes out all posts.
    pub(crate) fn take(&mut self) -> Vec<Post> {
        std::mem::take(&mut self.0)
    }
}

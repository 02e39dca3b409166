//! Posts under way on this page.

use std::time::Duration;

use contract::SessionEffect;

use crate::{
    event::{FormId, FormKind, Submission},
    schedule::Clocks,
};

/// The time after which the server has given up on a post, so that the form may be submitted again.
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

    /// Returns whether this is a live form that holds the lock, as it does from its first post on.
    pub(crate) fn holds_lock(&self) -> bool {
        self.submission.effect == SessionEffect::Begins
            && matches!(self.step, Step::Posting(_) | Step::AwaitingRefresh(_))
    }
}

/// The step that a post has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Plain: checks first whether the server can be reached, because the browser reports that it is offline.
    CheckingReachability,
    /// Waits until no tab is refreshing.
    AwaitingLock,
    /// Live: waits for the response.
    Posting(Attempt),
    /// Live: waits for a refresh, and is then retried.
    AwaitingRefresh(Attempt),
    /// Plain: the next submit event is the keeper's own, and is let through.
    Cleared,
    /// The browser is loading the next page.
    Loading { since: Clocks },
}

/// One post of a live form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The first, and the number of refreshes before it.
    First { refreshes: u32 },
    /// The retry after a refresh, and the last.
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

    /// Finds the form's post if it is at this step.
    pub(crate) fn at(&mut self, form: FormId, step: Step) -> Option<&mut Post> {
        self.of(form).filter(|post| post.step == step)
    }

    /// Returns whether submitting now would post the form twice.
    pub(crate) fn is_busy(&mut self, form: FormId, now: Clocks) -> bool {
        self.of(form).is_some_and(|post| match post.step {
            Step::Loading { since } => now.since(since) < GIVEN_UP,
            _ => true,
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Post> {
        self.0.iter()
    }

    /// Removes and returns all posts.
    pub(crate) fn take(&mut self) -> Vec<Post> {
        std::mem::take(&mut self.0)
    }
}

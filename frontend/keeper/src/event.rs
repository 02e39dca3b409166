//! Events in the browser.

use contract::SessionEffect;

use crate::{
    announcement::Announcement,
    refusal::Refusal,
    schedule::{Clocks, Fresh, Page},
    who::Who,
};

/// The browser at the moment of an event.
#[derive(Debug, Clone, Default)]
pub struct Now {
    /// Both clocks.
    pub clocks: Clocks,
    /// The page's visibility.
    pub page: Page,
    /// A hint, wrong behind some VPNs and virtual adapters: it selects the message, and never prevents a request.
    pub is_online: bool,
    /// The browser is prerendering the page, which must not act yet.
    pub is_prerendering: bool,
    /// A form on this page has input that was not posted.
    pub has_draft: bool,
    /// A random number from 0 to 1.
    pub chance: f64,
    /// The last announcement of any tab; `None` if the browser does not store it.
    pub announced: Option<Who>,
}

/// A form of this page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormId(pub usize);

/// The way in which a form is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormKind {
    /// By the page's scripts.
    Live,
    /// By the browser.
    Plain,
    /// By the browser, to choose another language.
    Language,
}

/// A submitted form.
#[derive(Debug, Clone, Copy)]
pub struct Submission {
    /// The form.
    pub form: FormId,
    /// The way in which it is posted.
    pub kind: FormKind,
    /// Its effect on the session.
    pub effect: SessionEffect,
}

/// The holder of the lock under which one tab of the browser refreshes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockHolder {
    /// A refresh.
    Refresh,
    /// A form that gives the browser another session.
    Form(FormId),
}

/// An event in the browser.
#[derive(Debug, Clone)]
pub enum Event {
    /// The page's scripts have started.
    Started,
    /// Time may have passed or state changed: a tick, or the page was shown again.
    Woke,
    /// The browser has a network again.
    Online,
    /// The page was restored from the back/forward cache.
    Restored,
    /// The page is being left.
    Left,
    /// Another tab has announced who is signed in.
    Announced(Announcement),
    /// The lock was granted, or waiting for it timed out.
    LockSettled(LockHolder),
    /// A refresh was answered.
    RefreshAnswered {
        /// The number of the attempt.
        attempt: u32,
        /// The time left, or the refusal.
        answer: Result<Fresh, Refusal>,
    },
    /// An answer came from another version of the site than the page.
    VersionChanged,
    /// A form is submitted. [`Effect::PreventDefault`](crate::Effect::PreventDefault) applies to this event.
    Submitted(Submission),
    /// The post of a live form was answered.
    PostAnswered {
        /// The form.
        form: FormId,
        /// Success, or the refusal.
        answer: Result<(), Refusal>,
    },
    /// The check before a plain post has finished.
    ReachabilityChecked {
        /// The form.
        form: FormId,
        /// The server gave any response at all.
        is_reachable: bool,
    },
}

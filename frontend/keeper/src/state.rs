//! The keeper of one page: checks the clocks whenever the page wakes, follows other tabs' announcements, and leaves the
//! page when the server says that the session is over.

use std::time::Duration;

use crate::{
    announcement::Announcement,
    effect::{Connection, Destination, Effect},
    event::{Event, FormKind, LockHolder, Now},
    post::Posts,
    refreshing::Phase,
    schedule::{Clocks, Fresh, Schedule},
    time_left::TimeLeft,
    who::{Viewer, Who},
};

/// Assumed on pages rendered signed out, for which the server reports no grace period.
const USUAL_GRACE: Duration = Duration::from_secs(10);

/// The keeper of one page.
#[derive(Debug)]
pub struct Keeper {
    who: Who,
    pub(crate) grace: Duration,
    /// Of a member's page.
    pub(crate) schedule: Option<Schedule>,
    pub(crate) refreshes: u32,
    pub(crate) attempts: u32,
    pub(crate) phase: Phase,
    pub(crate) posts: Posts,
    is_announced: bool,
    /// Set once the page was prerendered: what it knows may be out of date when it is shown.
    was_prerendered: bool,
    /// The server has answered as another version than the page.
    is_outdated: bool,
    connection: Connection,
    time_left: Option<TimeLeft>,
    /// As of the event that is being handled.
    pub(crate) now: Now,
    effects: Vec<Effect>,
}

impl Keeper {
    /// The keeper of a page that was rendered for `viewer`.
    #[must_use]
    pub fn new(viewer: Viewer, now: Now) -> Self {
        let (who, grace, lifetimes) = match viewer {
            Viewer::Unknown => (Who::Unknown, USUAL_GRACE, None),
            Viewer::Nobody => (Who::Nobody, USUAL_GRACE, None),
            Viewer::Member { member, session, lifetimes, grace } => {
                (Who::Member { member, session }, grace, Some(lifetimes))
            }
        };
        // The seconds count from the request for the page, whose response a slow network may have delayed.
        let Clocks { steady, wall } = now.clocks;
        let asked_for = Clocks { steady: Duration::ZERO, wall: wall.saturating_sub(steady) };
        let schedule = lifetimes.map(|it| Schedule::new(it, asked_for, now.chance));
        Self {
            who,
            grace,
            time_left: schedule.as_ref().map(length_of),
            schedule,
            refreshes: 0,
            attempts: 0,
            phase: Phase::Idle,
            posts: Posts::default(),
            is_announced: false,
            was_prerendered: false,
            is_outdated: false,
            connection: Connection::Fine,
            now,
            effects: Vec::new(),
        }
    }

    /// The session that the page was rendered for. Posts name it, so that nothing is done as another member who has
    /// since logged in in another tab.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        match &self.who {
            Who::Member { session, .. } => Some(session),
            Who::Unknown | Who::Nobody => None,
        }
    }

    /// Handles an event. The caller carries out the returned effects at once, in order.
    pub fn on(&mut self, event: Event, now: Now) -> Vec<Effect> {
        self.now = now;
        if let Some(schedule) = &mut self.schedule {
            schedule.look(self.now.clocks, self.now.page);
        }
        match event {
            Event::Started => self.start(),
            Event::Woke => self.wake(),
            Event::Online => {
                self.with_schedule(Schedule::back_online);
                self.wake();
            }
            Event::Restored => self.restore(),
            Event::Left => self.left(),
            Event::Announced(announcement) => self.take_announcement(announcement),
            Event::LockSettled(LockHolder::Refresh) => self.lock_settled(),
            Event::LockSettled(LockHolder::Form(form)) => self.form_lock_settled(form),
            Event::VersionChanged => self.is_outdated = true,
            Event::RefreshAnswered { attempt, answer } => self.refresh_answered(attempt, answer),
            Event::Submitted(submission) => match submission.kind {
                FormKind::Live => self.submit_live(submission),
                FormKind::Language if self.now.has_draft => {
                    self.effect(Effect::PreventDefault);
                    self.effect(Effect::ShowDraftInLanguage(submission.form));
                }
                FormKind::Plain | FormKind::Language => self.submit_plain(submission),
            },
            Event::PostAnswered { form, answer } => self.post_answered(form, answer),
            Event::ReachabilityChecked { form, is_reachable } => {
                self.reachability_checked(form, is_reachable);
            }
        }
        self.leave_if_outdated();
        self.show_changes();
        std::mem::take(&mut self.effects)
    }

    pub(crate) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(crate) fn with_schedule(&mut self, act: impl FnOnce(&mut Schedule)) {
        if let Some(schedule) = &mut self.schedule {
            act(schedule);
        }
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.phase == Phase::Leaving
    }

    fn start(&mut self) {
        if let Some(tick) = self.schedule.as_ref().map(Schedule::tick) {
            self.effect(Effect::Tick(tick));
        }
        self.wake();
    }

    fn wake(&mut self) {
        self.was_prerendered |= self.now.is_prerendering;
        if self.is_leaving()
            || self.now.is_prerendering
            || self.was_prerendered && self.leave_if_over()
        {
            return;
        }
        if !self.is_announced {
            self.is_announced = true;
            self.announce();
        }
        if !self.leave_if_over() {
            self.refresh_if_needed();
        }
    }

    /// Resumes a page that was left and comes back from the back/forward cache.
    fn restore(&mut self) {
        if self.is_leaving() {
            self.phase = Phase::Idle;
        }
        for post in self.posts.take() {
            self.effect(Effect::ReleaseLock(LockHolder::Form(post.submission.form)));
        }
        self.effect(Effect::ShowIdle);
        self.wake();
    }

    fn left(&mut self) {
        // The browser drops a left page's pending requests. The server returns the same tokens again.
        if matches!(self.phase, Phase::Refreshing { .. }) {
            self.effect(Effect::RefreshBeyondPage);
        }
    }

    /// Announces this page's viewer to the other tabs, and how long the tokens last.
    pub(crate) fn announce(&mut self) {
        if self.who == Who::Unknown {
            return;
        }
        let fresh = self.schedule.as_ref().map(Schedule::fresh);
        self.effect(Effect::Announce(Announcement { who: self.who.clone(), fresh }));
        // Earlier announcements are out of date.
        self.now.announced = None;
    }

    fn take_announcement(&mut self, Announcement { who, fresh }: Announcement) {
        self.now.announced = Some(who);
        if self.leave_if_over() {
            return;
        }
        if let (Some(schedule), Some(fresh)) = (&self.schedule, fresh)
            && schedule.is_outdone_by(fresh)
        {
            self.take(fresh);
        }
    }

    /// Leaves the page if another tab has announced another member or session. Returns whether the page is being left.
    pub(crate) fn leave_if_over(&mut self) -> bool {
        let is_about_others = self.who != Who::Unknown
            && !self.now.is_prerendering
            && self.now.announced.as_ref().is_some_and(|announced| *announced != self.who);
        if is_about_others {
            self.leave(Destination::Reload);
        }
        self.is_leaving()
    }

    /// Leaves the page. No response to a refresh may arrive afterwards: it would overwrite the cookies of a member who
    /// has logged in since.
    pub(crate) fn leave(&mut self, to: Destination) {
        if self.is_leaving() {
            return;
        }
        self.abort_refresh();
        self.phase = Phase::Leaving;
        let keep_draft_for = match &self.who {
            Who::Member { member, .. } if self.now.has_draft => Some(member.clone()),
            _ => None,
        };
        self.effect(Effect::Leave { to, keep_draft_for });
    }

    /// Loads the page anew, of the server's version, unless something is under way or what was typed would be lost.
    fn leave_if_outdated(&mut self) {
        let is_busy = self.phase != Phase::Idle || self.posts.iter().next().is_some();
        if self.is_outdated && !is_busy && !self.now.has_draft {
            self.leave(Destination::Reload);
        }
    }

    /// Takes over the remaining time after a refresh by any tab.
    pub(crate) fn take(&mut self, fresh: Fresh) {
        self.refreshes += 1;
        let chance = self.now.chance;
        self.with_schedule(|schedule| schedule.refreshed(fresh, chance));
    }

    fn show_changes(&mut self) {
        let connection = match &self.schedule {
            Some(schedule) if schedule.is_in_trouble() && self.now.is_online => Connection::Away,
            Some(schedule) if schedule.is_in_trouble() => Connection::Offline,
            _ if self.is_outdated && self.now.has_draft => Connection::Outdated,
            _ => Connection::Fine,
        };
        if self.connection != connection {
            self.connection = connection;
            self.effect(Effect::ShowConnection(connection));
        }
        let length = self.schedule.as_ref().map(length_of);
        if let Some(length) = length.filter(|_| self.time_left != length) {
            self.time_left = Some(length);
            self.effect(Effect::ShowTimeLeft(length));
        }
    }
}

fn length_of(schedule: &Schedule) -> TimeLeft {
    TimeLeft::of(schedule.fresh().session_left)
}

//! Tests of the keeper, state by state as in `docs/client.md`, with a simulated browser.

mod connection;
mod leaving;
mod live_forms;
mod plain_forms;
mod refreshing;
mod tabs;
mod versions;

use std::time::Duration;

use contract::{Reason, SessionEffect};

use crate::{
    Announcement, Destination, Effect, Event, FormId, FormKind, Fresh, Keeper, Lifetimes,
    LockHolder, Now, Refusal, Submission, Viewer, Who,
};

const FORM: FormId = FormId(0);
const OTHER_FORM: FormId = FormId(1);
const REFRESH: LockHolder = LockHolder::Refresh;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn hana() -> Who {
    Who::Member { member: "hana".to_owned(), session: "first".to_owned() }
}

fn ken() -> Who {
    Who::Member { member: "ken".to_owned(), session: "second".to_owned() }
}

const fn refused(status: u16, reason: Reason) -> Refusal {
    Refusal { status, reason: Some(reason), retry_after: None }
}

/// One page in a browser, with the effects that its keeper has requested since the last call of `wanted`.
struct Tab {
    keeper: Keeper,
    now: Now,
    wanted: Vec<Effect>,
}

impl Tab {
    /// A page of Hana's with an access token of 300 seconds, a refresh due at 225, and a grace period of 10 seconds.
    fn of_hana() -> Self {
        Self::of_hana_with(Lifetimes {
            access_left: seconds(300),
            access_lifetime: seconds(300),
            session_left: seconds(12 * 3600),
            idle_left: seconds(1800),
        })
    }

    fn of_hana_with(lifetimes: Lifetimes) -> Self {
        Self::of(Viewer::Member {
            member: "hana".to_owned(),
            session: "first".to_owned(),
            lifetimes,
            grace: seconds(10),
        })
    }

    fn of(viewer: Viewer) -> Self {
        let mut tab = Self::asleep(viewer);
        tab.on(Event::Started);
        tab.wanted.clear();
        tab
    }

    /// A page whose scripts have not started.
    fn asleep(viewer: Viewer) -> Self {
        let clocks =
            crate::Clocks { steady: Duration::ZERO, wall: Duration::from_secs(1_800_000_000) };
        let now = Now { clocks, is_online: true, chance: 0.5, ..Now::default() };
        Self { keeper: Keeper::new(viewer, now.clone()), now, wanted: Vec::new() }
    }

    fn on(&mut self, event: Event) {
        let effects = self.keeper.on(event, self.now.clone());
        self.wanted.extend(effects);
    }

    fn pass(&mut self, time: Duration) {
        self.now.clocks.steady += time;
        self.now.clocks.wall += time;
    }

    fn pass_and_wake(&mut self, time: Duration) {
        self.pass(time);
        self.on(Event::Woke);
    }

    /// The effects since the last call.
    fn wanted(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.wanted)
    }

    fn wanted_to(&mut self, what: impl Fn(&Effect) -> bool) -> bool {
        self.wanted().iter().any(what)
    }

    /// Advances until the keeper asks for a refresh, and returns the attempt's number.
    fn refreshes(&mut self) -> u32 {
        self.pass_and_wake(seconds(226));
        self.on(Event::LockSettled(REFRESH));
        self.attempt()
    }

    /// The number of the refresh that the keeper has asked for.
    fn attempt(&mut self) -> u32 {
        let asked = self.wanted().into_iter().find_map(|effect| match effect {
            Effect::Refresh { attempt, .. } => Some(attempt),
            _ => None,
        });
        asked.expect("a refresh is asked for")
    }

    fn refresh_answered(&mut self, attempt: u32, answer: Result<Fresh, Refusal>) {
        self.on(Event::RefreshAnswered { attempt, answer });
    }

    fn submits(&mut self, form: FormId, kind: FormKind, effect: SessionEffect) {
        self.on(Event::Submitted(Submission { form, kind, effect }));
    }

    fn post_answered(&mut self, answer: Result<(), Refusal>) {
        self.on(Event::PostAnswered { form: FORM, answer });
    }

    /// Reports an announcement of another tab.
    fn hears_of(&mut self, who: Who, fresh: Option<Fresh>) {
        self.on(Event::Announced(Announcement { who, fresh }));
    }
}

/// The lifetimes after a refresh.
fn fresh() -> Fresh {
    Fresh { access_left: seconds(300), session_left: seconds(12 * 3600) }
}

fn leaves_for(to: Destination) -> Effect {
    Effect::Leave { to, keep_draft_for: None }
}

fn is_refresh(effect: &Effect) -> bool {
    matches!(effect, Effect::Refresh { .. })
}

fn is_leave(effect: &Effect) -> bool {
    matches!(effect, Effect::Leave { .. })
}

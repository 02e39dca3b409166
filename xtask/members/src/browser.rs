//! A member's browser: its cookies, its connections, and the token keeper of its pages.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use contract::{attributes, paths};
use fastrand::Rng;
use keeper::{Clocks, Fresh, Lifetimes, Page, Schedule, answer_within};
use tokio::sync::{Mutex as Lock, RwLock};

use crate::{
    account::Account,
    exchange::{Address, Answer, Ask, Connections},
    jar::Jar,
    record::{Record, Sent},
    rules::{Judgement, Outcome, Standing, judge},
};

/// The number of tabs whose keepers refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tabs {
    /// One, or several that share a Web Lock
    One,
    /// Two without Web Locks: each refresh is sent twice at once
    TwoRacing,
}

/// A browser of a member.
pub(crate) struct Browser {
    member: usize,
    account: Arc<Account>,
    record: Arc<Record>,
    connections: Connections,
    tabs: Tabs,
    jar: Mutex<Jar>,
    session: Mutex<Option<OpenSession>>,
    /// Held by one refresh at a time, as a Web Lock
    refreshing: Lock<()>,
    /// Held while the session begins or ends: the last response wins in the jar, and it has to be that one
    changing: RwLock<()>,
    began: Instant,
    rng: Mutex<Rng>,
}

/// The session as the browser's page knows it.
struct OpenSession {
    id: String,
    schedule: Schedule,
    grace: Duration,
    refreshed_at: Instant,
}

impl Browser {
    pub(crate) fn new(
        member: usize,
        account: Arc<Account>,
        record: Arc<Record>,
        address: &Address,
        tabs: Tabs,
        rng: Rng,
    ) -> Self {
        Self {
            member,
            account,
            record,
            connections: Connections::new(address, member),
            tabs,
            jar: Mutex::default(),
            session: Mutex::new(None),
            refreshing: Lock::new(()),
            changing: RwLock::new(()),
            began: Instant::now(),
            rng: Mutex::new(rng),
        }
    }

    /// The cookies as they are.
    pub(crate) fn jar(&self) -> Jar {
        lock(&self.jar).clone()
    }

    /// The id of the session, if signed in.
    pub(crate) fn session_id(&self) -> Option<String> {
        lock(&self.session).as_ref().map(|session| session.id.clone())
    }

    /// Sends a request with these cookies, and applies those of the answer. `None`: no answer.
    pub(crate) async fn send(&self, standing: Standing, ask: &Ask) -> Option<(Answer, Judgement)> {
        let cookies = self.jar().header();
        let (answer, judgement) = self.send_with(&cookies, standing, ask).await?;
        lock(&self.jar).apply(&answer.cookies());
        if standing == Standing::In {
            match judgement.outcome {
                Outcome::SignedOut => *lock(&self.session) = None,
                // The site answers again.
                Outcome::Served => {
                    if let Some(session) = lock(&self.session).as_mut() {
                        session.schedule.worked();
                    }
                }
                Outcome::NeedsRefresh | Outcome::Failed => {}
            }
        }
        Some((answer, judgement))
    }

    /// Sends a request with the cookies of an ended session, whose answer changes nothing here.
    pub(crate) async fn send_after_end(&self, jar: &Jar, ask: &Ask) {
        self.send_with(&jar.header(), Standing::Out, ask).await;
    }

    async fn send_with(
        &self,
        cookies: &str,
        standing: Standing,
        ask: &Ask,
    ) -> Option<(Answer, Judgement)> {
        let sent = Sent { member: self.member, at: Instant::now(), ask };
        let Some(answer) = self.connections.send(ask, cookies).await else {
            self.record.unanswered(&sent, Instant::now());
            return None;
        };
        let judgement = judge(standing, &self.account, ask, &answer);
        self.record.answered(&sent, &answer, &judgement);
        Some((answer, judgement))
    }

    /// Sends a request of a page's scripts. If the access token has expired, refreshes and sends it once more.
    pub(crate) async fn call(&self, ask: Ask) -> Option<Answer> {
        let ask = ask.of_session(self.session_id());
        let asked_at = Instant::now();
        let (answer, judgement) = self.send(Standing::In, &ask).await?;
        if judgement.outcome != Outcome::NeedsRefresh {
            return (judgement.outcome == Outcome::Served).then_some(answer);
        }
        self.refresh_unless_since(asked_at).await;
        self.session_id()?;
        let (answer, judgement) = self.send(Standing::In, &ask).await?;
        (judgement.outcome == Outcome::Served).then_some(answer)
    }

    /// Logs in. Returns whether the site has answered so.
    pub(crate) async fn log_in(&self) -> bool {
        let _changing = self.changing.write().await;
        *lock(&self.session) = None;
        let Account { email, password, .. } = &*self.account;
        let ask = Ask::call("/api/login", &[("email", email), ("password", password)]);
        match self.send(Standing::Changing, &ask).await {
            Some((answer, _)) if answer.status == 200 => self.visit("/").await,
            _ => false,
        }
    }

    /// Loads a page, whose token keeper goes by what it says. Returns whether it was served.
    pub(crate) async fn visit(&self, path: &str) -> bool {
        let answered = self.send(Standing::In, &Ask::page(path)).await;
        let Some((page, Judgement { outcome: Outcome::Served, .. })) = answered else {
            return false;
        };
        let opened = self.read_page(&page);
        let is_open = opened.is_some();
        *lock(&self.session) = opened;
        is_open
    }

    fn read_page(&self, page: &Answer) -> Option<OpenSession> {
        let reported = Lifetimes {
            access_left: page.seconds(attributes::ACCESS_LEFT)?,
            access_lifetime: page.seconds(attributes::ACCESS_LIFETIME)?,
            session_left: page.seconds(attributes::SESSION_LEFT)?,
            idle_left: page.seconds(attributes::IDLE_LEFT)?,
        };
        Some(OpenSession {
            id: page.attribute(attributes::SESSION_ID)?.to_owned(),
            schedule: Schedule::new(reported, self.now(), self.chance()),
            grace: page.seconds(attributes::GRACE)?,
            refreshed_at: Instant::now(),
        })
    }

    /// Logs out. Returns the cookies of the ended session once the site has answered so.
    pub(crate) async fn log_out(&self) -> Option<Jar> {
        let _changing = self.changing.write().await;
        *lock(&self.session) = None;
        let before = self.jar();
        let (answer, _) = self.send(Standing::Changing, &Ask::call("/api/logout", &[])).await?;
        (answer.status == 200).then_some(before)
    }

    /// Refreshes, unless it was done since a moment: the lock of the tabs.
    pub(crate) async fn refresh_unless_since(&self, moment: Instant) {
        let _refreshing = self.refreshing.lock().await;
        let was_done =
            lock(&self.session).as_ref().is_some_and(|session| session.refreshed_at > moment);
        if was_done {
            return;
        }
        match self.tabs {
            Tabs::One => self.refresh().await,
            Tabs::TwoRacing => {
                tokio::join!(self.refresh(), self.refresh());
            }
        }
    }

    /// Posts a refresh, whatever else is under way.
    pub(crate) async fn refresh(&self) {
        let _unchanged = self.changing.read().await;
        let page = lock(&self.session).as_ref().map(|session| (session.id.clone(), session.grace));
        let Some((id, grace)) = page else { return };
        let ask = Ask::call(paths::REFRESH, &[]).of_session(Some(id)).within(answer_within(grace));
        let answered = self.send(Standing::In, &ask).await;
        let (now, chance) = (self.now(), self.chance());
        let mut session = lock(&self.session);
        let Some(session) = session.as_mut() else { return };
        session.schedule.look(now, Page::Shown);
        let fresh = answered.as_ref().and_then(|(answer, _)| fresh(answer));
        match fresh {
            Some(fresh) => {
                session.schedule.refreshed(fresh, chance);
                session.refreshed_at = Instant::now();
            }
            None => {
                let retry_after = answered.and_then(|(answer, _)| answer.refusal().retry_after);
                session.schedule.failed(retry_after, chance);
            }
        }
    }

    /// The token keeper of the browser's pages: refreshes ahead of time, until the browser is closed.
    pub(crate) async fn keep(&self) {
        /// The longest a keeper sleeps.
        const TICK: Duration = Duration::from_millis(250);

        loop {
            tokio::time::sleep(TICK).await;
            let is_due = lock(&self.session).as_mut().is_some_and(|session| {
                session.schedule.look(self.now(), Page::Shown);
                session.schedule.is_due()
            });
            if is_due {
                self.refresh_unless_since(Instant::now()).await;
            }
        }
    }

    fn now(&self) -> Clocks {
        let passed = self.began.elapsed();
        Clocks { steady: passed, wall: passed }
    }

    fn chance(&self) -> f64 {
        lock(&self.rng).f64()
    }
}

fn fresh(answer: &Answer) -> Option<Fresh> {
    let json = answer.json();
    let seconds = |name: &str| json[name].as_f64();
    let (access, session) = seconds("access_expires_in").zip(seconds("session_expires_in"))?;
    (answer.status == 200).then(|| Fresh::from_seconds(access, session))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

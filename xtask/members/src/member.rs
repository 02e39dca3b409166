//! A member at work: visits pages, saves forms, logs out and in, and tries what must not work.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use fastrand::Rng;
use tokio::time::sleep;

use crate::{
    account::Account,
    browser::{Browser, Tabs},
    exchange::{Address, Ask},
    jar::Jar,
    record::Record,
    rules::{Breach, END_SESSION},
};

const PAGES: [&str; 3] = ["/", "/profile", "/settings/sessions"];
/// The number of ended sessions that a member keeps the cookies of.
const KEPT: usize = 5;
/// One member in so many has two tabs that race.
const RACING: usize = 4;
/// The pause before a log-in or a log-out that was not answered is sent again: what `Retry-After` says.
const AGAIN: Duration = Duration::from_secs(1);

/// A member.
pub(crate) struct Member {
    number: usize,
    account: Arc<Account>,
    record: Arc<Record>,
    address: Address,
    browser: Arc<Browser>,
    /// The cookies of sessions whose end was answered
    ended: VecDeque<Jar>,
    rng: Rng,
}

impl Member {
    pub(crate) fn new(
        number: usize,
        account: Account,
        record: Arc<Record>,
        address: &Address,
        mut rng: Rng,
    ) -> Self {
        let account = Arc::new(account);
        let tabs = if number.is_multiple_of(RACING) { Tabs::TwoRacing } else { Tabs::One };
        let browser = Browser::new(
            number,
            Arc::clone(&account),
            Arc::clone(&record),
            address,
            tabs,
            rng.fork(),
        );
        Self {
            number,
            account,
            record,
            address: address.clone(),
            browser: Arc::new(browser),
            ended: VecDeque::new(),
            rng,
        }
    }

    /// The browser that is used most.
    pub(crate) fn browser(&self) -> Arc<Browser> {
        Arc::clone(&self.browser)
    }

    /// Logs in and saves a name that no other member has.
    pub(crate) async fn set_up(&mut self) {
        self.log_in().await;
        while !self.save_name().await {
            self.wait_to_retry().await;
        }
    }

    /// Works with pauses of `pace` on average.
    pub(crate) async fn work(mut self, pace: Duration) {
        loop {
            sleep(pace.mul_f64(0.5 + self.rng.f64())).await;
            if self.browser.session_id().is_none() {
                self.log_in().await;
            }
            match self.rng.u32(0..100) {
                0..45 => {
                    let page = PAGES[self.rng.usize(..PAGES.len())];
                    self.browser.visit(page).await;
                }
                45..60 => {
                    self.browser.call(Ask::data("/auth/session")).await;
                }
                60..75 => {
                    if self.save_name().await {
                        self.browser.visit("/profile").await;
                    }
                }
                // As a page that wakes.
                75..82 => self.browser.refresh_unless_since(Instant::now()).await,
                82..92 => self.try_ended_session().await,
                92..96 => {
                    self.log_out().await;
                    self.log_in().await;
                }
                _ => self.end_another_session().await,
            }
        }
    }

    async fn log_in(&mut self) {
        while !self.browser.log_in().await {
            self.wait_to_retry().await;
        }
    }

    async fn log_out(&mut self) {
        loop {
            if let Some(jar) = self.browser.log_out().await {
                self.remember_ended(jar);
                return;
            }
            self.wait_to_retry().await;
        }
    }

    async fn save_name(&self) -> bool {
        let (change, name) = self.account.next_name();
        let form = [("display_name", name.as_str()), ("bio", ""), ("locale", "en")];
        let is_saved = self.browser.call(Ask::call("/api/update_profile", &form)).await.is_some();
        if is_saved {
            self.account.name_saved(change);
        }
        is_saved
    }

    /// Logs in with another browser, and ends that session from this one.
    async fn end_another_session(&mut self) {
        let other = Browser::new(
            self.number,
            Arc::clone(&self.account),
            Arc::clone(&self.record),
            &self.address,
            Tabs::One,
            self.rng.fork(),
        );
        let mut tries = 0;
        while !other.log_in().await {
            // Each may have begun a session that nobody knows of; a few more do no harm.
            tries += 1;
            if tries == 3 {
                return;
            }
            self.wait_to_retry().await;
        }
        let Some(id) = other.session_id() else { return };
        let mut is_in_doubt = false;
        loop {
            let ask = Ask::call(END_SESSION, &[("session_id", &id)]);
            match self.browser.call(ask).await {
                Some(answer) if answer.status == 404 => {
                    if !is_in_doubt {
                        let evidence = format!("the other session {id} was not found");
                        self.record.add_breach(
                            self.number,
                            Breach::Lost,
                            &evidence,
                            Instant::now(),
                        );
                    }
                    break;
                }
                Some(_) => break,
                None => is_in_doubt = true,
            }
            self.wait_to_retry().await;
            if self.browser.session_id().is_none() {
                self.log_in().await;
            }
        }
        self.remember_ended(other.jar());
    }

    /// Uses the cookies of a session that has ended.
    async fn try_ended_session(&mut self) {
        if self.ended.is_empty() {
            return;
        }
        let jar = self.ended[self.rng.usize(..self.ended.len())].clone();
        let ask = match self.rng.u8(0..3) {
            0 => Ask::page("/"),
            1 => Ask::data("/auth/session"),
            _ => Ask::call(contract::paths::REFRESH, &[]),
        };
        self.browser.send_after_end(&jar, &ask).await;
    }

    fn remember_ended(&mut self, jar: Jar) {
        self.ended.push_front(jar);
        self.ended.truncate(KEPT);
    }

    async fn wait_to_retry(&mut self) {
        sleep(AGAIN.mul_f64(1.0 + self.rng.f64() / 4.0)).await;
    }
}

//! Rate limits: the number of tries before something is refused for a while (OWASP ASVS 6.1.1, 6.3.1, NIST SP 800-63B-4
//! §3.2.2). Every limit of the site is defined in [`Limit::rate`], and nowhere else.
//!
//! Each is a GCRA (generic cell rate algorithm): one time is stored per key, the *theoretical arrival time*, so a limit
//! costs a few bytes however busy it is, and a step is one atomic operation that all instances share. An attempt is
//! counted before it is made, and given back if it turns out not to count: if it were counted afterwards, a hundred
//! parallel guesses would all pass.

use std::{net::IpAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use strum::{IntoStaticStr, VariantArray};
use zeroize::Zeroizing;

use crate::{
    counters,
    session::{
        Client, SessionId,
        keys::{KEY_BYTES, KeyRing, Purpose},
        ports::{RefreshLimit, RefreshedTooOften},
    },
};

/// Names the subjects of rate limits in the store that counts them.
const LIMIT: Purpose = Purpose::new("genkan limit hmac-sha256 v1");
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// One client address gets at most this fraction (one in …) of the queue for password hashes.
pub const HASH_SHARES: usize = 4;
/// Retry-After beyond that: some of its own hashes are done by then.
pub const HASH_RETRY_AFTER: Duration = Duration::from_secs(1);
/// The name of that limit in metrics and audit events, beside [`Limit::as_str`].
pub const HASHES_FROM_ADDRESS: &str = "hashes_from_address";

/// The limits, each with the subject that it is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Limit {
    /// Failed log-ins of an account, from browsers that it does not know
    LogInFailuresOfAccount,
    /// Failed log-ins from a client address, from browsers that the account does not know
    LogInFailuresFromAddress,
    /// Failed log-ins of an account from one browser that it knows
    LogInFailuresOnDevice,
    /// Wrong current passwords in a session; the last one ends the session
    WrongPasswordsInSession,
    /// Mails to a mailbox that a stranger can cause, of any kind
    MailsToMailbox,
    /// The same over a day
    MailsToMailboxADay,
    /// Sign-ups, new codes and forgotten passwords from a client address
    MailFormsFromAddress,
    /// Tries of a code for a mailbox, over all its sign-ups
    ProofsOfMailbox,
    /// Refreshes of a session
    RefreshesOfSession,
    /// New visitor records from a client address
    VisitorRecordsFromAddress,
    /// Everything unsafe from a client address
    UnsafeRequestsFromAddress,
}

/// A burst, then one attempt per `every`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Number of attempts that may come at once after a pause
    pub burst: u32,
    /// The time after which one more may come
    pub every: Duration,
}

impl Limit {
    /// Its rate.
    #[must_use]
    pub const fn rate(self) -> Rate {
        const fn rate(burst: u32, every: Duration) -> Rate {
            Rate { burst, every }
        }
        match self {
            Self::LogInFailuresOfAccount => rate(5, MINUTE),
            Self::LogInFailuresFromAddress => rate(20, Duration::from_secs(10)),
            Self::LogInFailuresOnDevice => rate(10, MINUTE),
            Self::WrongPasswordsInSession => rate(5, DAY),
            Self::MailsToMailbox => rate(3, Duration::from_secs(600)),
            // An eighth of a day: after the first eight, never more than eight in a day.
            Self::MailsToMailboxADay => rate(8, Duration::from_secs(3 * 3600)),
            Self::MailFormsFromAddress => rate(10, MINUTE),
            Self::ProofsOfMailbox => rate(15, Duration::from_secs(24 * 3600 / 15)),
            Self::RefreshesOfSession => rate(30, Duration::from_secs(5)),
            Self::VisitorRecordsFromAddress => rate(30, Duration::from_secs(10)),
            Self::UnsafeRequestsFromAddress => rate(300, Duration::from_millis(200)),
        }
    }

    /// The name in keys, metrics and audit events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The names of all limits.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    Limit::VARIANTS.iter().map(|limit| limit.as_str()).chain([HASHES_FROM_ADDRESS])
}

/// A limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the limit {} was reached", limit.as_str())]
pub struct Limited {
    /// The limit
    pub limit: Limit,
    /// The time after which one more is accepted
    pub retry_after: Duration,
}

/// One subject of one limit, in the form that a store may see: a MAC, so that neither an address nor a mailbox can be
/// read from it.
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Hash)]
#[debug("LimitKey({})", limit.as_str())]
pub struct LimitKey {
    limit: Limit,
    mac: [u8; 16],
}

impl LimitKey {
    /// The limit.
    #[must_use]
    pub fn limit(&self) -> Limit {
        self.limit
    }

    /// A key that one in 256 subjects shares with this one, for a store without room to count each.
    #[must_use]
    pub fn shared(&self) -> Self {
        let mut mac = [0; 16];
        mac[0] = self.mac[0];
        Self { limit: self.limit, mac }
    }

    /// The key's name in a store.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = format!("limit:{}:", self.limit.as_str());
        for byte in self.mac {
            name.push_str(&format!("{byte:02x}"));
        }
        name
    }
}

/// Counts attempts. It never fails: while the shared store is unavailable, the instance counts by itself.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Counts one attempt, or returns the time to wait for it, in one atomic step.
    async fn take(&self, key: &LimitKey) -> Result<(), Limited>;
    /// Gives one attempt back.
    async fn give_back(&self, key: &LimitKey);
}

/// The rate limits as use cases see them. Cloning shares them.
#[derive(Clone)]
pub struct Limits {
    limiter: Arc<dyn RateLimiter>,
    key: Arc<Zeroizing<[u8; KEY_BYTES]>>,
}

impl Limits {
    /// Limits that `limiter` keeps, with keys of the ring's first secret.
    #[must_use]
    pub fn new(limiter: Arc<dyn RateLimiter>, keys: &KeyRing) -> Self {
        Self { limiter, key: Arc::new(keys.signing().derive(LIMIT)) }
    }

    /// Counts one attempt of a subject.
    ///
    /// # Errors
    /// The limit is reached.
    pub async fn take(&self, limit: Limit, subject: &str) -> Result<(), Limited> {
        let taken = self.limiter.take(&self.key(limit, subject)).await;
        if taken.is_err() {
            counters::limit_reached(limit.as_str());
        }
        taken
    }

    /// Returns whether the next attempt would be refused.
    pub async fn is_used_up(&self, limit: Limit, subject: &str) -> bool {
        let key = self.key(limit, subject);
        let taken = self.limiter.take(&key).await;
        if taken.is_ok() {
            self.limiter.give_back(&key).await;
        }
        taken.is_err()
    }

    /// Gives back an attempt that turned out not to count.
    pub async fn give_back(&self, limit: Limit, subject: &str) {
        self.limiter.give_back(&self.key(limit, subject)).await;
    }

    fn key(&self, limit: Limit, subject: &str) -> LimitKey {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_slice())
            .expect("HMAC takes keys of any length");
        mac.update(limit.as_str().as_bytes());
        mac.update(b"\0");
        mac.update(subject.as_bytes());
        let whole = mac.finalize().into_bytes();
        let mut half = [0; 16];
        half.copy_from_slice(&whole[..16]);
        LimitKey { limit, mac: half }
    }
}

#[async_trait]
impl RefreshLimit for Limits {
    async fn take(&self, id: SessionId) -> Result<(), RefreshedTooOften> {
        let taken = Self::take(self, Limit::RefreshesOfSession, &id.to_string()).await;
        taken.map_err(|limited| RefreshedTooOften { retry_after: limited.retry_after })
    }
}

/// The subject for a client's address: an IPv4 address as a whole, an IPv6 address by its /64, which is the least that
/// a single customer has (RFC 6177).
#[must_use]
pub fn address_subject(client: &Client) -> String {
    match client.ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Some(ip) => ip.to_string(),
        None => "unknown".to_owned(),
    }
}

/// No limits: for tests, and for a developer's own machine (`RATE_LIMITS=off`).
#[derive(Debug, Clone, Copy)]
pub struct Unlimited;

#[async_trait]
impl RateLimiter for Unlimited {
    async fn take(&self, _key: &LimitKey) -> Result<(), Limited> {
        Ok(())
    }

    async fn give_back(&self, _key: &LimitKey) {}
}

/// One step of the GCRA, on times since any common epoch: returns the new theoretical arrival time.
///
/// # Errors
/// The time to wait for the next one.
pub fn step(rate: Rate, arrival: Option<Duration>, now: Duration) -> Result<Duration, Duration> {
    let next = arrival.unwrap_or(now).max(now) + rate.every;
    let latest = now + rate.every * rate.burst;
    if next > latest { Err(next - latest) } else { Ok(next) }
}

#[cfg(test)]
mod tests;

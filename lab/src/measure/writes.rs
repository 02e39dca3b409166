//! What requests write: a page that follows another one at once, one that comes after a minute, a change and a refresh.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use measuring::instance::Instance;
use tokio::time::{Instant, sleep_until};

use super::{
    bench::Bench,
    browser::Browser,
    door::Door,
    sessions::sign_in,
    statistics::{Database, Statistics},
    wire::Tap,
};
use crate::results::Writes;

/// Sessions that send each request once.
const SESSIONS: usize = 100;
/// More than a minute, after which some approaches write what they do not write before. Stores round to seconds.
const PAUSE: Duration = Duration::from_secs(65);

/// Sessions that have loaded a page, and are left alone for a minute.
pub struct Waiting {
    counter: Counter,
    instance: Instance,
    sessions: Vec<Browser>,
    until: Instant,
}

impl Waiting {
    pub async fn begin(bench: &Bench<'_>) -> Result<Self> {
        let counter = Counter::open(bench).await?;
        let proxy = counter.extensions.as_ref().map(|it| ("MEMCACHED_URL", it.address.to_string()));
        let instance = bench.instance(proxy.as_slice()).await?;
        let mut door = Door::to(instance.address);
        let mut sessions = sign_in(&mut door, SESSIONS).await?;
        load_pages(&mut sessions, &mut door).await?;
        Ok(Self { counter, instance, sessions, until: Instant::now() + PAUSE })
    }

    /// Waits for the end of the minute, and counts.
    pub async fn count(self) -> Result<Writes> {
        let Self { counter, instance, mut sessions, until } = self;
        sleep_until(until).await;
        counter.database.begin_counting().await?;
        let mut door = Door::to(instance.address);
        let mut totals = vec![counter.total().await?];
        load_pages(&mut sessions, &mut door).await?;
        totals.push(counter.total().await?);
        load_pages(&mut sessions, &mut door).await?;
        totals.push(counter.total().await?);
        for session in &mut sessions {
            session.post(&mut door, "/count", "").await?.count()?;
        }
        totals.push(counter.total().await?);
        let refreshes = refresh(&mut sessions, &mut door).await?;
        // The first page with a new token may note it.
        load_pages(&mut sessions, &mut door).await?;
        totals.push(counter.total().await?);
        counter.database.end_counting().await?;
        let written: Vec<_> = totals.windows(2).map(|pair| pair[1] - pair[0]).collect();
        Ok(Writes {
            per_check_after_a_minute: each(written[0]),
            per_check: each(written[1]),
            per_count: each(written[2]),
            per_refresh: refreshes.then(|| each(written[3].saturating_sub(written[1]))),
        })
    }
}

/// What stores have written so far.
struct Counter {
    database: Database,
    cache: Option<Statistics>,
    /// Counts `md` in front of memcached, by which Genkan extends an item: memcached's own statistics leave it out
    extensions: Option<Tap>,
}

impl Counter {
    async fn open(bench: &Bench<'_>) -> Result<Self> {
        let cache = bench.statistics().await?;
        let extensions = match &cache {
            Some(Statistics::Memcached(address)) => Some(Tap::counting(b"md ", *address).await?),
            _ => None,
        };
        Ok(Self { database: Database::open(&bench.database_url).await?, cache, extensions })
    }

    async fn total(&self) -> Result<u64> {
        let cache = match &self.cache {
            Some(statistics) => statistics.writes().await?,
            None => 0,
        };
        let extensions = self.extensions.as_ref().map_or(0, Tap::trips);
        Ok(cache + extensions + self.database.rows_written().await?)
    }
}

async fn load_pages(sessions: &mut [Browser], door: &mut Door) -> Result<()> {
    for session in sessions {
        let page = session.get(door, "/page").await?;
        ensure!(page.status == 200, "a page returned {}", page.status);
    }
    Ok(())
}

/// Refreshes every session. Returns whether there is anything to renew.
async fn refresh(sessions: &mut [Browser], door: &mut Door) -> Result<bool> {
    for session in sessions {
        match session.post(door, "/refresh", "").await?.status {
            200 | 204 => {}
            404 => return Ok(false),
            status => bail!("a refresh returned {status}"),
        }
    }
    Ok(true)
}

/// To tenths: what an instance does by itself meanwhile is no part of it.
fn each(written: u64) -> f64 {
    (written as f64 / SESSIONS as f64 * 10.0).round() / 10.0
}

//! The cost of requests, under load and alone, at one instance and through the balancer: latency, and the processor time
//! of instances, stores and balancer.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use measuring::{
    instance::Instance,
    load::{self, Latencies, Repeats, Requests},
};

use super::{
    bench::{Bench, INSTANCES},
    browser::Browser,
    door::Door,
    sessions::sign_in,
    stores,
};
use crate::results::{Balanced, Cost, Forged, Spread, Trips};

/// Connections of a load.
const AT_ONCE: usize = 16;
/// Connections of a burst before a load, in which instances open all of theirs to the stores and prepare statements.
/// Beside a load, which shares a processor with Postgres, opening one takes longer than a request waits for it.
const BURST: usize = AT_ONCE * INSTANCES;
const BURSTS: usize = 5;
/// The time of a burst: each connection sends a request or a few.
const BURST_TIME: Duration = Duration::from_millis(20);
const MEASURED: Duration = Duration::from_secs(1);
const MEASURED_ALONE: Duration = Duration::from_millis(500);
const ATTEMPTS: usize = 4;
/// As long as the product lets a store alone that has failed.
const PAUSE: Duration = Duration::from_secs(2);
/// The time of a load of forgeries, which alone are not measured.
const FORGING: Duration = Duration::from_millis(500);
/// Sessions that requests are sent for.
const SESSIONS: usize = 64;
/// Sessions that refresh, each once.
const REFRESHING: usize = 1500;

/// What one round has measured of one kind of request.
struct Figures {
    at_once: Loaded,
    alone: Latencies,
}

/// Processor time.
struct Used {
    instances: Duration,
    stores: Duration,
    balancer: Duration,
}

/// The rounds of a variant so far.
#[derive(Default)]
pub struct Rounds {
    check: Vec<Figures>,
    count: Vec<Figures>,
    refresh: Vec<Figures>,
    balanced: Vec<Figures>,
    forged: Vec<Loaded>,
}

/// What a load of requests at once has taken.
struct Loaded {
    latencies: Latencies,
    used: Used,
}

impl Rounds {
    /// Measures once more, on new instances.
    pub async fn add(&mut self, bench: &Bench<'_>) -> Result<()> {
        if bench.variant.is_measured_directly() {
            self.add_direct(bench).await?;
        }
        if bench.variant.is_measured_balanced() {
            self.add_balanced(bench).await?;
        }
        self.add_forged(bench).await
    }

    async fn add_direct(&mut self, bench: &Bench<'_>) -> Result<()> {
        let instance = bench.instance(&[]).await?;
        let mut door = Door::to(instance.address);
        let sessions = sign_in(&mut door, SESSIONS).await?;
        let load = Load { bench, door: Door::to(instance.address), instances: vec![&instance] };
        let check = repeated(&sessions, ("GET", "/page"));
        self.check.extend(load.measure([&check, &check]).await?);
        let count = repeated(&sessions, ("POST", "/count"));
        self.count.extend(load.measure([&count, &count]).await?);
        if let Some(status) = refresh_status(instance.address, &sessions[0]).await? {
            let mut refreshing = sign_in(&mut door, REFRESHING).await?;
            let alone = refreshing.split_off(REFRESHING * 3 / 4);
            let once = |sessions: Vec<Browser>| {
                let bytes = sessions.iter().map(|it| it.request("POST", "/refresh", "")).collect();
                Arc::new(Requests::new("/refresh", status, bytes, Repeats::No))
            };
            self.refresh.extend(load.measure([&once(refreshing), &once(alone)]).await?);
        }
        Ok(())
    }

    async fn add_balanced(&mut self, bench: &Bench<'_>) -> Result<()> {
        let cluster = bench.balanced().await?;
        let sessions = sign_in(&mut cluster.door(), SESSIONS).await?;
        let check = repeated(&sessions, ("GET", "/page"));
        let load = Load { bench, door: cluster.door(), instances: cluster.instances().collect() };
        self.balanced.extend(load.measure([&check, &check]).await?);
        Ok(())
    }

    async fn add_forged(&mut self, bench: &Bench<'_>) -> Result<()> {
        let instance = bench.instance(&[]).await?;
        let mut door = Door::to(instance.address);
        let sessions = sign_in(&mut door, AT_ONCE).await?;
        let bytes = sessions.iter().map(|it| it.forged().request("GET", "/page", "")).collect();
        let forged = Arc::new(Requests::new("a forged page", 401, bytes, Repeats::Yes));
        let load = Load { bench, door, instances: vec![&instance] };
        self.forged.extend(again(async || load.at_once(&forged, FORGING).await).await?);
        Ok(())
    }

    pub fn check(&self) -> Option<Cost> {
        cost(&self.check)
    }

    pub fn count(&self) -> Option<Cost> {
        cost(&self.count)
    }

    /// `None` if there is nothing to renew.
    pub fn refresh(&self) -> Option<Cost> {
        cost(&self.refresh)
    }

    /// A check through the balancer.
    pub fn balanced(&self) -> Option<Balanced> {
        let balancer_us = spread(&self.balanced, |it| it.at_once.each_us(|used| used.balancer))?;
        Some(Balanced { cost: cost(&self.balanced)?, balancer_us })
    }

    /// A forged page, with its round trips.
    pub fn forged(&self, round_trips: Trips) -> Forged {
        Forged {
            server_us: spread(&self.forged, |it| it.each_us(|used| used.instances)),
            store_us: spread(&self.forged, |it| it.each_us(|used| used.stores)),
            round_trips,
        }
    }
}

/// The status of a refresh that succeeds; `None` where the approach has none.
pub async fn refresh_status(address: SocketAddr, session: &Browser) -> Result<Option<u16>> {
    let answer = session.clone().post(&mut Door::to(address), "/refresh", "").await?;
    ensure!([200, 204, 404].contains(&answer.status), "a refresh returned {}", answer.status);
    Ok((answer.status != 404).then_some(answer.status))
}

/// A request of each session, in turn.
fn repeated(sessions: &[Browser], (method, path): (&str, &'static str)) -> Arc<Requests> {
    let bytes = sessions.iter().map(|it| it.request(method, path, "")).collect();
    Arc::new(Requests::new(path, 200, bytes, Repeats::Yes))
}

/// A load on instances, through a door that leads to all of them.
struct Load<'a> {
    bench: &'a Bench<'a>,
    door: Door,
    instances: Vec<&'a Instance>,
}

impl Load<'_> {
    /// Sends the first requests at once, then the second ones one after the other.
    async fn measure(&self, [at_once, alone]: [&Arc<Requests>; 2]) -> Result<Option<Figures>> {
        let attempt = async || {
            let at_once = self.at_once(at_once, MEASURED).await?;
            let connections = self.door.connections(1).await?;
            let alone = load::run_over(connections, alone, MEASURED_ALONE).await?;
            Ok(Figures { at_once, alone })
        };
        if at_once.repeats() { again(attempt).await } else { attempt().await.map(Some) }
    }

    async fn at_once(&self, requests: &Arc<Requests>, time: Duration) -> Result<Loaded> {
        if requests.repeats() {
            for _ in 0..BURSTS {
                let connections = self.door.connections(BURST).await?;
                load::run_over(connections, requests, BURST_TIME).await?;
            }
        }
        let connections = self.door.connections(AT_ONCE).await?;
        let before = self.used()?;
        let latencies = load::run_over(connections, requests, time).await?;
        Ok(Loaded { latencies, used: self.used()?.since(&before) })
    }

    fn used(&self) -> Result<Used> {
        let instances = self.instances.iter().map(|it| it.processor_time()).sum::<Result<_>>()?;
        let stores = stores::processor_time(&self.bench.variant.stores())?;
        Ok(Used { instances, stores, balancer: self.bench.surroundings.balancer_time()? })
    }
}

/// Makes another attempt after a failure: a moment in which a store does not answer in time is not to end the whole run.
/// `None` after the last one.
async fn again<T>(attempt: impl AsyncFn() -> Result<T>) -> Result<Option<T>> {
    for _ in 0..ATTEMPTS {
        match attempt().await {
            Ok(measured) => return Ok(Some(measured)),
            Err(error) => eprintln!("           again: {error:#}"),
        }
        tokio::time::sleep(PAUSE).await;
    }
    eprintln!("           left out of this round");
    Ok(None)
}

impl Loaded {
    /// The microseconds of each request.
    fn each_us(&self, time: impl Fn(&Used) -> Duration) -> f64 {
        time(&self.used).as_secs_f64() * 1e6 / self.latencies.requests() as f64
    }
}

impl Used {
    fn since(&self, before: &Self) -> Self {
        Self {
            instances: self.instances.saturating_sub(before.instances),
            stores: self.stores.saturating_sub(before.stores),
            balancer: self.balancer.saturating_sub(before.balancer),
        }
    }
}

fn cost(rounds: &[Figures]) -> Option<Cost> {
    Some(Cost {
        requests_per_second: spread(rounds, |it| it.at_once.latencies.per_second())?,
        p50_ms: spread(rounds, |it| milliseconds(&it.at_once.latencies, 0.5))?,
        p99_ms: spread(rounds, |it| milliseconds(&it.at_once.latencies, 0.99))?,
        alone_p50_ms: spread(rounds, |it| milliseconds(&it.alone, 0.5))?,
        alone_p99_ms: spread(rounds, |it| milliseconds(&it.alone, 0.99))?,
        server_us: spread(rounds, |it| it.at_once.each_us(|used| used.instances))?,
        store_us: spread(rounds, |it| it.at_once.each_us(|used| used.stores))?,
    })
}

fn spread<T>(rounds: &[T], figure: impl Fn(&T) -> f64) -> Option<Spread> {
    Spread::of(rounds.iter().map(figure).collect())
}

fn milliseconds(latencies: &Latencies, share: f64) -> f64 {
    latencies.percentile(share).as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn processor_time_is_divided_by_the_requests() -> Result<()> {
        let millisecond = Duration::from_millis(1);
        let latencies = || Latencies::of(vec![millisecond; 4], millisecond * 2);
        let round = |times| Figures {
            at_once: Loaded {
                latencies: latencies(),
                used: Used {
                    instances: millisecond * times,
                    stores: millisecond,
                    balancer: millisecond * 2,
                },
            },
            alone: latencies(),
        };
        let rounds = Rounds { balanced: vec![round(4), round(8), round(20)], ..Rounds::default() };
        let Balanced { cost, balancer_us } = rounds.balanced().context("three rounds")?;
        assert_eq!(cost.server_us, Spread { median: 2000.0, min: 1000.0, max: 5000.0 });
        assert_eq!((cost.store_us.max, balancer_us.max), (250.0, 500.0));
        Ok(())
    }
}

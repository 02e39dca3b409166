//! The cost of requests, under load and alone: latency, and the processor time of the instance and the stores.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use measuring::{
    instance::Instance,
    load::{self, Latencies, Repeats, Requests},
};

use super::{
    bench::{Bench, sign_in},
    browser::Browser,
    door::Door,
    stores,
};
use crate::results::{Cost, Spread};

/// Connections of a load.
const AT_ONCE: usize = 16;
/// Time in which connections are opened and statements prepared.
const WARM_UP: Duration = Duration::from_millis(300);
const MEASURED: Duration = Duration::from_secs(1);
const MEASURED_ALONE: Duration = Duration::from_millis(500);
/// Sessions that requests are sent for.
const SESSIONS: usize = 64;
/// Sessions that refresh, each once.
const REFRESHING: usize = 1500;

/// What one round has measured of one kind of request.
struct Figures {
    at_once: Latencies,
    alone: Latencies,
    server: Duration,
    stores: Duration,
}

/// The rounds of a variant so far.
#[derive(Default)]
pub struct Rounds {
    check: Vec<Figures>,
    count: Vec<Figures>,
    refresh: Vec<Figures>,
}

impl Rounds {
    /// Measures once more, on a new instance.
    pub async fn add(&mut self, bench: &Bench<'_>) -> Result<()> {
        let instance = bench.instance(&[]).await?;
        let sessions = sign_in(&mut Door::to(instance.address), SESSIONS).await?;
        let requests = |method, path, status| {
            let bytes = sessions.iter().map(|it| it.request(method, path, "")).collect();
            Arc::new(Requests::new(path, status, bytes, Repeats::Yes))
        };
        let load = Load { bench, instance: &instance };
        let check = requests("GET", "/page", 200);
        self.check.push(load.measure([&check, &check]).await?);
        let count = requests("POST", "/count", 200);
        self.count.push(load.measure([&count, &count]).await?);
        if let Some(status) = refresh_status(instance.address, &sessions[0]).await? {
            let mut refreshing = sign_in(&mut Door::to(instance.address), REFRESHING).await?;
            let alone = refreshing.split_off(REFRESHING * 3 / 4);
            let once = |sessions: Vec<Browser>| {
                let bytes = sessions.iter().map(|it| it.request("POST", "/refresh", "")).collect();
                Arc::new(Requests::new("/refresh", status, bytes, Repeats::No))
            };
            self.refresh.push(load.measure([&once(refreshing), &once(alone)]).await?);
        }
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
}

/// The status of a refresh that succeeds; `None` where the approach has none.
pub async fn refresh_status(address: SocketAddr, session: &Browser) -> Result<Option<u16>> {
    let answer = session.clone().post(&mut Door::to(address), "/refresh", "").await?;
    ensure!([200, 204, 404].contains(&answer.status), "a refresh returned {}", answer.status);
    Ok((answer.status != 404).then_some(answer.status))
}

/// A load on one instance.
struct Load<'a> {
    bench: &'a Bench<'a>,
    instance: &'a Instance,
}

impl Load<'_> {
    /// Sends the first requests at once, then the second ones one after the other.
    async fn measure(&self, [at_once, alone]: [&Arc<Requests>; 2]) -> Result<Figures> {
        let to = [self.instance.address];
        let used = || -> Result<_> {
            let stores = stores::processor_time(&self.bench.variant.stores())?;
            Ok((self.instance.processor_time()?, stores))
        };
        if at_once.repeats() {
            load::run(&to, at_once, AT_ONCE, WARM_UP).await?;
        }
        let before = used()?;
        let together = load::run(&to, at_once, AT_ONCE, MEASURED).await?;
        let after = used()?;
        Ok(Figures {
            at_once: together,
            alone: load::run(&to, alone, 1, MEASURED_ALONE).await?,
            server: after.0.saturating_sub(before.0),
            stores: after.1.saturating_sub(before.1),
        })
    }
}

fn cost(rounds: &[Figures]) -> Option<Cost> {
    let spread = |figure: fn(&Figures) -> f64| Spread::of(rounds.iter().map(figure).collect());
    Some(Cost {
        requests_per_second: spread(|it| it.at_once.per_second())?,
        p50_ms: spread(|it| milliseconds(&it.at_once, 0.5))?,
        p99_ms: spread(|it| milliseconds(&it.at_once, 0.99))?,
        alone_p50_ms: spread(|it| milliseconds(&it.alone, 0.5))?,
        alone_p99_ms: spread(|it| milliseconds(&it.alone, 0.99))?,
        server_us: spread(|it| each_us(it.server, &it.at_once))?,
        store_us: spread(|it| each_us(it.stores, &it.at_once))?,
    })
}

fn milliseconds(latencies: &Latencies, share: f64) -> f64 {
    latencies.percentile(share).as_secs_f64() * 1e3
}

/// The microseconds of each request.
pub fn each_us(time: Duration, latencies: &Latencies) -> f64 {
    time.as_secs_f64() * 1e6 / latencies.requests() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_divided_by_the_requests() {
        let millisecond = Duration::from_millis(1);
        let latencies = || Latencies::of(vec![millisecond; 4], millisecond * 2);
        let round = |times| Figures {
            at_once: latencies(),
            alone: latencies(),
            server: millisecond * times,
            stores: millisecond,
        };
        let cost = cost(&[round(4), round(8), round(20)]);
        let server = cost.as_ref().map(|cost| cost.server_us);
        assert_eq!(server, Some(Spread { median: 2000.0, min: 1000.0, max: 5000.0 }));
        assert_eq!(cost.map(|cost| cost.store_us.max), Some(250.0));
    }
}

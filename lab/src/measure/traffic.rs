//! What one request sends and receives: round trips to stores, and bytes.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use fred::clients::Client;
use url::Url;

use super::{
    bench::Bench,
    browser::Browser,
    costs::refresh_status,
    door::Door,
    statistics::{self, Statistics},
    wire::Tap,
};
use crate::results::{RoundTrips, Trips};

/// Requests whose round trips are counted: enough for what an instance does by itself not to count.
const COUNTED: usize = 100;
const WARM_UP: usize = 10;

/// The lengths of a page's two heads, and of its credential.
pub struct Heads {
    pub credential: usize,
    pub request: usize,
    pub response: usize,
}

/// A page's heads.
pub async fn heads(bench: &Bench<'_>) -> Result<Heads> {
    let instance = bench.instance(&[]).await?;
    let mut door = Door::to(instance.address);
    let session = Browser::sign_in("member-0", &mut door).await?;
    let request = session.request("GET", "/page", "");
    let response = door.ask(&request).await?;
    ensure!(response.status() == 200, "the page returned {}", response.status());
    Ok(Heads {
        credential: session.credential_bytes(),
        request: request.len(),
        response: response.head().len(),
    })
}

/// Counters of an instance's round trips.
struct Counters {
    postgres: Tap,
    cache: Option<Cache>,
    /// What the instance has in its environment, so that they count
    variables: Vec<(&'static str, String)>,
}

/// The counter of a session store other than Postgres.
enum Cache {
    Memcached(Tap),
    /// What speaks Redis' protocol counts by itself. A proxy could not stand before several servers, which tell clients each
    /// other's addresses.
    Redis(Client),
}

impl Counters {
    async fn open(bench: &Bench<'_>) -> Result<Self> {
        let mut url = Url::parse(&bench.database_url)?;
        let port = url.port().context("the database's URL has a port")?;
        let postgres = Tap::before(SocketAddr::from(([127, 0, 0, 1], port))).await?;
        url.set_port(Some(postgres.address.port())).ok().context("a URL with a port")?;
        let mut variables = vec![("DATABASE_URL", url.into())];
        let cache = match bench.statistics().await? {
            Some(Statistics::Memcached(address)) => {
                let tap = Tap::before(address).await?;
                variables.push(("MEMCACHED_URL", tap.address.to_string()));
                Some(Cache::Memcached(tap))
            }
            Some(Statistics::Redis(client)) => Some(Cache::Redis(client)),
            None => None,
        };
        Ok(Self { postgres, cache, variables })
    }

    /// The round trips so far: to Postgres, and to the session store if that is another one.
    async fn trips(&self) -> Result<[u64; 2]> {
        let cache = match &self.cache {
            Some(Cache::Memcached(tap)) => tap.trips(),
            Some(Cache::Redis(client)) => statistics::reads(client).await?,
            None => 0,
        };
        Ok([self.postgres.trips(), cache])
    }
}

/// The round trips of each request, and of a forged page.
pub async fn round_trips(bench: &Bench<'_>) -> Result<(RoundTrips, Trips)> {
    let counters = Counters::open(bench).await?;
    let instance = bench.instance(&counters.variables).await?;
    let mut door = Door::to(instance.address);
    let session = Browser::sign_in("member-0", &mut door).await?;
    let check = count(&counters, &mut door, &session, ("GET", "/page", 200)).await?;
    let counting = count(&counters, &mut door, &session, ("POST", "/count", 200)).await?;
    let forged = count(&counters, &mut door, &session.forged(), ("GET", "/page", 401)).await?;
    let refresh = match refresh_status(instance.address, &session).await? {
        Some(status) => Some(count_refreshes(&counters, &mut door, status).await?),
        None => None,
    };
    Ok((RoundTrips { check, count: counting, refresh }, forged))
}

/// Round trips of a request that is repeated, always with the same cookies or token.
async fn count(
    counters: &Counters,
    door: &mut Door,
    session: &Browser,
    (method, path, status): (&str, &str, u16),
) -> Result<Trips> {
    let mut before = [0; 2];
    for number in 0..WARM_UP + COUNTED {
        if number == WARM_UP {
            before = counters.trips().await?;
        }
        // Refused, a browser would forget its cookie.
        let mut session = session.clone();
        let answer = match method {
            "GET" => session.get(door, path).await?,
            _ => session.post(door, path, "").await?,
        };
        ensure!(answer.status == status, "{path} returned {}", answer.status);
    }
    Ok(each(before, counters.trips().await?))
}

/// Round trips of a refresh, each of another session: one that was just refreshed is not rotated again.
async fn count_refreshes(counters: &Counters, door: &mut Door, status: u16) -> Result<Trips> {
    let mut sessions = Vec::new();
    for _ in 0..COUNTED {
        sessions.push(Browser::sign_in("member-0", door).await?);
    }
    let before = counters.trips().await?;
    for mut session in sessions {
        let answer = session.post(door, "/refresh", "").await?;
        ensure!(answer.status == status, "a refresh returned {}", answer.status);
    }
    Ok(each(before, counters.trips().await?))
}

fn each(before: [u64; 2], after: [u64; 2]) -> Trips {
    // To tenths: what an instance, a replica or a sentinel does by itself meanwhile is no part of it.
    let tenths = |index: usize| {
        let trips = (after[index] - before[index]) as f64 / COUNTED as f64;
        (trips * 10.0).round() / 10.0
    };
    Trips { postgres: tenths(0), cache: tenths(1) }
}

//! The choice of stores, and their addresses. An unknown parameter is refused by its name: a mistyped one would be
//! ignored, and its value logged. A password goes to another machine over verified TLS only, unless the network is
//! private or the site is for this machine alone.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use super::{
    UNLESS_PRIVATE,
    environment::{ConfigError, Environment, Secret, bad, refuse_unknown_parameters},
    network::{Network, is_this_machine},
};
use crate::memcached;

const DATABASE_URL: &str = "DATABASE_URL";
pub(super) const REDIS_URL: &str = "REDIS_URL";
const MEMCACHED_URL: &str = "MEMCACHED_URL";

pub(super) const REDIS_SCHEMES: [&str; 6] =
    ["redis", "rediss", "redis-sentinel", "rediss-sentinel", "redis-cluster", "rediss-cluster"];

/// Parameters that sqlx reads, and `options[…]`.
const DATABASE_PARAMETERS: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];
/// Parameters that fred reads.
const REDIS_PARAMETERS: &[&str] =
    &["node", SENTINEL_PASSWORD, "sentinelServiceName", "sentinelUsername"];
const SENTINEL_PASSWORD: &str = "sentinelPassword";

/// The live-session store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveSessionStore {
    /// In `REDIS_URL`
    Redis,
    /// In `MEMCACHED_URL`
    Memcached,
    /// In `DATABASE_URL`, in an unlogged table
    Postgres,
    /// In the instance, which must then be the only one
    Memory,
}

/// The store of visitor sessions, limits and the development mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisitorStore {
    /// In `REDIS_URL`
    Redis,
    /// In `DATABASE_URL`, in unlogged tables
    Postgres,
}

/// Reads `DATABASE_URL`. Another machine has to prove by its certificate that it is the database, unless the URL says
/// otherwise, which it may not on a public network.
pub(super) fn database_url(env: &Environment<'_>, network: Network) -> Result<Secret, ConfigError> {
    let mut url = env.url(DATABASE_URL, &["postgres", "postgresql"])?;
    refuse_unknown_parameters(DATABASE_URL, &url, |name| {
        DATABASE_PARAMETERS.contains(&name) || name.starts_with("options[")
    })?;
    let mut names_a_mode = false;
    for (_, value) in
        url.query_pairs().filter(|(name, _)| ["sslmode", "ssl-mode"].contains(&&**name))
    {
        names_a_mode = true;
        if PgSslMode::from_str(&value).is_err() {
            return Err(bad(DATABASE_URL, "has an sslmode that Postgres does not know"));
        }
    }
    // The parser's message would quote the value.
    let options = PgConnectOptions::from_str(url.as_str())
        .map_err(|_| bad(DATABASE_URL, "has a parameter whose value cannot be read"))?;
    if !is_elsewhere(&options) {
        return Ok(url.into());
    }
    // `PGSSLMODE` in the environment counts, too.
    let is_default = !names_a_mode && matches!(options.get_ssl_mode(), PgSslMode::Prefer);
    let is_verified = matches!(options.get_ssl_mode(), PgSslMode::VerifyFull);
    match network {
        Network::ThisMachine | Network::Public if is_default => {
            url.query_pairs_mut().append_pair("sslmode", "verify-full");
        }
        Network::Public if !is_verified => {
            return Err(bad(
                DATABASE_URL,
                format!(
                    "must have no sslmode but verify-full for another machine, {UNLESS_PRIVATE}"
                ),
            ));
        }
        _ => {}
    }
    Ok(url.into())
}

/// Reads `REDIS_URL`. On a public network, a password for another machine needs TLS.
pub(super) fn redis_url(env: &Environment<'_>, network: Network) -> Result<Secret, ConfigError> {
    let url = env.url(REDIS_URL, &REDIS_SCHEMES)?;
    refuse_unknown_parameters(REDIS_URL, &url, |name| REDIS_PARAMETERS.contains(&name))?;
    let mut nodes = url.query_pairs().filter(|(name, _)| name == "node");
    if nodes.any(|(_, node)| host_of(&node).is_none()) {
        return Err(bad(REDIS_URL, "has a node that is not host:port"));
    }
    let is_encrypted = url.scheme().starts_with("rediss");
    let has_password =
        url.password().is_some() || url.query_pairs().any(|(name, _)| name == SENTINEL_PASSWORD);
    if network == Network::Public && has_password && !is_encrypted && leads_elsewhere(&url) {
        return Err(bad(
            REDIS_URL,
            format!("must be rediss:// to hold a password for another machine, {UNLESS_PRIVATE}"),
        ));
    }
    Ok(url.into())
}

/// Reads `MEMCACHED_URL`.
pub(super) fn memcached_url(env: &Environment<'_>) -> Result<memcached::Address, ConfigError> {
    let example = "memcached://host:11211";
    env.required(MEMCACHED_URL, &format!("it names the server, as {example}"))?
        .parse()
        .map_err(|_| bad(MEMCACHED_URL, format!("must be as {example}, and nothing more")))
}

/// Reads `LIVE_SESSIONS`.
pub(super) fn live_sessions(env: &Environment<'_>) -> Result<LiveSessionStore, ConfigError> {
    match env.text("LIVE_SESSIONS").as_deref() {
        None | Some("redis") => Ok(LiveSessionStore::Redis),
        Some("memcached") => Ok(LiveSessionStore::Memcached),
        Some("postgres") => Ok(LiveSessionStore::Postgres),
        // Another instance would not see the sessions.
        Some("memory") if env.runs_as_many() => {
            Err(bad("LIVE_SESSIONS", "cannot be memory where K_SERVICE is set"))
        }
        Some("memory") => Ok(LiveSessionStore::Memory),
        Some(_) => Err(bad("LIVE_SESSIONS", "must be redis, memcached, postgres or memory")),
    }
}

/// Reads `VISITOR_SESSIONS`. By default the store of live sessions, if that is Redis or Postgres.
pub(super) fn visitor_sessions(
    env: &Environment<'_>,
    live_sessions: LiveSessionStore,
) -> Result<VisitorStore, ConfigError> {
    match (env.text("VISITOR_SESSIONS").as_deref(), live_sessions) {
        (Some("redis"), _) | (None, LiveSessionStore::Redis) => Ok(VisitorStore::Redis),
        (Some("postgres"), _)
        | (
            None,
            LiveSessionStore::Memcached | LiveSessionStore::Postgres | LiveSessionStore::Memory,
        ) => Ok(VisitorStore::Postgres),
        (Some(_), _) => Err(bad("VISITOR_SESSIONS", "must be redis or postgres")),
    }
}

fn is_elsewhere(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_none() && !host.starts_with('/') && !is_this_machine(host)
}

/// Returns whether one of the nodes is another machine.
fn leads_elsewhere(url: &Url) -> bool {
    let mut nodes = url.query_pairs().filter(|(name, _)| name == "node");
    nodes.any(|(_, node)| !host_of(&node).is_some_and(is_this_machine))
        || !url.host_str().is_some_and(is_this_machine)
}

fn host_of(node: &str) -> Option<&str> {
    let (host, port) = node.split_once(':')?;
    port.parse::<u16>().is_ok().then_some(host)
}

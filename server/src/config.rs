//! The configuration: read from the environment once, checked as a whole, passed on as values. A bad value ends the
//! start with a sentence that names the variable. The value is never printed: it may be a secret in the wrong place.

mod environment;
mod mail;
mod network;
mod redis_access;
mod stores;

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroUsize,
    time::Duration,
};

use domain::{
    credentials::password::{HashCost, HashLibrary, PASSWORD_MAX, PasswordHasher},
    session::{Lifetimes, keys::KeyRing, ports::NAMED_MAX},
};
use url::Url;

pub use self::{
    environment::{ConfigError, Secret, Switch},
    mail::MailDelivery,
    network::{PublicUrl, own_addresses},
    stores::{LiveSessionStore, VisitorStore},
};
use self::{
    environment::{Environment, bad},
    network::Network,
};
use crate::{memcached, redis::Access};

/// The shortest password that may be allowed: shorter ones are guessed (NIST SP 800-63B-4 §3.1.1.2).
const PASSWORD_MIN_FLOOR: usize = 8;
const UNLESS_PRIVATE: &str = "unless PRIVATE_NETWORK=on says that the network is private";
/// A change of password closes all of a member's sessions before it is answered.
const SESSIONS_MAX_CEILING: u32 = NAMED_MAX as u32;
/// In seconds. Leaves a second of the ten in which an instance has to end.
const LAME_DUCK_MAX: u64 = 8;
/// `tower-sessions` warns about every cookie whose record is gone, and anybody can send such a cookie.
const DEFAULT_FILTER: &str = "info,tower_sessions_core=error";

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// `DATABASE_URL`
    pub database_url: Secret,
    /// `REDIS_URL`, if anything is kept there
    pub redis_url: Option<Secret>,
    /// `REDIS_CA`, `REDIS_TLS_NAME` and `REDIS_AUTH`
    pub redis_access: Access,
    /// `MEMCACHED_URL`, if live sessions are kept there
    pub memcached: Option<memcached::Address>,
    /// `LIVE_SESSIONS`
    pub live_sessions: LiveSessionStore,
    /// `VISITOR_SESSIONS`
    pub visitor_sessions: VisitorStore,
    /// `PORT`
    pub port: u16,
    /// `LISTEN`
    pub listen: Vec<IpAddr>,
    /// `KEEP_ALIVE`
    pub keep_alive: Duration,
    /// `LAME_DUCK`
    pub lame_duck: Duration,
    /// `PUBLIC_URL`
    pub public_url: PublicUrl,
    /// `SECRET_KEYS`
    pub secret_keys: KeyRing,
    /// `ACCESS_TTL`, `REFRESH_GRACE`, `SESSION_IDLE`, `SESSION_MAX`, `REMEMBER_IDLE`, `REMEMBER_MAX`
    pub lifetimes: Lifetimes,
    /// `SESSIONS_MAX`, open sessions of one member
    pub sessions_max: u32,
    /// `PASSWORD_MIN_LENGTH`, in characters
    pub password_min_length: usize,
    /// `HASH_MEMORY_KIB`, `HASH_PASSES`, `HASH_LANES`, `HASH_LIBRARY`, `HASH_PERMITS`
    pub hashing: Hashing,
    /// `BODY_LIMIT`, in bytes
    pub body_limit: usize,
    /// `RATE_LIMITS`
    pub rate_limits: Switch,
    /// `TRUSTED_HOPS`
    pub trusted_hops: usize,
    /// `METRICS_ADDR`
    pub metrics_addr: Option<SocketAddr>,
    /// `SMTP_URL` and `MAIL_FROM`, or `DEV_MAILBOX`
    pub mail: MailDelivery,
    /// `SECURITY_CONTACT`, a URI
    pub security_contact: String,
    /// `LOG_FORMAT` and `RUST_LOG`
    pub logging: Logging,
}

impl Config {
    /// Reads the environment through `lookup`; an empty variable counts as none.
    ///
    /// # Errors
    /// The first bad value.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment::new(&lookup);
        let (public_url, network) = network::read(&env)?;
        let live_sessions = stores::live_sessions(&env)?;
        let visitor_sessions = stores::visitor_sessions(&env, live_sessions)?;
        let uses_redis =
            live_sessions == LiveSessionStore::Redis || visitor_sessions == VisitorStore::Redis;
        Ok(Self {
            database_url: stores::database_url(&env, network)?,
            redis_url: uses_redis.then(|| stores::redis_url(&env, network)).transpose()?,
            redis_access: if uses_redis { redis_access::read(&env)? } else { Access::default() },
            memcached: (live_sessions == LiveSessionStore::Memcached)
                .then(|| stores::memcached_url(&env))
                .transpose()?,
            live_sessions,
            visitor_sessions,
            port: network::port(&env)?,
            listen: network::listen(&env, &public_url)?,
            keep_alive: env.seconds("KEEP_ALIVE", 620)?,
            lame_duck: Duration::from_secs(env.number("LAME_DUCK", 3, 0, LAME_DUCK_MAX)?),
            security_contact: security_contact(&env, &public_url)?,
            rate_limits: rate_limits(&env, &public_url)?,
            public_url,
            secret_keys: secret_keys(&env)?,
            lifetimes: lifetimes(&env)?,
            sessions_max: env.number("SESSIONS_MAX", 50, 1, SESSIONS_MAX_CEILING)?,
            password_min_length: password_min_length(&env)?,
            hashing: Hashing::read(&lookup)?,
            body_limit: env.number("BODY_LIMIT", 64 * 1024, 1024, 64 * 1024 * 1024)?,
            trusted_hops: env.number("TRUSTED_HOPS", 0, 0, 16)?,
            metrics_addr: metrics_addr(&env)?,
            mail: mail::delivery(&env, network)?,
            logging: Logging::read(&lookup)?,
        })
    }
}

/// `DATABASE_URL` alone, for commands that need nothing else.
///
/// # Errors
/// It is missing, or not the URL of a Postgres database.
pub fn database_url(lookup: impl Fn(&str) -> Option<String>) -> Result<Secret, ConfigError> {
    let env = Environment::new(&lookup);
    stores::database_url(&env, network::read(&env)?.1)
}

/// The settings that `genkan admin seed` needs.
pub struct Seeding {
    /// `DATABASE_URL`
    pub database_url: Secret,
    /// `PASSWORD_MIN_LENGTH`, in characters
    pub password_min_length: usize,
    /// `HASH_MEMORY_KIB`, `HASH_PASSES`, `HASH_LANES`, `HASH_LIBRARY`, `HASH_PERMITS`
    pub hashing: Hashing,
}

impl Seeding {
    /// Reads these variables alone.
    ///
    /// # Errors
    /// A bad value, or a site that is open to strangers: whoever seeds a member knows the password.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment::new(&lookup);
        let (_, network) = network::read(&env)?;
        if network == Network::Public {
            return Err(bad(
                "PUBLIC_URL",
                format!("must be this machine to seed a member, {UNLESS_PRIVATE}"),
            ));
        }
        Ok(Self {
            database_url: stores::database_url(&env, network)?,
            password_min_length: password_min_length(&env)?,
            hashing: Hashing::read(&lookup)?,
        })
    }
}

/// The cost of hashing a password, and how many are hashed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashing {
    /// `HASH_MEMORY_KIB`, `HASH_PASSES`, `HASH_LANES`
    pub cost: HashCost,
    /// `HASH_LIBRARY`
    pub library: HashLibrary,
    /// `HASH_PERMITS`; without it, one for each core
    pub permits: usize,
}

impl Hashing {
    /// Reads these variables alone.
    ///
    /// # Errors
    /// A bad value, or a combination that Argon2 does not allow (RFC 9106 §3.1).
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment::new(&lookup);
        let default = HashCost::default();
        let cost = HashCost {
            memory_kib: env.number("HASH_MEMORY_KIB", default.memory_kib, 8, 4 * 1024 * 1024)?,
            passes: env.number("HASH_PASSES", default.passes, 1, 1000)?,
            lanes: env.number("HASH_LANES", default.lanes, 1, 64)?,
        };
        let library = match env.text("HASH_LIBRARY") {
            None => HashLibrary::default(),
            Some(name) => {
                name.parse().map_err(|_| bad("HASH_LIBRARY", "must be argon2-rust or argon2"))?
            }
        };
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let permits = env.number("HASH_PERMITS", cores, 1, 1024)?;
        PasswordHasher::new(cost, permits)
            .map_err(|_| bad("HASH_MEMORY_KIB", "must be at least 8 times HASH_LANES"))?;
        Ok(Self { cost, library, permits })
    }
}

/// Settings of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    /// `LOG_FORMAT`
    pub format: LogFormat,
    /// `RUST_LOG`
    pub filter: String,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person at a terminal
    Pretty,
    /// For a machine
    Json,
}

impl Logging {
    /// Reads these variables alone.
    ///
    /// # Errors
    /// `LOG_FORMAT` is neither `pretty` nor `json`.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment::new(&lookup);
        let format = match env.text("LOG_FORMAT").as_deref() {
            None | Some("pretty") => LogFormat::Pretty,
            Some("json") => LogFormat::Json,
            Some(_) => return Err(bad("LOG_FORMAT", "must be pretty or json")),
        };
        let filter = env.text("RUST_LOG").unwrap_or_else(|| DEFAULT_FILTER.to_owned());
        Ok(Self { format, filter })
    }
}

fn password_min_length(env: &Environment<'_>) -> Result<usize, ConfigError> {
    env.number("PASSWORD_MIN_LENGTH", 15, PASSWORD_MIN_FLOOR, PASSWORD_MAX)
}

fn metrics_addr(env: &Environment<'_>) -> Result<Option<SocketAddr>, ConfigError> {
    env.text("METRICS_ADDR")
        .map(|raw| raw.parse())
        .transpose()
        .map_err(|_| bad("METRICS_ADDR", "must be an address and a port, such as 127.0.0.1:9000"))
}

/// The contact for reports of vulnerabilities (RFC 9116 §2.5.3); by default the mailbox of RFC 2142 §4.
fn security_contact(env: &Environment<'_>, public_url: &PublicUrl) -> Result<String, ConfigError> {
    let Some(raw) = env.text("SECURITY_CONTACT") else {
        return Ok(format!("mailto:security@{}", public_url.host()));
    };
    match Url::parse(&raw) {
        Ok(contact) if ["mailto", "https", "tel"].contains(&contact.scheme()) => Ok(contact.into()),
        _ => Err(bad("SECURITY_CONTACT", "must begin with mailto:, https:// or tel:")),
    }
}

/// Without limits, anybody who reaches the site can guess passwords and have mails sent to strangers.
fn rate_limits(env: &Environment<'_>, public_url: &PublicUrl) -> Result<Switch, ConfigError> {
    let switch = env.switch("RATE_LIMITS", Switch::On)?;
    if switch == Switch::Off && !public_url.is_this_machine() {
        return Err(bad("RATE_LIMITS", "cannot be off unless PUBLIC_URL is this machine"));
    }
    Ok(switch)
}

fn secret_keys(env: &Environment<'_>) -> Result<KeyRing, ConfigError> {
    let raw = env.required_secret("SECRET_KEYS", "`genkan keys new` makes one")?;
    KeyRing::parse(&raw).map_err(|error| bad("SECRET_KEYS", error.to_string()))
}

fn lifetimes(env: &Environment<'_>) -> Result<Lifetimes, ConfigError> {
    let lifetimes = Lifetimes {
        access: env.seconds("ACCESS_TTL", 300)?,
        grace: env.seconds("REFRESH_GRACE", 10)?,
        idle: env.seconds("SESSION_IDLE", 30 * 60)?,
        absolute: env.seconds("SESSION_MAX", 12 * 3600)?,
        remembered_idle: env.seconds("REMEMBER_IDLE", 30 * 24 * 3600)?,
        remembered_absolute: env.seconds("REMEMBER_MAX", 90 * 24 * 3600)?,
    };
    if !lifetimes.leave_room_to_refresh() {
        return Err(bad("REFRESH_GRACE", "must be less than 30 % of ACCESS_TTL"));
    }
    Ok(lifetimes)
}

#[cfg(test)]
mod tests;

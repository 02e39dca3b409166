//! The configuration: read from the environment once, checked as a whole, passed on as values. A bad value
//! ends the start with a sentence that names the variable; what it held is never printed, because it may be
//! a secret in the wrong place.

mod environment;

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroUsize,
};

use domain::{
    keys::KeyRing,
    password::{HashCost, PASSWORD_MAX, PasswordHasher},
    session::Lifetimes,
};
use lettre::message::Mailbox;
use url::Url;

pub use self::environment::{ConfigError, Secret, Switch};
use self::environment::{Environment, bad};

/// Shorter ones are guessed, whatever else is done (NIST SP 800-63B-4 §3.1.1.2).
const PASSWORD_MIN_FLOOR: usize = 8;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// `DATABASE_URL`
    pub database_url: Secret,
    /// `REDIS_URL`
    pub redis_url: Secret,
    /// `LIVE_SESSIONS`
    pub live_sessions: LiveSessionStore,
    /// `PORT`
    pub port: u16,
    /// `PUBLIC_URL`
    pub public_url: PublicUrl,
    /// `SECRET_KEYS`
    pub secret_keys: KeyRing,
    /// `ACCESS_TTL`, `REFRESH_GRACE`, `SESSION_IDLE`, `SESSION_MAX`, `REMEMBER_IDLE`, `REMEMBER_MAX`
    pub lifetimes: Lifetimes,
    /// `PASSWORD_MIN_LENGTH`, in characters
    pub password_min_length: usize,
    /// `HASH_MEMORY_KIB`, `HASH_PASSES`, `HASH_LANES`, `HASH_PERMITS`
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
    /// `LOG_FORMAT` and `RUST_LOG`
    pub logging: Logging,
}

impl Config {
    /// Reads the environment through `lookup`; an empty variable counts as none.
    ///
    /// # Errors
    /// The first thing that cannot be.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment::new(&lookup);
        let port = env.number("PORT", 3000, 1, u16::MAX)?;
        let public_url = match env.text("PUBLIC_URL") {
            Some(raw) => PublicUrl::parse(&raw)?,
            None => PublicUrl::parse(&format!("http://localhost:{port}"))?,
        };
        let rate_limits = rate_limits(&env, &public_url)?;
        Ok(Self {
            database_url: database_url(&lookup)?,
            redis_url: redis_url(&env)?,
            live_sessions: live_sessions(&env)?,
            port,
            public_url,
            secret_keys: secret_keys(&env)?,
            lifetimes: lifetimes(&env)?,
            password_min_length: env.number(
                "PASSWORD_MIN_LENGTH",
                15,
                PASSWORD_MIN_FLOOR,
                PASSWORD_MAX,
            )?,
            hashing: Hashing::read(&lookup)?,
            body_limit: env.number("BODY_LIMIT", 64 * 1024, 1024, 64 * 1024 * 1024)?,
            rate_limits,
            trusted_hops: env.number("TRUSTED_HOPS", 0, 0, 16)?,
            metrics_addr: env.text("METRICS_ADDR").map(|raw| raw.parse()).transpose().map_err(
                |_| bad("METRICS_ADDR", "must be an address and a port, as 127.0.0.1:9000"),
            )?,
            mail: mail(&env)?,
            logging: Logging::read(&lookup)?,
        })
    }
}

/// `DATABASE_URL` alone, for commands that need nothing else.
///
/// # Errors
/// It is missing, or not the URL of a Postgres database.
pub fn database_url(lookup: impl Fn(&str) -> Option<String>) -> Result<Secret, ConfigError> {
    Environment::new(&lookup).url("DATABASE_URL", &["postgres", "postgresql"])
}

/// Where live sessions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveSessionStore {
    /// In `REDIS_URL`
    Redis,
    /// In `DATABASE_URL`, in an unlogged table
    Postgres,
    /// In the instance, which must then be the only one
    Memory,
}

/// The address that browsers know the site by: an origin and nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    fn parse(raw: &str) -> Result<Self, ConfigError> {
        const FORM: &str = "must be an address as https://example.com, without a path";
        let url = Url::parse(raw).map_err(|_| bad("PUBLIC_URL", FORM))?;
        let is_origin = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        if !is_origin {
            return Err(bad("PUBLIC_URL", FORM));
        }
        Ok(Self(url))
    }

    /// The origin (RFC 6454), without a trailing slash; what an `Origin` header has to equal.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// Whether browsers keep `Secure` cookies of this address: with https, or on the same machine. On a
    /// plain-http name of a network nobody can log in.
    #[must_use]
    pub fn keeps_secure_cookies(&self) -> bool {
        if self.0.scheme() == "https" {
            return true;
        }
        is_this_machine(&self.0)
    }
}

/// What hashing a password costs, and how many may be hashed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashing {
    /// `HASH_MEMORY_KIB`, `HASH_PASSES`, `HASH_LANES`
    pub cost: HashCost,
    /// `HASH_PERMITS`; without it, one for each core
    pub permits: usize,
}

impl Hashing {
    /// Reads these variables alone.
    ///
    /// # Errors
    /// One of them is no number, or together they are nothing that Argon2 allows (RFC 9106 §3.1).
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment::new(&lookup);
        let default = HashCost::default();
        let cost = HashCost {
            memory_kib: env.number("HASH_MEMORY_KIB", default.memory_kib, 8, 4 * 1024 * 1024)?,
            passes: env.number("HASH_PASSES", default.passes, 1, 1000)?,
            lanes: env.number("HASH_LANES", default.lanes, 1, 64)?,
        };
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let permits = env.number("HASH_PERMITS", cores, 1, 1024)?;
        PasswordHasher::new(cost, permits)
            .map_err(|_| bad("HASH_MEMORY_KIB", "must be at least 8 times HASH_LANES"))?;
        Ok(Self { cost, permits })
    }
}

/// Who delivers mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailDelivery {
    /// `SMTP_URL`, with `MAIL_FROM` as the sender
    Smtp {
        /// The mail server
        url: Secret,
        /// The sender
        from: Mailbox,
    },
    /// `DEV_MAILBOX=on`
    Mailbox,
}

/// How to log.
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
        Ok(Self { format, filter: env.text("RUST_LOG").unwrap_or_else(|| "info".to_owned()) })
    }
}

fn redis_url(env: &Environment<'_>) -> Result<Secret, ConfigError> {
    const SCHEMES: [&str; 6] =
        ["redis", "rediss", "redis-sentinel", "rediss-sentinel", "redis-cluster", "rediss-cluster"];
    env.url("REDIS_URL", &SCHEMES)
}

fn live_sessions(env: &Environment<'_>) -> Result<LiveSessionStore, ConfigError> {
    match env.text("LIVE_SESSIONS").as_deref() {
        None | Some("redis") => Ok(LiveSessionStore::Redis),
        Some("postgres") => Ok(LiveSessionStore::Postgres),
        // What one instance remembers, another would not know of.
        Some("memory") if env.runs_as_many() => {
            Err(bad("LIVE_SESSIONS", "cannot be memory where K_SERVICE is set"))
        }
        Some("memory") => Ok(LiveSessionStore::Memory),
        Some(_) => Err(bad("LIVE_SESSIONS", "must be redis, postgres or memory")),
    }
}

/// Without limits passwords can be guessed and strangers mailed, by whoever reaches the site.
fn rate_limits(env: &Environment<'_>, public_url: &PublicUrl) -> Result<Switch, ConfigError> {
    let switch = env.switch("RATE_LIMITS", Switch::On)?;
    if switch == Switch::Off && !is_this_machine(&public_url.0) {
        return Err(bad("RATE_LIMITS", "cannot be off unless PUBLIC_URL is this machine"));
    }
    Ok(switch)
}

fn secret_keys(env: &Environment<'_>) -> Result<KeyRing, ConfigError> {
    let raw = env.required("SECRET_KEYS", "`genkan keys new` makes one")?;
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
        return Err(bad("REFRESH_GRACE", "must, doubled, be less than 60 % of ACCESS_TTL"));
    }
    Ok(lifetimes)
}

fn mail(env: &Environment<'_>) -> Result<MailDelivery, ConfigError> {
    let mailbox = env.switch("DEV_MAILBOX", Switch::Off)?;
    // The mailbox shows every code to everyone.
    if mailbox == Switch::On && env.runs_as_many() {
        return Err(bad("DEV_MAILBOX", "cannot be on where K_SERVICE is set"));
    }
    match (env.text("SMTP_URL"), mailbox) {
        (None, Switch::On) => Ok(MailDelivery::Mailbox),
        (None, Switch::Off) => Err(bad(
            "SMTP_URL",
            "is missing, so nobody could confirm an address; in development DEV_MAILBOX=on does instead",
        )),
        (Some(_), Switch::On) => Err(bad(
            "DEV_MAILBOX",
            "cannot be on while SMTP_URL is set: mails go to one or the other",
        )),
        (Some(_), Switch::Off) => {
            let url = env.url("SMTP_URL", &["smtp", "smtps"])?;
            if sends_its_password_in_the_clear(&url) {
                return Err(bad(
                    "SMTP_URL",
                    "must be smtps://, or end in ?tls=required, to hold a password",
                ));
            }
            let from = env
                .required("MAIL_FROM", "mails need a sender, as Genkan <genkan@example.com>")?
                .parse()
                .map_err(|_| {
                    bad("MAIL_FROM", "must be a sender, as Genkan <genkan@example.com>")
                })?;
            Ok(MailDelivery::Smtp { url, from })
        }
    }
}

/// A password goes to another machine over TLS alone.
fn sends_its_password_in_the_clear(url: &Secret) -> bool {
    let Ok(url) = Url::parse(url.expose()) else { return false };
    let is_encrypted = url.scheme() == "smtps"
        || url.query_pairs().any(|(name, value)| name == "tls" && value == "required");
    url.password().is_some() && !is_encrypted && !is_this_machine(&url)
}

/// Whether what the URL names never leaves this machine.
fn is_this_machine(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost"
        || host.ends_with(".localhost")
        || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;

//! The running instance: connects the adapters to the ports at the start.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, anyhow, bail};
use app::{
    assets::Assets,
    http::{
        layers::{refusals::Refusals, strangers::StrangersPages},
        site::{Draining, Settings, Site, Stores},
    },
    letters::RenderedMail,
};
use async_trait::async_trait;
use axum::Router;
use domain::{
    Resources, StoreError,
    credentials::password::PasswordHasher,
    limits::{Limits, RateLimiter, Unlimited},
    mail::{outbox::Outbox, ports::Mailer, reuse_notice::MailedReuseNotice},
    session::{
        self, SessionId,
        access_token::AccessTokens,
        ports::{CheckMode, LiveSessions},
        single_flight::SingleFlight,
    },
};
use leptos::config::LeptosOptions;
use time::OffsetDateTime;
use tokio::sync::Notify;
use tower_sessions::{Session, session::Id};

use crate::{
    breaker::GuardedSessions,
    config::{Config, LiveSessionStore, MailDelivery, Switch},
    mail::{Delivery, Smtp},
    memory::{self, MemoryLiveSessions},
    postgres::{
        self, Database, PgAuthority, PgConfirmations, PgLiveSessions, PgMembers, PgPasswordResets,
        PgSessions,
    },
    redis::{Mailbox, Memory, Redis, RedisLimits, RedisLiveSessions, VisitorRecords},
    sealing::Sealing,
};

/// The longest random delay of mails that are sent after the response. It is not noticeable, yet hides from timing
/// measurements which request sent a mail.
const MAIL_PAUSE: Duration = Duration::from_millis(300);

/// The running site.
#[derive(Clone)]
pub struct Genkan {
    /// Used by the use cases
    pub resources: Arc<Resources>,
    /// The configuration
    pub config: Arc<Config>,
    /// Postgres
    pub database: Database,
    /// Live sessions and visitor sessions
    pub redis: Redis,
    /// Notified when the live-session store may have lost data: after an outage, or on a new connection
    pub recovered: Arc<Notify>,
    /// Begun when the instance is told to stop
    pub draining: Draining,
    /// The location of the browser's files
    pub leptos: LeptosOptions,
}

impl Genkan {
    /// Connects to the stores. The site starts without Redis, but not with a database that lacks a migration.
    ///
    /// # Errors
    /// A sentence that says how to fix it.
    pub async fn connect(config: Config) -> anyhow::Result<Self> {
        let database = postgres::connect(config.database_url.expose()).context("DATABASE_URL")?;
        let (is_migrated, redis) = tokio::join!(
            postgres::is_migrated(&database),
            Redis::connect_with(config.redis_url.expose(), &config.redis_access)
        );
        let is_migrated = is_migrated.context(
            "the database cannot be reached; check DATABASE_URL, and run `genkan migrate`",
        )?;
        if !is_migrated {
            bail!("the database is not up to date; run `genkan migrate`");
        }
        let redis = redis.context("REDIS_URL")?;
        let (live, recovered) = live_sessions(&config, &database, &redis);
        let delivery = match &config.mail {
            MailDelivery::Smtp { url, from } => {
                Delivery::Smtp(Smtp::new(url.expose(), from.clone()).context("SMTP_URL")?)
            }
            MailDelivery::Mailbox => Delivery::Mailbox(Mailbox::new(redis.clone())),
        };
        let mut hasher = PasswordHasher::new(config.hashing.cost, config.hashing.permits)
            .map_err(|error| anyhow!("HASH_MEMORY_KIB: {error}"))?
            .by(config.hashing.library);
        if config.rate_limits == Switch::Off {
            hasher = hasher.without_shares();
        }
        let public_url = config.public_url.origin().to_owned();
        let limits = Limits::new(limiter(&config, &redis), &config.secret_keys);
        let members = Arc::new(PgMembers::new(database.clone()));
        let mailer: Arc<dyn Mailer> = Arc::new(delivery);
        let reuse_notice = MailedReuseNotice {
            members: members.clone(),
            mailer: Arc::clone(&mailer),
            public_url: public_url.clone(),
        };
        let access_tokens =
            AccessTokens::new(&config.secret_keys, &public_url, config.lifetimes.access);
        let resources = Arc::new(Resources {
            session: session::Resources {
                rows: Arc::new(PgSessions::new(database.clone())),
                live,
                refresh_limit: Arc::new(limits.clone()),
                reuse_notice: Arc::new(reuse_notice),
                refreshes: SingleFlight::default(),
                keys: config.secret_keys.clone(),
                access_tokens: Arc::new(access_tokens),
                lifetimes: config.lifetimes,
                sessions_max: config.sessions_max,
            },
            members,
            confirmations: Arc::new(PgConfirmations::new(database.clone())),
            password_resets: Arc::new(PgPasswordResets::new(database.clone())),
            authority: Arc::new(PgAuthority::new(database.clone())),
            limits,
            mailer,
            outbox: Outbox::new(MAIL_PAUSE),
            hasher,
            keys: config.secret_keys.clone(),
            public_url,
            password_min: config.password_min_length,
        });
        let leptos = leptos_options()?;
        Ok(Self {
            resources,
            database,
            config: Arc::new(config),
            redis,
            recovered,
            draining: Draining::default(),
            leptos,
        })
    }

    /// The whole site on this instance's stores.
    pub fn router(&self) -> Router {
        let Self { resources, config, database, redis, draining, leptos, .. } = self.clone();
        let stores = SiteStores {
            live: Arc::clone(&resources.session.live),
            memory: Memory::new(redis.clone()),
            visitor_records: Arc::new(VisitorRecords::new(
                redis.clone(),
                Sealing::new(&config.secret_keys),
            )),
            mailbox: Mailbox::new(redis.clone()),
            database,
            redis,
        };
        let settings = Settings {
            origin: config.public_url.origin().to_owned(),
            keeps_secure_cookies: config.public_url.keeps_secure_cookies(),
            trusted_hops: config.trusted_hops,
            body_limit: config.body_limit,
            security_contact: config.security_contact.clone(),
            has_mailbox: config.mail == MailDelivery::Mailbox,
        };
        app::http::router::router(Site {
            resources,
            settings,
            stores: Box::new(stores),
            draining,
            refusals: Refusals::default(),
            strangers: StrangersPages::default(),
            assets: Assets::of(&leptos, env!("GENKAN_SOURCES")),
            leptos,
        })
    }
}

/// The stores for HTTP.
struct SiteStores {
    live: Arc<dyn LiveSessions>,
    memory: Memory,
    visitor_records: Arc<VisitorRecords>,
    mailbox: Mailbox,
    database: Database,
    redis: Redis,
}

#[async_trait]
impl Stores for SiteStores {
    fn visitor_session(&self, id: Option<Id>) -> Session {
        Session::new(id, Arc::clone(&self.visitor_records), None)
    }

    async fn has_room_for_visitors(&self) -> bool {
        self.memory.has_room().await
    }

    /// Includes the live-session store, whichever is configured.
    async fn check(&self) -> Result<(), StoreError> {
        tokio::try_join!(
            postgres::ping(&self.database),
            self.redis.ping(),
            self.memory.takes_writes(),
            self.live.check(SessionId::random(), CheckMode::Peek),
        )?;
        Ok(())
    }

    async fn mails(&self) -> Result<Vec<RenderedMail>, StoreError> {
        self.mailbox.mails().await
    }
}

/// The configured rate limiter.
fn limiter(config: &Config, redis: &Redis) -> Arc<dyn RateLimiter> {
    match config.rate_limits {
        Switch::On => Arc::new(RedisLimits::new(redis.clone())),
        Switch::Off => Arc::new(Unlimited),
    }
}

/// The live-session store that the configuration selects, and what is notified when it may have lost data.
fn live_sessions(
    config: &Config,
    database: &Database,
    redis: &Redis,
) -> (Arc<dyn LiveSessions>, Arc<Notify>) {
    let lifetimes = &config.lifetimes;
    match config.live_sessions {
        LiveSessionStore::Redis => {
            let recovered = Arc::new(Notify::new());
            redis.tell_of_connections(&recovered);
            let live = Arc::new(RedisLiveSessions::new(redis.clone(), lifetimes));
            (Arc::new(GuardedSessions::new(live, Arc::clone(&recovered))), recovered)
        }
        // The database has a circuit itself.
        LiveSessionStore::Postgres => {
            let live = PgLiveSessions::new(database.clone(), lifetimes);
            (Arc::new(live), Arc::clone(database.recovered()))
        }
        LiveSessionStore::Memory => {
            let clock = Arc::new(OffsetDateTime::now_utc);
            let live = MemoryLiveSessions::new(lifetimes, memory::CAPACITY, clock);
            (Arc::new(live), Arc::default())
        }
    }
}

/// The location of the browser's files: from cargo-leptos' `LEPTOS_…` variables, else its default.
fn leptos_options() -> anyhow::Result<LeptosOptions> {
    if std::env::var_os("LEPTOS_OUTPUT_NAME").is_none() {
        return Ok(LeptosOptions::builder().output_name("genkan").site_root("target/site").build());
    }
    let options = leptos::config::get_configuration(None).context("LEPTOS_…")?.leptos_options;
    let beside_the_program = std::env::current_exe()?;
    let hashes = beside_the_program.with_file_name(options.hash_file.as_ref());
    if options.hash_files && !hashes.is_file() {
        bail!("LEPTOS_HASH_FILES is on, but the build left no {}", hashes.display());
    }
    Ok(options)
}

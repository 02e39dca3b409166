//! The running instance: connects the adapters to the ports at the start.

mod stores;

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, anyhow, bail};
use app::{
    assets::Assets,
    http::{
        layers::{refusals::Refusals, strangers::StrangersPages},
        site::{Draining, Settings, Site},
    },
};
use axum::Router;
use domain::{
    Resources,
    credentials::password::PasswordHasher,
    limits::Limits,
    mail::{outbox::Outbox, ports::Mailer, reuse_notice::MailedReuseNotice},
    session::{self, access_token::AccessTokens, single_flight::SingleFlight},
};
use leptos::config::LeptosOptions;
use time::OffsetDateTime;

use self::stores::SiteStores;
use crate::{
    clock::Clock,
    config::{Config, MailDelivery, Switch},
    mail::{Delivery, Smtp},
    memcached::Memcached,
    postgres::{
        self, Database, PgAuthority, PgConfirmations, PgMembers, PgPasswordResets, PgSessions,
    },
    recovery::Recovery,
    redis::Redis,
    visitors::Visitors,
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
    /// Live sessions or visitor sessions, if either is kept in Redis
    pub redis: Option<Redis>,
    /// Live sessions, if they are kept in memcached
    pub memcached: Option<Memcached>,
    /// Visitor sessions, limits and the development mailbox
    pub visitors: Visitors,
    /// What the sweeper has to repeat when the live-session store may have lost data
    pub recovery: Arc<Recovery>,
    /// The clock that readiness compares with the database's
    pub clock: Clock,
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
        let leptos = leptos_options()?;
        let database = postgres::connect(config.database_url.expose()).context("DATABASE_URL")?;
        let (is_migrated, redis) =
            tokio::join!(postgres::is_migrated(&database), stores::connect_redis(&config));
        let is_migrated = is_migrated.context(
            "the database cannot be reached; check DATABASE_URL, and run `genkan migrate`",
        )?;
        if !is_migrated {
            bail!("the database is not up to date; run `genkan migrate`");
        }
        let redis = redis.context("REDIS_URL")?;
        let memcached = config.memcached.clone().map(Memcached::new);
        let (live, recovery) =
            stores::live_sessions(&config, &database, redis.as_ref(), memcached.as_ref())?;
        let visitors = stores::visitors(&config, &database, redis.as_ref())?;
        let delivery = match &config.mail {
            MailDelivery::Smtp { url, from } => {
                Delivery::Smtp(Smtp::new(url.expose(), from.clone()).context("SMTP_URL")?)
            }
            MailDelivery::Mailbox => Delivery::Mailbox(Arc::clone(&visitors.mailbox)),
        };
        let mut hasher = PasswordHasher::new(config.hashing.cost, config.hashing.permits)
            .map_err(|error| anyhow!("HASH_MEMORY_KIB: {error}"))?
            .by(config.hashing.library);
        if config.rate_limits == Switch::Off {
            hasher = hasher.without_shares();
        }
        let public_url = config.public_url.origin().to_owned();
        let limits = Limits::new(stores::limiter(&config, &visitors), &config.secret_keys);
        let members = Arc::new(PgMembers::new(database.clone()));
        let mailer: Arc<dyn Mailer> = Arc::new(delivery);
        let outbox = Outbox::new(MAIL_PAUSE);
        let reuse_notice = MailedReuseNotice {
            members: members.clone(),
            mailer: Arc::clone(&mailer),
            outbox: outbox.clone(),
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
            outbox,
            hasher,
            keys: config.secret_keys.clone(),
            public_url,
            password_min: config.password_min_length,
        });
        Ok(Self {
            resources,
            database,
            config: Arc::new(config),
            redis,
            memcached,
            visitors,
            recovery,
            clock: Arc::new(OffsetDateTime::now_utc),
            draining: Draining::default(),
            leptos,
        })
    }

    /// The whole site on this instance's stores.
    pub fn router(&self) -> Router {
        let Self { resources, config, draining, leptos, .. } = self.clone();
        let stores = SiteStores::of(self);
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

/// The location of the browser's files: from cargo-leptos' `LEPTOS_…` variables, else its default.
fn leptos_options() -> anyhow::Result<LeptosOptions> {
    if std::env::var_os("LEPTOS_OUTPUT_NAME").is_none() {
        return Ok(LeptosOptions::builder().output_name("genkan").site_root("target/site").build());
    }
    let options = leptos::config::get_configuration(None).context("LEPTOS_…")?.leptos_options;
    // Every style sheet and script would be missing, and nothing else would say so. The tests need neither.
    if options.hash_files && !Path::new(&*options.site_root).is_dir() {
        bail!("LEPTOS_SITE_ROOT names no folder: {}", options.site_root);
    }
    let beside_the_program = std::env::current_exe()?;
    let hashes = beside_the_program.with_file_name(options.hash_file.as_ref());
    if options.hash_files && !hashes.is_file() {
        bail!("LEPTOS_HASH_FILES is on, but the build left no {}", hashes.display());
    }
    Ok(options)
}

mod redis_access;
mod stores;
mod strangers;

use std::{collections::HashMap, time::Duration};

use super::*;

const KEY: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// Reads development settings, with a test's additions and (with an empty value) removals.
fn read(changes: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut environment = HashMap::from([
        ("DATABASE_URL", "postgres://genkan:sesame@localhost/genkan"),
        ("REDIS_URL", "redis://:sesame@localhost"),
        ("SECRET_KEYS", KEY),
        ("DEV_MAILBOX", "on"),
    ]);
    environment.extend(changes.iter().copied());
    Config::read(|variable| environment.get(variable).map(|value| (*value).to_owned()))
}

fn refusal(changes: &[(&str, &str)]) -> String {
    read(changes).unwrap_err().to_string()
}

fn addresses(written: &[&str]) -> Vec<IpAddr> {
    written.iter().map(|address| address.parse().unwrap()).collect()
}

#[test]
fn development_needs_only_two_stores_a_key_and_a_mailbox() {
    let config = read(&[]).unwrap();
    assert_eq!((config.port, config.public_url.origin()), (3000, "http://localhost:3000"));
    assert_eq!(config.listen, addresses(&["127.0.0.1", "::1"]));
    let (keep_alive, lame_duck) = (Duration::from_secs(620), Duration::from_secs(3));
    assert_eq!((config.keep_alive, config.lame_duck), (keep_alive, lame_duck));
    assert_eq!(config.security_contact, "mailto:security@localhost");
    assert_eq!(config.live_sessions, LiveSessionStore::Redis);
    assert_eq!(config.visitor_sessions, VisitorStore::Redis);
    assert_eq!(config.mail, MailDelivery::Mailbox);
    assert_eq!((config.password_min_length, config.body_limit), (15, 65536));
    assert_eq!(config.sessions_max, 50);
    assert_eq!((config.rate_limits, config.trusted_hops), (Switch::On, 0));
    assert_eq!((config.metrics_addr, config.hashing.cost), (None, HashCost::default()));
    assert_eq!(
        config.logging,
        Logging { format: LogFormat::Pretty, filter: "info,tower_sessions_core=error".into() }
    );
    let cores = std::thread::available_parallelism().unwrap().get();
    assert_eq!(config.hashing.permits, cores);

    let lifetimes = config.lifetimes;
    let seconds = Duration::from_secs;
    assert_eq!((lifetimes.access, lifetimes.grace), (seconds(300), seconds(10)));
    assert_eq!((lifetimes.idle, lifetimes.absolute), (seconds(1800), seconds(43_200)));
    assert_eq!(lifetimes.remembered_idle, seconds(30 * 86_400));
    assert_eq!(lifetimes.remembered_absolute, seconds(90 * 86_400));
}

#[test]
fn every_variable_can_be_set() {
    let config = read(&[
        ("DATABASE_URL", "postgresql://db/genkan"),
        ("REDIS_URL", "redis-cluster://a:7000?node=b:7001"),
        ("LIVE_SESSIONS", "redis"),
        ("VISITOR_SESSIONS", "postgres"),
        ("PORT", "8080"),
        ("LISTEN", "10.0.0.5, [fd00::5]"),
        ("KEEP_ALIVE", "75"),
        ("LAME_DUCK", "0"),
        ("SECURITY_CONTACT", "https://example.org/security"),
        ("PUBLIC_URL", "https://members.example.org/"),
        ("ACCESS_TTL", "60"),
        ("REFRESH_GRACE", "5"),
        ("SESSION_IDLE", "600"),
        ("SESSION_MAX", "3600"),
        ("REMEMBER_IDLE", "86400"),
        ("REMEMBER_MAX", "864000"),
        ("SESSIONS_MAX", "5"),
        ("PASSWORD_MIN_LENGTH", "20"),
        ("HASH_MEMORY_KIB", "47104"),
        ("HASH_PASSES", "1"),
        ("HASH_LANES", "2"),
        ("HASH_PERMITS", "3"),
        ("HASH_LIBRARY", "argon2"),
        ("BODY_LIMIT", "131072"),
        ("RATE_LIMITS", "on"),
        ("TRUSTED_HOPS", "1"),
        ("METRICS_ADDR", "127.0.0.1:9000"),
        ("DEV_MAILBOX", "off"),
        ("SMTP_URL", "smtps://genkan:sesame@mail.example.org"),
        ("MAIL_FROM", "Genkan <genkan@example.org>"),
        ("LOG_FORMAT", "json"),
        ("RUST_LOG", "debug"),
        ("K_SERVICE", "genkan"),
    ])
    .unwrap();
    assert_eq!(config.database_url.expose(), "postgresql://db/genkan?sslmode=verify-full");
    assert_eq!(config.listen, addresses(&["10.0.0.5", "fd00::5"]));
    assert_eq!((config.keep_alive, config.lame_duck), (Duration::from_secs(75), Duration::ZERO));
    assert_eq!(config.security_contact, "https://example.org/security");
    assert_eq!(config.visitor_sessions, VisitorStore::Postgres);
    assert_eq!(config.redis_url.unwrap().expose(), "redis-cluster://a:7000?node=b:7001");
    assert_eq!((config.port, config.public_url.origin()), (8080, "https://members.example.org"));
    let lifetimes = config.lifetimes;
    let all = [
        lifetimes.access,
        lifetimes.grace,
        lifetimes.idle,
        lifetimes.absolute,
        lifetimes.remembered_idle,
        lifetimes.remembered_absolute,
    ];
    assert_eq!(all, [60, 5, 600, 3600, 86_400, 864_000].map(Duration::from_secs));
    let cost = HashCost { memory_kib: 47_104, passes: 1, lanes: 2 };
    assert_eq!(config.hashing, Hashing { cost, library: HashLibrary::Argon2, permits: 3 });
    assert_eq!((config.password_min_length, config.body_limit), (20, 131_072));
    assert_eq!(config.sessions_max, 5);
    assert_eq!((config.rate_limits, config.trusted_hops), (Switch::On, 1));
    assert_eq!(config.metrics_addr, "127.0.0.1:9000".parse().ok());
    let MailDelivery::Smtp { url, from } = config.mail else { panic!("{:?}", config.mail) };
    assert_eq!(url.expose(), "smtps://genkan:sesame@mail.example.org");
    assert_eq!(from.to_string(), "Genkan <genkan@example.org>");
    assert_eq!(config.logging, Logging { format: LogFormat::Json, filter: "debug".into() });
}

#[test]
fn a_missing_variable_is_reported_with_a_remedy() {
    for (variable, way_out) in [
        ("DATABASE_URL", "cargo xtask dev"),
        ("REDIS_URL", "cargo xtask dev"),
        ("SECRET_KEYS", "genkan keys new"),
    ] {
        let sentence = refusal(&[(variable, "")]);
        assert!(sentence.starts_with(&format!("{variable} is missing")), "{sentence}");
        assert!(sentence.contains(way_out) && sentence.ends_with('.'), "{sentence}");
    }
}

#[test]
fn a_bad_value_is_reported_by_its_variables_name_and_never_shown() {
    for (variable, value) in [
        ("DATABASE_URL", "mysql://hana:sesame@localhost/genkan"),
        ("DATABASE_URL", "hana:sesame"),
        ("REDIS_URL", "http://hana:sesame@localhost"),
        ("LIVE_SESSIONS", "sesame"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "sesame"),
        ("LISTEN", "sesame"),
        ("LISTEN", "127.0.0.1:3000"),
        ("KEEP_ALIVE", "0"),
        ("LAME_DUCK", "9"),
        ("PRIVATE_NETWORK", "sesame"),
        ("SECURITY_CONTACT", "sesame"),
        ("SECURITY_CONTACT", "http://sesame.example.org"),
        ("DATABASE_URL_FILE", "/nowhere/sesame"),
        ("PUBLIC_URL", "sesame"),
        ("PUBLIC_URL", "ftp://sesame.example.org"),
        ("PUBLIC_URL", "https://example.org/sesame"),
        ("PUBLIC_URL", "https://example.org?sesame"),
        ("PUBLIC_URL", "https://hana:sesame@example.org"),
        ("SECRET_KEYS", "k1:sesame"),
        ("SECRET_KEYS", "sesame"),
        ("ACCESS_TTL", "0"),
        ("ACCESS_TTL", "-1"),
        ("ACCESS_TTL", "1.5"),
        ("SESSION_MAX", "99999999999"),
        ("SESSIONS_MAX", "0"),
        ("SESSIONS_MAX", "1001"),
        ("PASSWORD_MIN_LENGTH", "7"),
        ("PASSWORD_MIN_LENGTH", "257"),
        ("HASH_PASSES", "0"),
        ("HASH_PERMITS", "0"),
        ("HASH_LIBRARY", "sesame"),
        ("BODY_LIMIT", "64 KiB"),
        ("RATE_LIMITS", "true"),
        ("TRUSTED_HOPS", "all"),
        ("METRICS_ADDR", "sesame"),
        ("DEV_MAILBOX", "yes"),
        ("LOG_FORMAT", "sesame"),
    ] {
        let sentence = refusal(&[(variable, value)]);
        assert!(sentence.starts_with(&format!("{variable} ")), "{variable}={value}: {sentence}");
        assert!(!sentence.contains("sesame"), "{sentence}");
    }
}

#[test]
fn a_grace_period_too_long_for_the_access_lifetime_is_refused() {
    assert!(refusal(&[("REFRESH_GRACE", "90")]).starts_with("REFRESH_GRACE must"));
    assert!(refusal(&[("ACCESS_TTL", "30")]).starts_with("REFRESH_GRACE must"));
    assert!(read(&[("ACCESS_TTL", "4"), ("REFRESH_GRACE", "1")]).is_ok());
}

#[test]
fn too_little_hash_memory_for_its_lanes_is_refused() {
    let sentence = refusal(&[("HASH_MEMORY_KIB", "8"), ("HASH_LANES", "2")]);
    assert!(sentence.contains("HASH_LANES"), "{sentence}");
}

#[test]
fn a_configuration_without_mail_is_refused() {
    let neither = refusal(&[("DEV_MAILBOX", "")]);
    assert!(neither.contains("SMTP_URL") && neither.contains("DEV_MAILBOX"), "{neither}");
    let both = refusal(&[("SMTP_URL", "smtp://localhost")]);
    assert!(both.contains("SMTP_URL") && both.contains("DEV_MAILBOX"), "{both}");

    let smtp = [("DEV_MAILBOX", "off"), ("SMTP_URL", "smtp://localhost")];
    assert!(refusal(&smtp).starts_with("MAIL_FROM is missing"));
    assert!(refusal(&[smtp[0], smtp[1], ("MAIL_FROM", "Genkan")]).starts_with("MAIL_FROM must be"));
    assert!(refusal(&[smtp[0], ("SMTP_URL", "localhost:25")]).starts_with("SMTP_URL must be"));
}

#[test]
fn a_mail_servers_password_goes_to_another_machine_only_over_tls() {
    let with = |url: &'static str| {
        [("DEV_MAILBOX", "off"), ("MAIL_FROM", "genkan@example.org"), ("SMTP_URL", url)]
    };
    assert!(
        refusal(&with("smtp://genkan:sesame@mail.example.org")).starts_with("SMTP_URL must be")
    );
    for url in [
        "smtps://genkan:sesame@mail.example.org",
        "smtp://genkan:sesame@mail.example.org?tls=required",
        "smtp://genkan:sesame@127.0.0.1:2525",
        "smtp://mail.example.org",
    ] {
        assert!(read(&with(url)).is_ok(), "{url}");
    }
}

#[test]
fn memory_and_mailbox_are_refused_where_many_instances_may_run() {
    let many = ("K_SERVICE", "genkan");
    assert!(refusal(&[many]).starts_with("DEV_MAILBOX cannot be on where K_SERVICE is set"));
    let memory = refusal(&[many, ("LIVE_SESSIONS", "memory")]);
    assert!(
        memory.starts_with("LIVE_SESSIONS cannot be memory where K_SERVICE is set"),
        "{memory}"
    );
}

#[test]
fn secure_cookies_are_kept_only_with_https_or_on_this_machine() {
    for (url, keeps) in [
        ("https://example.org", true),
        ("http://genkan.localhost:3000", true),
        ("http://localhost:3000", true),
        ("http://127.0.0.1:3000", true),
        ("http://[::1]:3000", true),
        ("http://192.168.1.5:3000", false),
        ("http://genkan.lan", false),
        ("http://localhost.example.org", false),
    ] {
        let config = read(&[("PUBLIC_URL", url), ("PRIVATE_NETWORK", "on")]).unwrap();
        assert_eq!(config.public_url.origin(), url);
        assert_eq!(config.public_url.keeps_secure_cookies(), keeps, "{url}");
    }
}

#[test]
fn limits_can_be_disabled_only_on_this_machine() {
    let off = ("RATE_LIMITS", "off");
    for url in ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:3000"] {
        assert_eq!(read(&[off, ("PUBLIC_URL", url)]).unwrap().rate_limits, Switch::Off, "{url}");
    }
    for url in ["https://example.org", "http://192.168.1.5", "http://localhost.example.org"] {
        let sentence = refusal(&[off, ("PUBLIC_URL", url)]);
        assert!(sentence.starts_with("RATE_LIMITS cannot be off"), "{sentence}");
    }
}

#[test]
fn secrets_never_print() {
    let config = read(&[
        ("DEV_MAILBOX", ""),
        ("SMTP_URL", "smtps://genkan:sesame@mail.example.org"),
        ("MAIL_FROM", "genkan@example.org"),
    ])
    .unwrap();
    let printed = format!("{config:?}");
    assert!(!printed.contains("sesame") && !printed.contains("AQEB"), "{printed}");
}

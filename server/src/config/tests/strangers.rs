//! Tests of settings that are refused because strangers could see something.

use std::collections::HashMap;

use super::{super::*, KEY, addresses, read, refusal};

/// The settings of a public site.
const PUBLIC: [(&str, &str); 4] = [
    ("PUBLIC_URL", "https://members.example.org"),
    ("DEV_MAILBOX", ""),
    ("SMTP_URL", "smtps://genkan:sesame@mail.example.org"),
    ("MAIL_FROM", "Genkan <genkan@example.org>"),
];

fn public_with(change: (&'static str, &'static str)) -> Vec<(&'static str, &'static str)> {
    PUBLIC.into_iter().chain([change]).collect()
}

#[test]
fn a_site_for_others_listens_everywhere_and_one_for_this_machine_on_loopback() {
    let everywhere = addresses(&["0.0.0.0", "::"]);
    assert_eq!(read(&PUBLIC).unwrap().listen, everywhere);
    let on_cloud_run = [("K_SERVICE", "genkan"), PUBLIC[1], PUBLIC[2], PUBLIC[3]];
    assert_eq!(read(&on_cloud_run).unwrap().listen, everywhere);
    let loopback = addresses(&["127.0.0.1", "::1"]);
    assert_eq!(read(&[("PRIVATE_NETWORK", "on")]).unwrap().listen, loopback);
    assert_eq!(read(&[("LISTEN", "::")]).unwrap().listen, addresses(&["::"]));
}

#[test]
fn the_development_mailbox_is_not_shown_to_strangers() {
    let shown = [PUBLIC[0], ("DEV_MAILBOX", "on")];
    let sentence = refusal(&shown);
    assert!(sentence.starts_with("DEV_MAILBOX cannot be on"), "{sentence}");
    assert!(sentence.contains("PRIVATE_NETWORK=on"), "{sentence}");
    assert!(read(&[shown[0], shown[1], ("PRIVATE_NETWORK", "on")]).is_ok());
}

#[test]
fn seeding_is_refused_on_a_public_site() {
    let seeding = |changes: &[(&'static str, &'static str)]| {
        let mut environment = HashMap::from([("DATABASE_URL", "postgres://localhost/genkan")]);
        environment.extend(changes.iter().copied());
        Seeding::read(|variable| environment.get(variable).map(|value| (*value).to_owned()))
    };
    assert_eq!(seeding(&[]).ok().map(|seeding| seeding.password_min_length), Some(15));
    let public = ("PUBLIC_URL", "https://members.example.org");
    let sentence = seeding(&[public]).err().unwrap().to_string();
    assert!(sentence.starts_with("PUBLIC_URL must be this machine to seed"), "{sentence}");
    assert!(seeding(&[("K_SERVICE", "genkan")]).is_err());
    assert!(seeding(&[public, ("PRIVATE_NETWORK", "on")]).is_ok());
}

#[test]
fn a_database_on_another_machine_must_be_authenticated() {
    let url = |changes: &[(&str, &str)]| read(changes).unwrap().database_url.expose().to_owned();
    // The default, also in development.
    let plain = ("DATABASE_URL", "postgres://genkan:sesame@db.example.org/genkan");
    let verified = format!("{}?sslmode=verify-full", plain.1);
    assert_eq!(url(&public_with(plain)), verified);
    assert_eq!(url(&[plain]), verified);
    for less in ["disable", "allow", "prefer", "require", "verify-ca", "DISABLE"] {
        for parameter in ["sslmode", "ssl-mode"] {
            let explicit = format!("{}?{parameter}={less}", plain.1);
            let changes = [PUBLIC[0], PUBLIC[1], PUBLIC[2], PUBLIC[3], ("DATABASE_URL", &explicit)];
            let sentence = refusal(&changes);
            assert!(sentence.starts_with("DATABASE_URL must have no sslmode but"), "{sentence}");
            assert!(!sentence.contains("sesame"), "{sentence}");
            // On a private network and in development, an explicit setting is accepted.
            assert_eq!(url(&[changes[4]]), explicit);
            assert_eq!(url(&[&changes[..], &[("PRIVATE_NETWORK", "on")]].concat()), explicit);
        }
    }
    assert_eq!(url(&[plain, ("PRIVATE_NETWORK", "on")]), plain.1);
    for other in ["10.0.0.5", "[fd00::5]", "localhost.example.org", "db"] {
        let there = format!("postgres://genkan:sesame@{other}/genkan");
        assert!(url(&[("DATABASE_URL", &there)]).ends_with("?sslmode=verify-full"), "{other}");
    }
    let there = "postgres://localhost/genkan?host=db.example.org";
    assert!(url(&[("DATABASE_URL", there)]).ends_with("&sslmode=verify-full"));
    for here in [
        "postgres://genkan:sesame@127.0.0.1:5433/genkan",
        "postgres://genkan:sesame@[::1]/genkan",
        "postgres://genkan:sesame@%2Frun%2Fpostgresql/genkan",
        "postgres://genkan:sesame@db/genkan?host=/run/postgresql",
    ] {
        assert_eq!(url(&public_with(("DATABASE_URL", here))), here);
    }
}

#[test]
fn a_redis_password_goes_to_another_machine_only_over_tls() {
    for url in [
        "redis://:sesame@cache.example.org",
        "redis://hana:sesame@10.0.0.5:6379",
        "redis-cluster://:sesame@a:7000?node=b:7000",
        "redis-cluster://:sesame@127.0.0.1:7000?node=b:7000",
        "redis-sentinel://127.0.0.1:26379?node=b:26379&sentinelServiceName=m&sentinelPassword=sesame",
    ] {
        let sentence = refusal(&public_with(("REDIS_URL", url)));
        assert!(sentence.starts_with("REDIS_URL must be rediss://"), "{url}: {sentence}");
        assert!(!sentence.contains("sesame"), "{sentence}");
        let private = [&public_with(("REDIS_URL", url))[..], &[("PRIVATE_NETWORK", "on")]].concat();
        assert!(read(&private).is_ok(), "{url}");
        assert!(read(&[("REDIS_URL", url)]).is_ok(), "{url}");
    }
    for url in [
        "rediss://:sesame@cache.example.org",
        "redis://cache.example.org",
        "redis://:sesame@127.0.0.1",
        "redis-cluster://:sesame@[::1]:7000?node=localhost:7001",
    ] {
        assert!(read(&public_with(("REDIS_URL", url))).is_ok(), "{url}");
    }
}

#[test]
fn a_mistyped_parameter_is_reported_without_its_value() {
    for (variable, url, named) in [
        ("DATABASE_URL", "postgres://localhost/genkan?pasword=sesame", "pasword"),
        ("DATABASE_URL", "postgres://localhost/genkan?sslpassword=sesame", "sslpassword"),
        ("DATABASE_URL", "postgres://localhost/genkan?sslmode=sesame", "sslmode"),
        ("DATABASE_URL", "postgres://localhost/genkan?port=sesame", "parameter"),
        ("DATABASE_URL", "postgres://localhost/genkan?hostaddr=sesame", "parameter"),
        ("REDIS_URL", "redis://localhost?sentinelPasword=sesame", "sentinelPasword"),
        ("REDIS_URL", "redis-cluster://localhost?node=sesame", "node"),
        ("SMTP_URL", "smtp://localhost?tsl=sesame", "tsl"),
        ("SMTP_URL", "smtp://localhost?tls=sesame", "tls"),
    ] {
        let sentence = refusal(&public_with((variable, url)));
        assert!(sentence.starts_with(variable) && sentence.contains(named), "{sentence}");
        assert!(!sentence.contains("sesame"), "{sentence}");
    }
    let known =
        "postgres://localhost/genkan?application_name=a&options[work_mem]=4MB&sslrootcert=/ca";
    assert!(read(&[("DATABASE_URL", known)]).is_ok());
}

#[test]
fn a_secret_may_be_in_a_file() {
    let written = |name: &str, held: &str| {
        let path = std::env::temp_dir().join(format!("genkan-{}-{name}", std::process::id()));
        std::fs::write(&path, held).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (url, key) = ("postgres://genkan:sesame@localhost/genkan", format!("\n{KEY}\n"));
    let database = written("database", &format!("{url}\n"));
    let (redis, keys) = (written("redis", "redis://localhost"), written("keys", &key));
    let smtp = written("smtp", "smtp://localhost");
    let config = read(&[
        ("DATABASE_URL", ""),
        ("DATABASE_URL_FILE", &database),
        ("REDIS_URL", ""),
        ("REDIS_URL_FILE", &redis),
        ("SECRET_KEYS", ""),
        ("SECRET_KEYS_FILE", &keys),
        ("DEV_MAILBOX", ""),
        ("SMTP_URL_FILE", &smtp),
        ("MAIL_FROM", "genkan@example.org"),
    ])
    .unwrap();
    assert_eq!(config.database_url.expose(), url);
    assert_eq!(config.redis_url.unwrap().expose(), "redis://localhost");
    assert!(
        matches!(&config.mail, MailDelivery::Smtp { url, .. } if url.expose() == "smtp://localhost")
    );

    let both = refusal(&[("DATABASE_URL_FILE", &database)]);
    assert!(both.starts_with("DATABASE_URL_FILE cannot be set together"), "{both}");
    let empty = written("empty", " \n");
    let sentence = refusal(&[("REDIS_URL", ""), ("REDIS_URL_FILE", &empty)]);
    assert!(sentence.starts_with("REDIS_URL_FILE names an empty file"), "{sentence}");
    for path in [database, redis, keys, smtp, empty] {
        std::fs::remove_file(path).unwrap();
    }
}

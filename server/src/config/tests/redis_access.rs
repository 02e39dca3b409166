//! Tests of how the site knows its Redis and proves itself to it.

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

use super::{read, refusal};
use crate::redis::{CheckedName, MetadataServer};

const ENCRYPTED: (&str, &str) = ("REDIS_URL", "rediss://10.0.0.5:6379");
const TOKENS: (&str, &str) = ("REDIS_AUTH", "google-iam");

/// The certificate of a new authority, in PEM.
fn certificate() -> String {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
}

/// The name that the store's certificate must have, with further settings.
fn checked_name(changes: &[(&str, &str)]) -> CheckedName {
    read(changes).unwrap().redis_access.authority.unwrap().1
}

#[test]
fn the_authority_of_redis_may_be_in_the_variable_or_in_a_file() {
    assert!(read(&[ENCRYPTED]).unwrap().redis_access.authority.is_none());
    let both = format!("{}{}", certificate(), certificate());
    assert_eq!(checked_name(&[ENCRYPTED, ("REDIS_CA", &both)]), CheckedName::OfHost);

    let file = std::env::temp_dir().join(format!("genkan-{}-ca", std::process::id()));
    std::fs::write(&file, both).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(checked_name(&[ENCRYPTED, ("REDIS_CA_FILE", file)]), CheckedName::OfHost);
    std::fs::remove_file(file).unwrap();
}

#[test]
fn an_authority_that_is_not_certificates_is_refused() {
    let certificate = certificate();
    let broken = certificate.replacen("MII", "AAA", 1);
    for pem in ["sesame", &broken, &format!("{certificate}{broken}")] {
        let sentence = refusal(&[ENCRYPTED, ("REDIS_CA", pem)]);
        assert!(sentence.starts_with("REDIS_CA or REDIS_CA_FILE must hold"), "{sentence}");
        assert!(!sentence.contains("sesame"), "{sentence}");
    }
}

#[test]
fn another_name_is_accepted_only_of_a_given_authority() {
    let certificate = certificate();
    let ca = ("REDIS_CA", certificate.as_str());
    assert_eq!(checked_name(&[ENCRYPTED, ca, ("REDIS_TLS_NAME", "any")]), CheckedName::Any);
    for name in ["valkey.internal", "10.0.0.6", "fd00::6"] {
        let expected = CheckedName::Given(name.try_into().unwrap());
        assert_eq!(checked_name(&[ENCRYPTED, ca, ("REDIS_TLS_NAME", name)]), expected);
    }
    for name in ["any", "valkey.internal"] {
        let sentence = refusal(&[ENCRYPTED, ("REDIS_TLS_NAME", name)]);
        assert!(sentence.starts_with("REDIS_TLS_NAME needs REDIS_CA"), "{sentence}");
    }
    let sentence = refusal(&[ENCRYPTED, ca, ("REDIS_TLS_NAME", "*")]);
    assert!(sentence.starts_with("REDIS_TLS_NAME must be"), "{sentence}");
}

#[test]
fn an_authority_and_tokens_require_tls() {
    let certificate = certificate();
    for (variable, value) in [("REDIS_CA", certificate.as_str()), TOKENS] {
        for plain in ["redis://localhost", "redis-cluster://localhost:7000"] {
            let sentence = refusal(&[("REDIS_URL", plain), (variable, value)]);
            let expected = format!("{variable} needs a REDIS_URL that begins with rediss://");
            assert!(sentence.starts_with(&expected), "{sentence}");
        }
    }
}

#[test]
fn tokens_come_from_the_metadata_server_and_replace_the_password() {
    let tokens = |changes: &[(&str, &str)]| read(changes).unwrap().redis_access.tokens;
    assert_eq!(tokens(&[ENCRYPTED]), None);
    assert_eq!(tokens(&[ENCRYPTED, TOKENS]), Some(MetadataServer::default()));
    let cluster = ("REDIS_URL", "rediss-cluster://10.0.0.5:6379");
    let elsewhere = ("GCE_METADATA_HOST", "169.254.169.254:8080");
    assert_eq!(tokens(&[cluster, TOKENS, elsewhere]), elsewhere.1.parse().ok());

    for (url, problem) in [
        ("rediss://:sesame@10.0.0.5", "together with a password"),
        ("rediss://hana@10.0.0.5", "together with a password"),
        ("rediss-sentinel://10.0.0.5?sentinelServiceName=m", "together with sentinels"),
    ] {
        let sentence = refusal(&[("REDIS_URL", url), TOKENS]);
        assert!(sentence.starts_with("REDIS_AUTH cannot") && sentence.contains(problem), "{url}");
    }
    assert!(refusal(&[ENCRYPTED, ("REDIS_AUTH", "sesame")]).starts_with("REDIS_AUTH must be"));
    let sentence = refusal(&[ENCRYPTED, TOKENS, ("GCE_METADATA_HOST", "http://sesame/")]);
    assert!(sentence.starts_with("GCE_METADATA_HOST must be"), "{sentence}");
}

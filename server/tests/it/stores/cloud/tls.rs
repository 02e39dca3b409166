//! TLS with a private authority: which certificates are trusted, and by which setting.

use domain::session::{
    SessionId,
    ports::{CheckMode, Checked, LiveSessions},
};
use server::redis::{Access, CheckedName, Redis, RedisLiveSessions};

use super::super::{
    certificates::{Certificate, TestAuthority},
    lifetimes,
    outages::soon,
    redis_server::{RedisServer, start_cluster, start_sentinel},
};

/// Trust in this authority alone.
pub(super) fn trusting(pem: &str, name: CheckedName) -> Access {
    Access { authority: Some((pem.parse().unwrap(), name)), tokens: None }
}

/// A server with this certificate.
pub(super) async fn encrypted(certificate: &Certificate) -> RedisServer {
    RedisServer::start_with(Some(certificate), &[]).await
}

/// Returns whether the clients connect.
async fn is_trusted(url: &str, access: &Access) -> bool {
    let redis = soon(Redis::connect_with(url, access)).await.unwrap();
    let live = RedisLiveSessions::new(redis.clone(), &lifetimes());
    let checked = live.check(SessionId::random(), CheckMode::Peek).await;
    let is_trusted = matches!(checked, Ok(Checked::Absent));
    redis.close().await;
    is_trusted
}

fn given(name: &str) -> CheckedName {
    CheckedName::Given(name.to_owned().try_into().unwrap())
}

#[tokio::test]
async fn a_private_authority_is_trusted_only_if_it_is_given() {
    let (authority, other) = (TestAuthority::new(), TestAuthority::new());
    let server = encrypted(&authority.sign_for(&["127.0.0.1"])).await;
    let url = server.tls_url();
    assert!(is_trusted(&url, &trusting(&authority.pem, CheckedName::OfHost)).await);
    // While it is replaced by another one, both are given.
    let both = format!("{}{}", other.pem, authority.pem);
    assert!(is_trusted(&url, &trusting(&both, CheckedName::OfHost)).await);

    assert!(!is_trusted(&url, &Access::default()).await);
    for name in [CheckedName::OfHost, given("127.0.0.1"), CheckedName::Any] {
        assert!(!is_trusted(&url, &trusting(&other.pem, name)).await);
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_unless_it_is_given_or_any_is() {
    let authority = TestAuthority::new();
    let server = encrypted(&authority.sign_for(&["valkey.internal"])).await;
    for (name, expected) in [
        (CheckedName::OfHost, false),
        (given("redis.internal"), false),
        (given("127.0.0.1"), false),
        (given("valkey.internal"), true),
        (CheckedName::Any, true),
    ] {
        let access = trusting(&authority.pem, name.clone());
        assert_eq!(is_trusted(&server.tls_url(), &access).await, expected, "{name:?}");
    }
}

#[tokio::test]
async fn a_common_name_is_no_name_and_is_trusted_only_if_any_is() {
    let authority = TestAuthority::new();
    let server = encrypted(&authority.sign_for_common_name()).await;
    for (name, expected) in
        [(CheckedName::OfHost, false), (given("127.0.0.1"), false), (CheckedName::Any, true)]
    {
        let access = trusting(&authority.pem, name.clone());
        assert_eq!(is_trusted(&server.tls_url(), &access).await, expected, "{name:?}");
    }
}

#[tokio::test]
async fn an_expired_certificate_is_refused_whatever_its_name() {
    let authority = TestAuthority::new();
    let server = encrypted(&authority.sign_until_yesterday()).await;
    for name in [CheckedName::OfHost, CheckedName::Any] {
        assert!(!is_trusted(&server.tls_url(), &trusting(&authority.pem, name)).await);
    }
}

#[tokio::test]
async fn every_node_of_a_cluster_is_verified() {
    let authority = TestAuthority::new();
    let nodes = start_cluster(Some(&authority.sign_for_common_name())).await;
    let url = nodes[0].tls_url().replacen("rediss", "rediss-cluster", 1);
    assert!(!is_trusted(&url, &trusting(&authority.pem, CheckedName::OfHost)).await);

    let access = trusting(&authority.pem, CheckedName::Any);
    let redis = Redis::connect_with(&url, &access).await.unwrap();
    redis.ping().await.unwrap();
    // Their slots are on all three.
    let live = RedisLiveSessions::new(redis, &lifetimes());
    for _ in 0..30 {
        let checked = live.check(SessionId::random(), CheckMode::Peek).await;
        assert_eq!(checked.unwrap(), Checked::Absent);
    }
}

#[tokio::test]
async fn sentinels_and_the_master_that_they_name_are_verified() {
    let authority = TestAuthority::new();
    let [_master, _replica, sentinel] =
        start_sentinel(Some(&authority.sign_for(&["127.0.0.1"]))).await;
    let url = sentinel.tls_url().replacen("rediss", "rediss-sentinel", 1);
    let url = format!("{url}?sentinelServiceName=genkan");
    assert!(is_trusted(&url, &trusting(&authority.pem, CheckedName::OfHost)).await);
    assert!(!is_trusted(&url, &trusting(&authority.pem, given("valkey.internal"))).await);
    assert!(!is_trusted(&url, &trusting(&TestAuthority::new().pem, CheckedName::Any)).await);
}

//! What somebody gets who has read the store, or has the key.

use axum::http::StatusCode;
use jsonwebtoken::{Algorithm, EncodingKey, Header, dangerous, encode};
use lab::{
    approaches::{Approach, SIGNATURE},
    site::Settings,
};
use serde_json::Value;
use strum::VariantArray;

use crate::{
    instance::{Instance, settings},
    stored::{self, USE_OF_EVERY_SESSION},
};

/// Whether what the store of sessions holds is enough to be let in. `None`: there is no such store.
fn store_is_enough(approach: Approach) -> Option<bool> {
    match approach {
        Approach::Memcached
        | Approach::RedisCommon
        | Approach::Redis
        | Approach::RdbEveryRequest
        | Approach::RdbOnceAMinute => Some(true),
        Approach::JwtStore | Approach::Genkan => Some(false),
        Approach::Memory
        | Approach::SealedCookie
        | Approach::JwtLong
        | Approach::JwtShort
        | Approach::Jwe
        | Approach::SpaLocalStorage
        | Approach::SpaMemory => None,
    }
}

/// Whether the key is enough to be let in. `None`: there is no key.
fn key_is_enough(approach: Approach) -> Option<bool> {
    match approach {
        Approach::SealedCookie
        | Approach::JwtLong
        | Approach::JwtShort
        | Approach::Jwe
        | Approach::SpaLocalStorage
        | Approach::SpaMemory => Some(true),
        Approach::JwtStore | Approach::Genkan => Some(false),
        Approach::Memory
        | Approach::Memcached
        | Approach::RedisCommon
        | Approach::Redis
        | Approach::RdbEveryRequest
        | Approach::RdbOnceAMinute => None,
    }
}

#[tokio::test]
async fn somebody_who_reads_the_store_gets_in_if_it_holds_what_browsers_present() {
    let _others_are_not_disturbed = USE_OF_EVERY_SESSION.lock().await;
    for approach in Approach::VARIANTS {
        let Some(is_enough) = store_is_enough(*approach) else { continue };
        let settings = settings().await;
        let instance = Instance::with(*approach, &settings).await;
        let member = instance.member("member").await;
        let mut browser = instance.signed_in(&member).await;
        browser.post("/count", &[]).await;

        let texts = match approach {
            Approach::Memcached => stored::in_memcached(&settings).await,
            Approach::RdbEveryRequest | Approach::RdbOnceAMinute => {
                stored::in_postgres(&settings).await
            }
            Approach::Genkan => {
                let rows = stored::in_postgres(&settings).await;
                rows.into_iter().chain(stored::in_redis(&settings).await).collect()
            }
            _ => stored::in_redis(&settings).await,
        };
        assert!(texts.len() > 1, "{approach}: {texts:?}");
        let mut gets_in = false;
        for text in texts.iter().filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic())) {
            let mut thief = browser.clone();
            thief.cookies.values_mut().for_each(|value| value.clone_from(text));
            let statuses =
                [thief.get("/page").await.status, thief.post("/refresh", &[]).await.status];
            gets_in |= statuses.iter().any(StatusCode::is_success);
        }
        assert_eq!(gets_in, is_enough, "{approach}");
    }
}

/// The thief runs the site on stores of its own, with the key of the real one.
#[tokio::test]
async fn somebody_who_has_the_key_gets_in_as_anybody_if_nothing_else_is_asked() {
    for approach in Approach::VARIANTS {
        let Some(is_enough) = key_is_enough(*approach) else { continue };
        let usual = settings().await;
        let site = Instance::with(*approach, &usual).await;
        let copied = Instance::with(*approach, &with_stores_of_its_own(&usual).await).await;
        let member = copied.member("admin").await;
        let mut thief = copied.signed_in(&member).await.copied_to(site.browser());
        let page = thief.get("/page").await;
        if is_enough {
            assert_eq!(page.shown("role"), "admin", "{approach}");
        } else {
            assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{approach}");
        }
    }
}

/// The thief signs another name and role into the token of a session of their own.
#[tokio::test]
async fn somebody_who_has_the_key_and_a_session_gets_in_as_anybody_if_the_token_is_believed() {
    let settings = settings().await;
    let instance = Instance::with(Approach::JwtStore, &settings).await;
    let member = instance.member("member").await;
    let mut thief = instance.signed_in(&member).await;

    let key = settings.key.derive(SIGNATURE);
    let token = thief.cookies.values_mut().next().unwrap();
    let mut claims: Value = dangerous::insecure_decode(&*token).unwrap().claims;
    claims["name"] = "chief".into();
    claims["role"] = "admin".into();
    let signing = EncodingKey::from_secret(key.as_slice());
    *token = encode(&Header::new(Algorithm::HS256), &claims, &signing).unwrap();
    let page = thief.get("/page").await;
    assert_eq!((page.shown("name"), page.shown("role")), ("chief", "admin"));
}

async fn with_stores_of_its_own(usual: &Settings) -> Settings {
    let mut settings = usual.clone();
    settings.database_url += "_of_a_thief";
    server::postgres::migrate(&settings.database_url).await.unwrap();
    // Another database of the same server
    settings.redis_url = settings.redis_url.map(|url| url + "/1");
    settings
}

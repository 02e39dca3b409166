//! What every approach promises.

use axum::http::StatusCode;
use lab::{approaches::Approach, site::Settings};
use strum::VariantArray;

use crate::{
    browser::Browser,
    instance::{Instance, NOWHERE, settings},
};

#[tokio::test]
async fn a_session_keeps_its_counter_from_log_in_to_log_out() {
    for approach in Approach::VARIANTS {
        let instance = Instance::of(*approach).await;
        let member = instance.member("member").await;
        let mut browser = instance.signed_in(&member).await;
        for count in ["1", "2", "3"] {
            let answer = browser.post("/count", &[]).await;
            let expected = (StatusCode::OK, count.to_owned());
            assert_eq!((answer.status, answer.count()), expected, "{approach}");
        }
        let page = browser.get("/page").await;
        assert_eq!(page.status, StatusCode::OK, "{approach}");
        assert_eq!(
            (page.shown("name"), page.shown("role"), page.shown("count")),
            (member.as_str(), "member", "3"),
            "{approach}"
        );
        assert_eq!(browser.post("/logout", &[]).await.status, StatusCode::NO_CONTENT, "{approach}");
        browser.forget_token();
        for answer in [browser.get("/page").await, browser.post("/count", &[]).await] {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{approach}");
        }
    }
}

#[tokio::test]
async fn a_name_of_no_member_signs_nobody_in() {
    for approach in Approach::VARIANTS {
        let mut browser = Instance::of(*approach).await.browser();
        assert_eq!(browser.log_in("nobody").await.status, StatusCode::UNAUTHORIZED, "{approach}");
        assert_eq!(browser.get("/page").await.status, StatusCode::UNAUTHORIZED, "{approach}");
    }
}

#[tokio::test]
async fn a_cookie_or_token_with_one_changed_character_signs_nobody_in() {
    for approach in Approach::VARIANTS {
        let instance = Instance::of(*approach).await;
        let member = instance.member("member").await;
        let mut thief = forged(&instance.signed_in(&member).await);
        for answer in [thief.get("/page").await, thief.post("/count", &[]).await] {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{approach}");
        }
    }
}

#[tokio::test]
async fn every_cookie_is_hidden_from_scripts_and_from_other_sites() {
    for approach in Approach::VARIANTS {
        let instance = Instance::of(*approach).await;
        let member = instance.member("member").await;
        let answer = instance.browser().log_in(&member).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            for attribute in ["; HttpOnly", "; Secure", "; SameSite="] {
                assert!(cookie.contains(attribute), "{approach}: {cookie}");
            }
        }
    }
}

/// An instance that cannot reach the store of sessions says so. It does not say that the member is signed out, which
/// would make browsers drop their cookies.
#[tokio::test]
async fn a_store_that_fails_is_not_taken_for_a_session_that_ended() {
    for approach in Approach::VARIANTS {
        let usual = settings().await;
        let Some(cut_off) = cut_off_from_sessions(*approach, &usual) else { continue };
        let instance = Instance::with(*approach, &usual).await;
        let member = instance.member("member").await;
        let browser = instance.signed_in(&member).await;
        let elsewhere = Instance::without_tables(*approach, &cut_off).await;
        let mut browser = browser.copied_to(elsewhere.browser());
        for answer in [browser.get("/page").await, browser.post("/count", &[]).await] {
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{approach}");
            assert!(!answer.headers.contains_key("set-cookie"), "{approach}");
        }
    }
}

/// The settings of an instance that cannot reach the store of sessions, if the approach has one outside of the instance.
fn cut_off_from_sessions(approach: Approach, usual: &Settings) -> Option<Settings> {
    let mut settings = usual.clone();
    match approach {
        Approach::Memcached => settings.memcached_url = Some(NOWHERE.to_owned()),
        Approach::RedisCommon | Approach::Redis | Approach::JwtStore | Approach::Genkan => {
            settings.redis_url = Some(format!("redis://{NOWHERE}"));
        }
        Approach::RdbEveryRequest | Approach::RdbOnceAMinute => {
            settings.database_url = format!("postgres://genkan@{NOWHERE}/lab");
        }
        Approach::Memory
        | Approach::SealedCookie
        | Approach::JwtLong
        | Approach::JwtShort
        | Approach::Jwe
        | Approach::SpaLocalStorage
        | Approach::SpaMemory => return None,
    }
    Some(settings)
}

/// The same browser with one character in the middle of each cookie and of the token replaced.
fn forged(browser: &Browser) -> Browser {
    let mut forged = browser.clone();
    for value in forged.cookies.values_mut().chain(forged.token.as_mut()) {
        let middle = value.len() / 2;
        let other = if value.as_bytes()[middle] == b'A' { "B" } else { "A" };
        value.replace_range(middle..=middle, other);
    }
    forged
}

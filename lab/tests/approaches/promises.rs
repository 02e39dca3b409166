//! Where the approaches differ: when a change of role acts, and what a copied cookie is worth after the log-out.

use axum::http::StatusCode;
use lab::approaches::Approach;
use strum::VariantArray;

use crate::instance::Instance;

/// When a change acts.
#[derive(Debug, PartialEq, Eq)]
enum Acts {
    /// On the next request, which still works
    AtOnce,
    /// On the next request, which is refused: the member has to log in again
    BySigningOut,
    /// With the next refresh, or renewal of the cookie
    WithTheNextRefresh,
    /// Once the token has expired
    Never,
}

/// How a changed role acts, by approach.
fn role_acts(approach: Approach) -> Acts {
    match approach {
        Approach::Memory
        | Approach::Memcached
        | Approach::RedisCommon
        | Approach::Redis
        | Approach::RdbEveryRequest
        | Approach::RdbOnceAMinute
        | Approach::Genkan => Acts::AtOnce,
        Approach::JwtStore => Acts::BySigningOut,
        Approach::SealedCookie | Approach::JwtShort | Approach::SpaMemory => {
            Acts::WithTheNextRefresh
        }
        Approach::JwtLong | Approach::Jwe | Approach::SpaLocalStorage => Acts::Never,
    }
}

/// Whether a copy of the cookies or the token ends with the log-out.
fn log_out_ends_copies(approach: Approach) -> bool {
    match approach {
        Approach::Memory
        | Approach::Memcached
        | Approach::RedisCommon
        | Approach::Redis
        | Approach::RdbEveryRequest
        | Approach::RdbOnceAMinute
        | Approach::JwtStore
        | Approach::Genkan => true,
        Approach::SealedCookie
        | Approach::JwtLong
        | Approach::JwtShort
        | Approach::Jwe
        | Approach::SpaLocalStorage
        | Approach::SpaMemory => false,
    }
}

#[tokio::test]
async fn a_role_that_was_taken_away_is_gone_when_the_approach_says_so() {
    for approach in Approach::VARIANTS {
        let instance = Instance::of(*approach).await;
        let member = instance.member("admin").await;
        let mut browser = instance.signed_in(&member).await;
        assert_eq!(browser.get("/page").await.shown("role"), "admin", "{approach}");

        let form = [("member", member.as_str()), ("role", "member")];
        let changed = instance.browser().post("/role", &form).await;
        assert_eq!(changed.status, StatusCode::NO_CONTENT, "{approach}");

        let page = browser.get("/page").await;
        let acts = if page.status == StatusCode::UNAUTHORIZED {
            Acts::BySigningOut
        } else if page.shown("role") == "member" {
            Acts::AtOnce
        } else if browser.post("/refresh", &[]).await.status.is_success() {
            assert_eq!(browser.get("/page").await.shown("role"), "member", "{approach}");
            Acts::WithTheNextRefresh
        } else {
            Acts::Never
        };
        let expected = match role_acts(*approach) {
            // Renewed by a later request, not by `/refresh`: `sealed_cookie.rs` tests it.
            Acts::WithTheNextRefresh if *approach == Approach::SealedCookie => Acts::Never,
            expected => expected,
        };
        assert_eq!(acts, expected, "{approach}");
    }
}

#[tokio::test]
async fn a_copied_cookie_or_token_ends_with_the_log_out_if_the_approach_remembers_sessions() {
    for approach in Approach::VARIANTS {
        let instance = Instance::of(*approach).await;
        let member = instance.member("member").await;
        let mut browser = instance.signed_in(&member).await;
        let mut copy = browser.clone();
        assert_eq!(browser.post("/logout", &[]).await.status, StatusCode::NO_CONTENT, "{approach}");
        let has_ended = copy.get("/page").await.status == StatusCode::UNAUTHORIZED;
        assert_eq!(has_ended, log_out_ends_copies(*approach), "{approach}");
    }
}

#[tokio::test]
async fn a_refresh_renews_short_lived_tokens_and_is_not_found_elsewhere() {
    for approach in Approach::VARIANTS {
        let instance = Instance::of(*approach).await;
        let member = instance.member("member").await;
        let mut browser = instance.signed_in(&member).await;
        browser.post("/count", &[]).await;
        let status = browser.post("/refresh", &[]).await.status;
        let expected = match approach {
            Approach::JwtShort | Approach::Genkan => StatusCode::NO_CONTENT,
            // The token is in the body.
            Approach::SpaMemory => StatusCode::OK,
            _ => StatusCode::NOT_FOUND,
        };
        assert_eq!(status, expected, "{approach}");
        let page = browser.get("/page").await;
        assert_eq!((page.shown("name"), page.shown("count")), (member.as_str(), "1"), "{approach}");
    }
}

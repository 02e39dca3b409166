use super::*;
use crate::memory::{key_ring, noon};

fn tokens() -> AccessTokens {
    AccessTokens::new(&key_ring(), "https://genkan.example", Duration::from_secs(300))
}

fn grant() -> AccessGrant {
    AccessGrant {
        member_id: MemberId::random(),
        session_id: SessionId::random(),
        generation: 7,
        absolute_end: noon() + Duration::from_secs(3600),
    }
}

/// A token with this header and these claims, properly signed by our own key.
fn signed(header: &str, claims: &str) -> String {
    use ed25519_dalek::Signer;
    let encode = |part: &str| BASE64_URL_SAFE_NO_PAD.encode(part);
    let message = format!("{}.{}", encode(header), encode(claims));
    let key = key_ring().signing().derive(Purpose::AccessToken);
    let signature = ed25519_dalek::SigningKey::from_bytes(&key).sign(message.as_bytes());
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

fn claims_with(name: &str, value: &str) -> String {
    let now = noon().unix_timestamp();
    let mut claims = vec![
        ("iss", "\"https://genkan.example\"".to_owned()),
        ("aud", "\"https://genkan.example\"".to_owned()),
        ("sub", format!("\"{}\"", Uuid::nil())),
        ("sid", format!("\"{}\"", Uuid::nil())),
        ("gen", "1".to_owned()),
        ("jti", format!("\"{}\"", Uuid::nil())),
        ("iat", now.to_string()),
        ("nbf", now.to_string()),
        ("exp", (now + 300).to_string()),
    ];
    claims.retain(|(key, _)| *key != name);
    if !value.is_empty() {
        claims.push((name, value.to_owned()));
    }
    let members: Vec<_> = claims.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
    format!("{{{}}}", members.join(","))
}

const HEADER: &str = r#"{"alg":"EdDSA","typ":"at+jwt","kid":"test"}"#;

#[test]
fn an_issued_token_verifies_until_it_expires() {
    let (tokens, grant) = (tokens(), grant());
    let issued = tokens.issue(grant, noon());
    assert_eq!(issued.expires_in, Duration::from_secs(300));
    let verify = |seconds| tokens.verify(issued.expose(), noon() + Duration::from_secs(seconds));
    let claims = verify(299).unwrap();
    assert_eq!((claims.member_id, claims.session_id), (grant.member_id, grant.session_id));
    assert_eq!(claims.generation, 7);
    assert_eq!(verify(300), Err(AccessTokenError::Expired(claims)));
}

#[test]
fn a_token_never_outlives_its_session() {
    let mut grant = grant();
    grant.absolute_end = noon() + Duration::from_secs(60);
    assert_eq!(tokens().issue(grant, noon()).expires_in, Duration::from_secs(60));
}

#[test]
fn a_token_from_a_clock_a_few_seconds_ahead_is_taken() {
    let tokens = tokens();
    let issued = tokens.issue(grant(), noon() + Duration::from_secs(9));
    assert!(tokens.verify(issued.expose(), noon()).is_ok());
    let issued = tokens.issue(grant(), noon() + Duration::from_secs(11));
    assert_eq!(tokens.verify(issued.expose(), noon()), Err(AccessTokenError::Invalid));
}

#[test]
fn the_test_forger_makes_good_tokens_when_told_to() {
    assert!(tokens().verify(&signed(HEADER, &claims_with("gen", "1")), noon()).is_ok());
}

#[test]
fn every_header_but_ours_is_refused() {
    for header in [
        r#"{"alg":"none","typ":"at+jwt","kid":"test"}"#,
        r#"{"alg":"None","typ":"at+jwt","kid":"test"}"#,
        r#"{"alg":"HS256","typ":"at+jwt","kid":"test"}"#,
        r#"{"alg":"EdDSA","typ":"JWT","kid":"test"}"#,
        r#"{"alg":"EdDSA","kid":"test"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"other"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"../../etc/passwd"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":1}"#,
    ] {
        let token = signed(header, &claims_with("gen", "1"));
        assert_eq!(tokens().verify(&token, noon()), Err(AccessTokenError::Invalid), "{header}");
    }
}

#[test]
fn every_claim_is_needed_and_has_its_type() {
    for name in ["iss", "aud", "sub", "sid", "gen", "jti", "iat", "nbf", "exp"] {
        for value in ["", "null", "\"\"", "true", "[]", "\"1793448000\"", "1.5", "-1e400"] {
            let token = signed(HEADER, &claims_with(name, value));
            let verified = tokens().verify(&token, noon());
            assert_eq!(verified, Err(AccessTokenError::Invalid), "{name}: {value}");
        }
    }
}

#[test]
fn a_changed_bit_anywhere_makes_a_token_invalid() {
    let tokens = tokens();
    let issued = tokens.issue(grant(), noon());
    for place in 0..issued.expose().len() {
        let mut bytes = issued.expose().as_bytes().to_vec();
        bytes[place] ^= 1;
        let forged = String::from_utf8_lossy(&bytes);
        assert_eq!(tokens.verify(&forged, noon()), Err(AccessTokenError::Invalid), "{place}");
    }
}

#[test]
fn another_sites_token_is_refused() {
    let other = AccessTokens::new(&key_ring(), "https://other.example", Duration::from_secs(300));
    let issued = other.issue(grant(), noon());
    assert_eq!(tokens().verify(issued.expose(), noon()), Err(AccessTokenError::Invalid));
}

#[test]
fn what_is_no_token_at_all_is_refused() {
    for raw in ["", ".", "..", "a.b.c", &"a".repeat(65_536), "\u{0}", "花.花.花"] {
        assert_eq!(tokens().verify(raw, noon()), Err(AccessTokenError::Invalid));
    }
}

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

/// A token with this header and these claims, validly signed with our own key.
fn signed(header: &str, claims: &str) -> String {
    use ed25519_dalek::Signer;
    let encode = |part: &str| BASE64_URL_SAFE_NO_PAD.encode(part);
    let message = format!("{}.{}", encode(header), encode(claims));
    let key = key_ring().signing().derive(ACCESS_TOKEN);
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
fn instances_whose_clocks_are_within_the_leeway_accept_each_others_tokens() {
    let tokens = tokens();
    let (behind, ahead) = (noon() - LEEWAY, noon() + LEEWAY);
    let issued = tokens.issue(grant(), ahead);
    assert!(tokens.verify(issued.expose(), behind).is_ok());
    let issued = tokens.issue(grant(), ahead + Duration::from_secs(1));
    assert_eq!(tokens.verify(issued.expose(), behind), Err(AccessTokenError::Invalid));
}

#[test]
fn the_test_forger_can_make_valid_tokens() {
    assert!(tokens().verify(&signed(HEADER, &claims_with("gen", "1")), noon()).is_ok());
}

#[test]
fn every_token_header_except_ours_is_refused() {
    let long = format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"{}"}}"#, "k".repeat(900));
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
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":""}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"TEST"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"test\u0000"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"' or '1'='1"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"test|/bin/true"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"花"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":["test"]}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":{"test":"test"}}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":null}"#,
        &long,
        r#"{"alg":"EdDSA","typ":"AT+JWT","kid":"test"}"#,
        r#"{"alg":"EdDSA","typ":"application/at+jwt","kid":"test"}"#,
        r#"{"alg":"EdDSA","typ":null,"kid":"test"}"#,
        r#"{"alg":"nOnE","typ":"at+jwt","kid":"test"}"#,
        r#"{"alg":"NONE","typ":"at+jwt","kid":"test"}"#,
        r#"{"alg":"","typ":"at+jwt","kid":"test"}"#,
        r#"{"alg":null,"typ":"at+jwt","kid":"test"}"#,
        r#"{"alg":"eddsa","typ":"at+jwt","kid":"test"}"#,
        r#"{"alg":["EdDSA"],"typ":"at+jwt","kid":"test"}"#,
        r#"{"typ":"at+jwt","kid":"test"}"#,
        // Ours, with a duplicated member.
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"test","kid":"test"}"#,
        r#"{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"test"}"#,
        r#"{"alg":"EdDSA","alg":"none","typ":"at+jwt","kid":"test"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"test","jku":"https://evil.example/jwks"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"test","x5u":"https://evil.example/x5u"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"test","x5c":["MA=="]}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"test","x5t":"MA"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"test","jwk":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"test","crit":["exp"]}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"test","crit":["b64"],"b64":false}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"test","cty":"JWT"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"test","zip":"DEF"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"test","more":1}"#,
        "[]",
        "null",
        "",
    ] {
        let token = signed(header, &claims_with("gen", "1"));
        assert_eq!(tokens().verify(&token, noon()), Err(AccessTokenError::Invalid), "{header}");
    }
}

#[test]
fn every_claim_is_required_and_has_its_type() {
    for name in ["iss", "aud", "sub", "sid", "gen", "jti", "iat", "nbf", "exp"] {
        for value in ["", "null", "\"\"", "true", "[]", "\"1793448000\"", "1.5", "-1e400"] {
            let token = signed(HEADER, &claims_with(name, value));
            let verified = tokens().verify(&token, noon());
            assert_eq!(verified, Err(AccessTokenError::Invalid), "{name}: {value}");
        }
    }
    for claims in ["", "null", "[]", "{}", "1", "{", "\u{0}"] {
        let verified = tokens().verify(&signed(HEADER, claims), noon());
        assert_eq!(verified, Err(AccessTokenError::Invalid), "{claims}");
    }
}

#[test]
fn a_claim_with_a_malformed_number_is_refused() {
    let now = noon().unix_timestamp();
    for name in ["gen", "iat", "nbf", "exp"] {
        let good = if name == "gen" { 1 } else { now + i64::from(name == "exp") * 300 };
        assert!(
            tokens().verify(&signed(HEADER, &claims_with(name, &good.to_string())), noon()).is_ok()
        );
        for value in [
            format!("\"{good}\""),
            format!("{good}.0"),
            format!("{good}.5"),
            format!("{good}e0"),
            format!("+{good}"),
            format!("0{good}"),
            format!("[{good}]"),
            "9223372036854775808".to_owned(),
            "1e400".to_owned(),
            "NaN".to_owned(),
        ] {
            let verified = tokens().verify(&signed(HEADER, &claims_with(name, &value)), noon());
            assert_eq!(verified, Err(AccessTokenError::Invalid), "{name}: {value}");
        }
    }
    for generation in ["0", "-1", "4294967296"] {
        let verified = tokens().verify(&signed(HEADER, &claims_with("gen", generation)), noon());
        assert_eq!(verified, Err(AccessTokenError::Invalid), "{generation}");
    }
}

#[test]
fn a_duplicated_claim_is_refused_in_either_order() {
    let member = Uuid::from_u128(7).to_string();
    for (name, value) in [
        ("sub", format!("\"{member}\"")),
        ("sid", format!("\"{member}\"")),
        ("gen", "7".to_owned()),
        ("exp", (noon().unix_timestamp() + 9000).to_string()),
        ("nbf", "0".to_owned()),
        ("iat", "0".to_owned()),
        ("iss", "\"https://genkan.example\"".to_owned()),
        ("aud", "\"https://genkan.example\"".to_owned()),
        ("jti", format!("\"{member}\"")),
    ] {
        let claims = claims_with("none", "");
        let inside = &claims[1..claims.len() - 1];
        for twice in
            [format!("{{{inside},\"{name}\":{value}}}"), format!("{{\"{name}\":{value},{inside}}}")]
        {
            let verified = tokens().verify(&signed(HEADER, &twice), noon());
            assert_eq!(verified, Err(AccessTokenError::Invalid), "{twice}");
        }
    }
}

#[test]
fn a_token_for_several_audiences_or_another_one_is_refused() {
    for (name, value) in [
        ("aud", r#"["https://genkan.example"]"#),
        ("aud", r#"["https://genkan.example","https://other.example"]"#),
        ("aud", r#""https://genkan.example/""#),
        ("aud", r#""https://other.example""#),
        ("iss", r#"["https://genkan.example"]"#),
        ("iss", r#""https://GENKAN.example""#),
        ("iss", r#""https://genkan.example.evil.example""#),
    ] {
        let verified = tokens().verify(&signed(HEADER, &claims_with(name, value)), noon());
        assert_eq!(verified, Err(AccessTokenError::Invalid), "{name}: {value}");
    }
}

#[test]
fn our_own_token_wrapped_padded_or_spaced_is_refused() {
    let tokens = tokens();
    let issued = tokens.issue(grant(), noon());
    let ours = issued.expose();
    let [header, claims, signature]: [&str; 3] =
        ours.split('.').collect::<Vec<_>>().try_into().unwrap();
    for forged in [
        format!("{ours}="),
        format!("{header}=.{claims}.{signature}"),
        format!("{header}.{claims}=.{signature}"),
        format!("{header}.{claims}.{signature}=="),
        format!(" {ours}"),
        format!("{ours} "),
        format!("{ours}\n"),
        format!("{header} .{claims}.{signature}"),
        format!("{header}\n.{claims}.{signature}"),
        format!("{ours}."),
        format!(".{ours}"),
        format!("{ours}.{signature}"),
        format!("{header}..{signature}"),
        format!("{header}.{claims}."),
        format!("{header}.{claims}"),
        format!("Bearer {ours}"),
        format!("{ours}{}", "A".repeat(65_536)),
    ] {
        assert_eq!(tokens.verify(&forged, noon()), Err(AccessTokenError::Invalid), "{forged}");
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
fn arbitrary_text_is_not_an_access_token() {
    for raw in ["", ".", "..", "a.b.c", &"a".repeat(65_536), "\u{0}", "花.花.花"] {
        assert_eq!(tokens().verify(raw, noon()), Err(AccessTokenError::Invalid));
    }
}

#[test]
fn a_remembered_token_is_still_checked_for_expiry_on_each_request() {
    let tokens = tokens();
    let token = tokens.issue(grant(), noon());
    let verify = |now| tokens.verify(token.expose(), now);
    assert!(verify(noon()).is_ok());
    assert_eq!(tokens.verified.len(), 1);
    assert_eq!(verify(noon() - Duration::from_secs(60)), Err(AccessTokenError::Invalid));
    let expired = verify(noon() + tokens.lifetime);
    assert!(matches!(expired, Err(AccessTokenError::Expired(_))), "{expired:?}");
    assert!(verify(noon()).is_ok());
}

#[test]
fn a_forged_token_is_never_remembered() {
    let tokens = tokens();
    let (one, other) = (tokens.issue(grant(), noon()), tokens.issue(grant(), noon()));
    let (claims, _) = one.expose().rsplit_once('.').unwrap();
    let (_, signature) = other.expose().rsplit_once('.').unwrap();
    let forged = format!("{claims}.{signature}");
    for token in [forged.as_str(), "a.b.c", ""] {
        for _ in 0..2 {
            assert_eq!(tokens.verify(token, noon()), Err(AccessTokenError::Invalid), "{token}");
        }
    }
    assert_eq!(tokens.verified.len(), 0);
}

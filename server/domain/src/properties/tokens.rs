//! Tokens: only issued tokens verify.

use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::{
    config,
    strategies::{Edit, edited, edits, text},
};
use crate::{
    account::{
        confirmation::{ConfirmationId, Link, LinkToken},
        member::MemberId,
    },
    memory::{key_ring, noon},
    session::{
        Salt, SessionId,
        access_token::{AccessGrant, AccessTokenError, AccessTokens},
        keys::{KeyRing, KeyRingError},
        refresh_token::RefreshToken,
    },
};

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<[u8; 16]>().prop_map(Uuid::from_bytes)
}

fn access_tokens() -> AccessTokens {
    AccessTokens::new(&key_ring(), "https://genkan.example", Duration::from_secs(300))
}

fn grant() -> impl Strategy<Value = AccessGrant> {
    (uuid(), uuid(), 1..u32::MAX).prop_map(|(member, session, generation)| AccessGrant {
        member_id: MemberId(member),
        session_id: SessionId(session),
        generation,
        absolute_end: noon() + Duration::from_secs(3600),
    })
}

/// Texts that resemble tokens.
fn like_a_token() -> impl Strategy<Value = String> {
    prop_oneof![
        text(),
        "v1\\.(test|other|)\\.[A-Za-z0-9_-]{22}\\.[0-9]{1,11}\\.[A-Za-z0-9_-]{43}\\.[A-Za-z0-9_-]{43}",
        "[A-Za-z0-9_=-]{0,60}(\\.[A-Za-z0-9_=-]{0,60}){0,6}",
        ("[A-Za-z0-9_-]{80}", "[A-Za-z0-9_-]{86}").prop_map(|(claims, signature)| {
            format!(
                "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSIsImtpZCI6InRlc3QifQ.{claims}.{signature}"
            )
        }),
    ]
}

/// `issued` with these changes, if any of them changes it.
fn forgery(issued: &str, edits: &[Edit]) -> Option<String> {
    Some(edited(issued, edits)).filter(|forged| forged != issued)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_refresh_token_says_what_it_was_issued_for_and_a_change_anywhere_voids_it(
        session in uuid(), generation in 1..=u32::MAX, salt: [u8; 16], edits in edits(),
    ) {
        let (keys, salt) = (key_ring(), Salt(salt));
        let issued = RefreshToken::issue(&keys, SessionId(session), generation, &salt);
        let read = RefreshToken::verify(&issued, &keys).unwrap();
        prop_assert_eq!((read.session_id, read.generation), (SessionId(session), generation));
        prop_assert!(read.is_keyed_by(&salt));
        if let Some(forged) = forgery(&issued, &edits) {
            prop_assert!(RefreshToken::verify(&forged, &keys).is_err(), "{}", forged);
        }
    }

    #[test]
    fn an_access_token_says_what_it_was_issued_for_and_a_change_anywhere_voids_it(
        grant in grant(), edits in edits(),
    ) {
        let tokens = access_tokens();
        let issued = tokens.issue(grant, noon());
        let read = tokens.verify(issued.expose(), noon()).unwrap();
        prop_assert_eq!((read.member_id, read.session_id), (grant.member_id, grant.session_id));
        prop_assert_eq!(read.generation, grant.generation);
        if let Some(forged) = forgery(issued.expose(), &edits) {
            prop_assert_eq!(tokens.verify(&forged, noon()), Err(AccessTokenError::Invalid), "{}", forged);
        }
    }

    #[test]
    fn a_link_names_its_sign_up_and_a_change_anywhere_voids_it(id in uuid(), edits in edits()) {
        let (keys, link) = (key_ring(), Link { id: ConfirmationId(id), mail: 1 });
        let issued = LinkToken::issue(&keys, link);
        prop_assert_eq!(LinkToken::verify(issued.expose(), &keys), Some(link));
        if let Some(forged) = forgery(issued.expose(), &edits) {
            prop_assert_eq!(LinkToken::verify(&forged, &keys), None, "{}", forged);
        }
    }

    #[test]
    fn text_that_resembles_a_token_is_refused(raw in like_a_token()) {
        let keys = key_ring();
        prop_assert!(RefreshToken::verify(&raw, &keys).is_err());
        prop_assert_eq!(access_tokens().verify(&raw, noon()), Err(AccessTokenError::Invalid));
        prop_assert_eq!(LinkToken::verify(&raw, &keys), None);
    }

    #[test]
    fn an_unreadable_key_ring_is_not_shown_in_the_error(raw in text()) {
        if let Err(error) = KeyRing::parse(&raw) {
            // A fixed sentence and a position in the ring.
            let said = error.to_string();
            prop_assert!(error == KeyRingError::Empty || said.starts_with("entry "), "{}", said);
            prop_assert!(said.is_ascii() && said.len() < 80, "{}", said);
        }
    }
}

//! Only issued tokens verify, byte for byte: tries the input as a token, and as a change to a valid one.
#![no_main]

use std::{sync::LazyLock, time::Duration};

use domain::{
    account::{
        confirmation::{ConfirmationId, Link, LinkToken},
        member::MemberId,
    },
    session::{
        Salt, SessionId,
        access_token::{AccessGrant, AccessTokenError, AccessTokens},
        keys::KeyRing,
        refresh_token::RefreshToken,
    },
};
use libfuzzer_sys::fuzz_target;
use time::OffsetDateTime;
use uuid::Uuid;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

struct Issued {
    keys: KeyRing,
    tokens: AccessTokens,
    access: String,
    refresh: String,
    link: String,
}

static ISSUED: LazyLock<Issued> = LazyLock::new(|| {
    let keys = KeyRing::parse("test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        .expect("32 bytes in base64");
    let tokens = AccessTokens::new(&keys, "https://genkan.example", Duration::from_secs(300));
    let grant = AccessGrant {
        member_id: MemberId(Uuid::nil()),
        session_id: SessionId(Uuid::nil()),
        generation: 7,
        absolute_end: NOW + Duration::from_secs(3600),
    };
    let refresh = RefreshToken::issue(&keys, SessionId(Uuid::nil()), 7, &Salt([7; 16]));
    Issued {
        access: tokens.issue(grant, NOW).expose().to_owned(),
        refresh: refresh.as_str().to_owned(),
        link: LinkToken::issue(&keys, Link { id: ConfirmationId(Uuid::nil()), mail: 1 })
            .expose()
            .to_owned(),
        keys,
        tokens,
    }
});

fuzz_target!(|input: (u8, u8, &str)| {
    let (at, length, text) = input;
    let Issued { keys, tokens, access, refresh, link } = &*ISSUED;
    for raw in [text.to_owned(), changed(access, at, length, text)] {
        if raw != *access {
            assert_eq!(tokens.verify(&raw, NOW), Err(AccessTokenError::Invalid), "{raw}");
        }
    }
    for raw in [text.to_owned(), changed(refresh, at, length, text)] {
        assert!(raw == *refresh || RefreshToken::verify(&raw, keys).is_err(), "{raw}");
    }
    for raw in [text.to_owned(), changed(link, at, length, text)] {
        assert!(raw == *link || LinkToken::verify(&raw, keys).is_none(), "{raw}");
    }
});

/// `token` with `text` in place of `length` of its bytes.
fn changed(token: &str, at: u8, length: u8, text: &str) -> String {
    let start = usize::from(at).min(token.len());
    let end = (start + usize::from(length)).min(token.len());
    [&token[..start], text, &token[end..]].concat()
}

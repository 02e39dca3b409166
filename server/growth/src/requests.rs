//! The requests that are measured, each on behalf of a member of its own.

use std::sync::atomic::{AtomicUsize, Ordering};

use domain::session::{
    access_token::{AccessGrant, AccessTokens},
    keys::KeyRing,
    refresh_token::RefreshToken,
};
use serde::Serialize;
use time::OffsetDateTime;

use crate::population::{PASSWORD, Subject};

/// The generation of every session that is made here.
const GENERATION: u32 = 1;

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A password is hashed and a session begins.
    LogIn,
    /// The member is identified and redirected: the check of the live session alone.
    Check,
    /// The profile page
    Profile,
    /// The page with the member's sessions
    SessionList,
    /// A refresh that rotates; each session can do so once within the grace period.
    Refresh,
}

impl Kind {
    pub const ALL: [Self; 5] =
        [Self::LogIn, Self::Check, Self::Profile, Self::SessionList, Self::Refresh];

    pub fn name(self) -> &'static str {
        match self {
            Self::LogIn => "log-in",
            Self::Check => "session check",
            Self::Profile => "profile page",
            Self::SessionList => "list of sessions",
            Self::Refresh => "refresh",
        }
    }

    /// The status of a response to it.
    pub fn status(self) -> u16 {
        if self == Self::Check { 303 } else { 200 }
    }
}

/// What signs the tokens, as the server would.
pub struct Tokens {
    keys: KeyRing,
    access: AccessTokens,
}

impl Tokens {
    pub fn new(keys: KeyRing, access: AccessTokens) -> Self {
        Self { keys, access }
    }

    fn access_cookie(&self, of: &Subject) -> String {
        let grant = AccessGrant {
            member_id: of.member_id,
            session_id: of.session_id,
            generation: GENERATION,
            absolute_end: of.absolute_end,
        };
        let token = self.access.issue(grant, OffsetDateTime::now_utc());
        format!("cookie: __Host-Http-access={}\r\n", token.expose())
    }

    fn refresh_cookie(&self, of: &Subject) -> String {
        let token = RefreshToken::issue(&self.keys, of.session_id, GENERATION, &of.salt);
        format!("cookie: __Host-Http-refresh={}\r\n", *token)
    }
}

/// Requests of one kind, in turn.
pub struct Requests {
    kind: Kind,
    bytes: Vec<Vec<u8>>,
    sent: AtomicUsize,
    repeats: Repeats,
}

/// Whether the first request follows on the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    Yes,
    No,
}

impl Requests {
    pub fn new(kind: Kind, of: &[Subject], tokens: &Tokens, repeats: Repeats) -> Self {
        let bytes = of.iter().map(|subject| bytes(kind, subject, tokens)).collect();
        Self { kind, bytes, sent: AtomicUsize::new(0), repeats }
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The number that were sent.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// The next one, unless all were sent and they do not repeat.
    pub fn next(&self) -> Option<&[u8]> {
        let sent = self.sent.fetch_add(1, Ordering::Relaxed);
        let index = match self.repeats {
            Repeats::Yes => sent % self.bytes.len().max(1),
            Repeats::No => sent,
        };
        self.bytes.get(index).map(Vec::as_slice)
    }
}

fn bytes(kind: Kind, of: &Subject, tokens: &Tokens) -> Vec<u8> {
    match kind {
        Kind::LogIn => log_in(&of.email),
        Kind::Check => get("/login", &tokens.access_cookie(of)),
        Kind::Profile => get("/profile", &tokens.access_cookie(of)),
        Kind::SessionList => get("/settings/sessions", &tokens.access_cookie(of)),
        Kind::Refresh => post("/auth/refresh", &tokens.refresh_cookie(of), ""),
    }
}

/// A log-in of the member with this address.
pub fn log_in(email: &str) -> Vec<u8> {
    post("/api/login", "", &format!("email={email}&password={}", PASSWORD.replace(' ', "+")))
}

fn get(path: &str, cookie: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost:3000\r\naccept: text/html\r\n{cookie}\r\n")
        .into()
}

fn post(path: &str, cookie: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost:3000\r\norigin: http://localhost:3000\r\n\
         accept: application/json\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n{cookie}\r\n{body}",
        body.len(),
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_three(repeats: Repeats) -> [Option<Vec<u8>>; 3] {
        let bytes = vec![b"a".to_vec(), b"b".to_vec()];
        let requests = Requests { kind: Kind::Check, bytes, sent: AtomicUsize::new(0), repeats };
        [(); 3].map(|()| requests.next().map(<[u8]>::to_vec))
    }

    #[test]
    fn requests_begin_again_only_if_they_repeat() {
        let [a, b] = [b"a", b"b"].map(|bytes| Some(bytes.to_vec()));
        assert_eq!(first_three(Repeats::Yes), [a.clone(), b.clone(), a.clone()]);
        assert_eq!(first_three(Repeats::No), [a, b, None]);
    }
}

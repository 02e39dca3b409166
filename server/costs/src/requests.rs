//! The requests that are measured, each on behalf of a member of its own.

use domain::session::{
    access_token::{AccessGrant, AccessTokens},
    keys::KeyRing,
    refresh_token::RefreshToken,
};
use measuring::load::{Repeats, Requests};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::population::{PASSWORD, Subject};

/// The generation of every session that is made here.
const GENERATION: u32 = 1;
const HTML: &str = "text/html";
const JSON: &str = "application/json";

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The home page, for a stranger
    Home,
    /// A password is hashed and a session begins.
    LogIn,
    /// The member is identified and redirected: the check of the live session alone.
    Check,
    /// Who is signed in, at `/auth/session`.
    AuthSession,
    /// The profile page
    Profile,
    /// The page with the member's sessions
    SessionList,
    /// A refresh that rotates; each session can do so once within the grace period.
    Refresh,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Home => "home page",
            Self::LogIn => "log-in",
            Self::Check => "session check",
            Self::AuthSession => "`/auth/session`",
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

/// A request of this kind for each of them.
pub fn requests(kind: Kind, of: &[Subject], tokens: &Tokens, repeats: Repeats) -> Requests {
    let bytes = of.iter().map(|subject| bytes(kind, subject, tokens)).collect();
    Requests::new(kind.name(), kind.status(), bytes, repeats)
}

/// A request of this kind, with a token of its own.
pub fn bytes(kind: Kind, of: &Subject, tokens: &Tokens) -> Vec<u8> {
    match kind {
        Kind::Home => get("/", HTML, ""),
        Kind::LogIn => log_in(&of.email),
        Kind::Check => get("/login", HTML, &tokens.access_cookie(of)),
        Kind::AuthSession => get("/auth/session", JSON, &tokens.access_cookie(of)),
        Kind::Profile => get("/profile", HTML, &tokens.access_cookie(of)),
        Kind::SessionList => get("/settings/sessions", HTML, &tokens.access_cookie(of)),
        Kind::Refresh => post("/auth/refresh", &tokens.refresh_cookie(of), ""),
    }
}

/// A log-in of the member with this address.
pub fn log_in(email: &str) -> Vec<u8> {
    post("/api/login", "", &format!("email={email}&password={}", PASSWORD.replace(' ', "+")))
}

fn get(path: &str, accept: &str, cookie: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost:3000\r\naccept: {accept}\r\n{cookie}\r\n")
        .into()
}

fn post(path: &str, cookie: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost:3000\r\norigin: http://localhost:3000\r\n\
         accept: {JSON}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n{cookie}\r\n{body}",
        body.len(),
    )
    .into()
}

//! In-memory implementations of all ports, for tests, with a clock set by hand and stores that can fail or be wiped.
//! The server's tests hold them and the Postgres stores to the same rules.

#![expect(clippy::unwrap_used, reason = "only tests use it, and a test that panics has failed")]
#![expect(missing_docs, reason = "only tests use it")]

mod authority;
mod browser;
mod confirmations;
mod hand;
mod limits;
mod live_sessions;
mod members;
mod password_resets;
mod sessions;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use time::{OffsetDateTime, macros::datetime};

pub use self::browser::SignedInBrowser;
use crate::{
    Resources, StoreError,
    account::{
        confirmation::{CompletedSignUp, NewConfirmation, SecretHash},
        email::Email,
        member::{DisplayName, Language, Member, MemberId, Profile, Role, Standing},
    },
    credentials::password::{Asker, HashCost, Password, PasswordHash, PasswordHasher},
    limits::{LimitKey, Limits},
    mail::{
        Mail, Message,
        outbox::Outbox,
        ports::{MailError, Mailer},
        reuse_notice::MailedReuseNotice,
    },
    session::{
        self, Client, EndReason, LiveSession, SessionId, access_token::AccessTokens, keys::KeyRing,
        ports::NewSession, single_flight::SingleFlight, usual_lifetimes,
    },
};

const PUBLIC_URL: &str = "https://genkan.example";

/// The time at which every world starts.
pub fn noon() -> OffsetDateTime {
    datetime!(2026-11-01 12:00 UTC)
}

pub fn key_ring() -> KeyRing {
    KeyRing::parse("test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap()
}

pub fn other_key_ring() -> KeyRing {
    KeyRing::parse("other:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").unwrap()
}

struct KeptMember {
    member: Member,
    password_hash: PasswordHash,
    standing: Standing,
    authority_version: i64,
}

struct KeptConfirmation {
    new: NewConfirmation,
    tries: u16,
    mails: u16,
    expires_at: OffsetDateTime,
}

struct KeptReset {
    token: SecretHash,
    expires_at: OffsetDateTime,
}

struct KeptCompleted {
    sign_up: CompletedSignUp,
    member_id: MemberId,
    completed_at: OffsetDateTime,
}

struct KeptSession {
    new: NewSession,
    created_at: OffsetDateTime,
    generation: u32,
    rotated_at: OffsetDateTime,
    seen_at: OffsetDateTime,
    late_replay: Option<u32>,
    replays_from_elsewhere: u32,
    ended: Option<(EndReason, OffsetDateTime)>,
    is_closed: bool,
}

struct State {
    now: OffsetDateTime,
    members: HashMap<MemberId, KeptMember>,
    confirmations: Vec<KeptConfirmation>,
    completed: Vec<KeptCompleted>,
    password_resets: HashMap<MemberId, KeptReset>,
    sessions: HashMap<SessionId, KeptSession>,
    live: HashMap<SessionId, Result<LiveSession, EndReason>>,
    /// Theoretical arrival times
    taken: HashMap<LimitKey, Duration>,
    mails: Vec<Mail>,
    sessions_max: u32,
    database_is_broken: bool,
    live_sessions_are_broken: bool,
    mailer_is_broken: bool,
}

/// The tokens of mailed password reset links, newest last.
pub fn mailed_reset_tokens(mails: &[Mail]) -> Vec<String> {
    let links = mails.iter().filter_map(|mail| match &mail.message {
        Message::PasswordReset { link } => link.split_once("/reset?token="),
        _ => None,
    });
    links.map(|(_, token)| token.to_owned()).collect()
}

/// A new world. Clones share it.
#[derive(Clone)]
pub struct InMemory {
    state: Arc<Mutex<State>>,
    hasher: PasswordHasher,
    outbox: Outbox,
}

impl Default for InMemory {
    fn default() -> Self {
        let cost = HashCost { memory_kib: 16, passes: 1, lanes: 1 };
        let state = State {
            now: noon(),
            members: HashMap::new(),
            confirmations: Vec::new(),
            completed: Vec::new(),
            password_resets: HashMap::new(),
            sessions: HashMap::new(),
            live: HashMap::new(),
            taken: HashMap::new(),
            mails: Vec::new(),
            sessions_max: 50,
            database_is_broken: false,
            live_sessions_are_broken: false,
            mailer_is_broken: false,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            hasher: PasswordHasher::new(cost, 2).unwrap(),
            outbox: Outbox::new(Duration::ZERO),
        }
    }
}

impl InMemory {
    pub fn resources(&self) -> Resources {
        let world = Arc::new(self.clone());
        let limits = Limits::new(world.clone(), &key_ring());
        let lifetimes = usual_lifetimes();
        let access_tokens = AccessTokens::new(&key_ring(), PUBLIC_URL, lifetimes.access);
        let reuse_notice = MailedReuseNotice {
            members: world.clone(),
            mailer: world.clone(),
            outbox: self.outbox.clone(),
            public_url: PUBLIC_URL.to_owned(),
        };
        Resources {
            session: session::Resources {
                rows: world.clone(),
                live: world.clone(),
                refresh_limit: Arc::new(limits.clone()),
                reuse_notice: Arc::new(reuse_notice),
                refreshes: SingleFlight::default(),
                keys: key_ring(),
                access_tokens: Arc::new(access_tokens),
                lifetimes,
                sessions_max: self.state().sessions_max,
            },
            members: world.clone(),
            confirmations: world.clone(),
            password_resets: world.clone(),
            authority: world.clone(),
            limits,
            mailer: world,
            outbox: self.outbox.clone(),
            hasher: self.hasher.clone(),
            keys: key_ring(),
            public_url: PUBLIC_URL.to_owned(),
            password_min: 15,
        }
    }

    /// The session protocol's part of [`InMemory::resources`].
    pub fn session(&self) -> session::Resources {
        self.resources().session
    }

    pub async fn add_member(&self, email: &str, password: &str) -> MemberId {
        let asker = Asker::stranger(&Client::default());
        let typed = Password::parse_typed(password).unwrap();
        let password_hash = self.hasher.hash(&typed, &asker).await.unwrap();
        let member = Member {
            id: MemberId::random(),
            email: Email::parse(email).unwrap(),
            profile: Profile::of_sign_up(DisplayName::parse("Hana").unwrap(), Language::En),
            role: Role::Member,
            created_at: noon(),
        };
        let id = member.id;
        let kept =
            KeptMember { member, password_hash, standing: Standing::Active, authority_version: 1 };
        self.state().members.insert(id, kept);
        id
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn database(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let state = self.state();
        if state.database_is_broken {
            return Err(StoreError::new("database", "broken on purpose"));
        }
        Ok(state)
    }

    fn live_sessions(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let state = self.state();
        if state.live_sessions_are_broken {
            return Err(StoreError::new("live sessions", "broken on purpose"));
        }
        Ok(state)
    }
}

#[async_trait]
impl Mailer for InMemory {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let mut state = self.state();
        if state.mailer_is_broken {
            return Err(MailError::Failed("broken on purpose".into()));
        }
        state.mails.push(mail.clone());
        Ok(())
    }
}

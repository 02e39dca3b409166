//! Every port in memory, for this crate's tests: a small world whose clock is moved by hand and whose
//! stores can be broken and wiped.

mod authority;
mod confirmations;
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

use crate::{
    account::{
        confirmation::{CompletedSignUp, NewConfirmation, SecretHash},
        email::Email,
        member::{Bio, DisplayName, Locale, Member, MemberId, Role, Standing},
    },
    credentials::password::{Asker, HashCost, Password, PasswordHash, PasswordHasher},
    limits::{Limit, LimitKey, Limits},
    mail::{Mail, Message, outbox::Outbox},
    ports::{MailError, Mailer, NewSession, Ports, StoreError},
    session::{
        Client, EndReason, LiveSession, Persistence, Refusal, SessionId,
        access_token::AccessTokens,
        authenticate::{AuthenticateError, Authenticated, Intent, Presented, authenticate},
        flights::Flights,
        keys::KeyRing,
        start_session::{IssuedTokens, SignIn, start_session},
        usual_lifetimes,
    },
};

const PUBLIC_URL: &str = "https://genkan.example";

/// The moment at which every world begins.
pub(crate) fn noon() -> OffsetDateTime {
    datetime!(2026-11-01 12:00 UTC)
}

pub(crate) fn key_ring() -> KeyRing {
    KeyRing::parse("test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap()
}

pub(crate) fn other_key_ring() -> KeyRing {
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
    code: SecretHash,
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
    client: Client,
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

/// The tokens of the links to reset a password, newest last.
pub(crate) fn mailed_reset_tokens(mails: &[Mail]) -> Vec<String> {
    let links = mails.iter().filter_map(|mail| match &mail.message {
        Message::PasswordReset { link } => link.split_once("/reset?token="),
        _ => None,
    });
    links.map(|(_, token)| token.to_owned()).collect()
}

/// A world of its own. Cloning shares it.
#[derive(Clone)]
pub(crate) struct InMemory {
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

/// A browser that has signed in, with its cookies.
pub(crate) struct SignedInBrowser {
    pub(crate) member_id: MemberId,
    pub(crate) session_id: SessionId,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl SignedInBrowser {
    pub(crate) fn presented(&self) -> Presented<'_> {
        Presented { access: Some(&self.access), refresh: Some(&self.refresh) }
    }

    pub(crate) async fn authenticated(&self, world: &InMemory) -> Authenticated {
        authenticate(&world.ports(), self.presented(), Intent::Use, world.now()).await.unwrap()
    }

    /// Why the session is over.
    pub(crate) async fn refusal(&self, world: &InMemory) -> EndReason {
        match authenticate(&world.ports(), self.presented(), Intent::Use, world.now()).await {
            Err(AuthenticateError::Refused(Refusal::Ended(reason))) => reason,
            other => panic!("not over: {other:?}"),
        }
    }

    pub(crate) fn keep(&mut self, tokens: &IssuedTokens) {
        self.access = tokens.access.expose().to_owned();
        self.refresh = tokens.refresh.to_string();
    }
}

impl InMemory {
    pub(crate) fn ports(&self) -> Ports {
        let world = Arc::new(self.clone());
        let lifetimes = usual_lifetimes();
        Ports {
            members: world.clone(),
            confirmations: world.clone(),
            password_resets: world.clone(),
            sessions: world.clone(),
            authority: world.clone(),
            live: world.clone(),
            flights: Flights::default(),
            limits: Limits::new(world.clone(), &key_ring()),
            mailer: world,
            outbox: self.outbox.clone(),
            hasher: self.hasher.clone(),
            access_tokens: Arc::new(AccessTokens::new(&key_ring(), PUBLIC_URL, lifetimes.access)),
            keys: key_ring(),
            lifetimes,
            sessions_max: self.state().sessions_max,
            public_url: PUBLIC_URL.to_owned(),
            password_min: 15,
        }
    }

    pub(crate) async fn add_member(&self, email: &str, password: &str) -> MemberId {
        let asker = Asker::stranger(&Client::default());
        let typed = Password::parse_typed(password).unwrap();
        let password_hash = self.hasher.hash(&typed, &asker).await.unwrap();
        let member = Member {
            id: MemberId::random(),
            email: Email::parse(email).unwrap(),
            display_name: DisplayName::parse("Hana").unwrap(),
            bio: Bio::default(),
            locale: Locale::En,
            role: Role::Member,
            created_at: noon(),
        };
        let id = member.id;
        let kept =
            KeptMember { member, password_hash, standing: Standing::Active, authority_version: 1 };
        self.state().members.insert(id, kept);
        id
    }

    pub(crate) async fn signed_in(&self, persistence: Persistence) -> SignedInBrowser {
        let email = format!("{}@example.com", SessionId::random());
        let member_id = self.add_member(&email, "a tree by the gate").await;
        self.signed_in_as(member_id, persistence).await
    }

    pub(crate) async fn signed_in_as(
        &self,
        member_id: MemberId,
        persistence: Persistence,
    ) -> SignedInBrowser {
        let sign_in = self.sign_in_of(member_id, persistence);
        let tokens = start_session(&self.ports(), sign_in, self.now()).await.unwrap();
        let mut browser = SignedInBrowser {
            member_id,
            session_id: tokens.session_id,
            access: String::new(),
            refresh: String::new(),
        };
        browser.keep(&tokens);
        browser
    }

    pub(crate) fn sign_in_of(&self, member_id: MemberId, persistence: Persistence) -> SignIn {
        let verified_hash = self.state().members[&member_id].password_hash.clone();
        SignIn { member_id, verified_hash, persistence, client: Client::default() }
    }

    /// How many open sessions a member may have from now on; 50 until then.
    pub(crate) fn allow_sessions(&self, max: u32) {
        self.state().sessions_max = max;
    }

    /// How many sessions are noted to be closed.
    pub(crate) fn closed(&self) -> usize {
        self.state().sessions.values().filter(|kept| kept.is_closed).count()
    }

    pub(crate) fn session_ids(&self) -> Vec<SessionId> {
        self.state().sessions.keys().copied().collect()
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.state().now
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.state().now += time;
    }

    /// As if enough time had passed for more mails, and nothing else.
    pub(crate) fn forget_mail_limits(&self) {
        let mails = [Limit::MailsToMailbox, Limit::MailsToMailboxADay];
        self.state().taken.retain(|key, _| !mails.contains(&key.limit()));
    }

    pub(crate) fn suspend(&self, id: MemberId) {
        self.state().members.get_mut(&id).unwrap().standing = Standing::Suspended;
    }

    pub(crate) fn role_of(&self, id: MemberId) -> Role {
        self.state().members[&id].member.role
    }

    pub(crate) fn email_of(&self, id: MemberId) -> String {
        self.state().members[&id].member.email.as_str().to_owned()
    }

    pub(crate) fn generation_of(&self, id: SessionId) -> u32 {
        self.state().sessions[&id].generation
    }

    /// What a failover of the database may cost: the row is as it was before its last rotation.
    pub(crate) fn lose_rotations(&self, id: SessionId) {
        self.state().sessions.get_mut(&id).unwrap().generation -= 1;
    }

    /// The same, of its end.
    pub(crate) fn lose_end(&self, id: SessionId) {
        self.state().sessions.get_mut(&id).unwrap().ended = None;
    }

    /// Why the session's row is over, if it is.
    pub(crate) fn ended(&self, id: SessionId) -> Option<EndReason> {
        self.state().sessions[&id].ended.map(|(reason, _)| reason)
    }

    pub(crate) fn wipe_live_sessions(&self) {
        self.state().live.clear();
    }

    pub(crate) fn break_database(&self) {
        self.state().database_is_broken = true;
    }

    pub(crate) fn mend_database(&self) {
        self.state().database_is_broken = false;
    }

    pub(crate) fn break_live_sessions(&self) {
        self.state().live_sessions_are_broken = true;
    }

    pub(crate) fn mend_live_sessions(&self) {
        self.state().live_sessions_are_broken = false;
    }

    pub(crate) fn break_mailer(&self) {
        self.state().mailer_is_broken = true;
    }

    pub(crate) fn mend_mailer(&self) {
        self.state().mailer_is_broken = false;
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.state().mails.clone()
    }

    /// The same, with those that go out behind an answer.
    pub(crate) async fn mails_sent(&self) -> Vec<Mail> {
        self.outbox.emptied().await;
        self.mails()
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

    fn front_desk(&self) -> Result<MutexGuard<'_, State>, StoreError> {
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

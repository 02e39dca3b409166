//! Every port in memory, for this crate's tests: a small world whose clock is moved by hand and whose
//! stores can be broken and wiped.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use time::{OffsetDateTime, macros::datetime};

use crate::{
    access_token::AccessTokens,
    authenticate::Presented,
    confirmation::{
        CODE_LIFETIME, CODE_TRIES, Confirmation, ConfirmationId, MAILS_MAX, NewConfirmation,
        SecretHash,
    },
    email::Email,
    keys::KeyRing,
    mail::Mail,
    member::{Bio, Credentials, DisplayName, Locale, Member, MemberId, Role, Standing},
    password::{HashCost, Password, PasswordHash, PasswordHasher},
    ports::{
        Advance, Checked, Completed, Confirmations, LiveSessions, Look, MailError, Mailer, Members,
        NewSession, Opened, Ports, Sessions, StoreError,
    },
    profile::Profile,
    session::{
        Client, EndReason, LiveSession, Persistence, Salt, SessionId, SessionRow, usual_lifetimes,
    },
    start_session::{IssuedTokens, SignIn, start_session},
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

struct KeptSession {
    new: NewSession,
    created_at: OffsetDateTime,
    generation: u32,
    rotated_at: OffsetDateTime,
    late_replay: Option<u32>,
    ended: Option<EndReason>,
}

struct State {
    now: OffsetDateTime,
    members: HashMap<MemberId, KeptMember>,
    confirmations: Vec<KeptConfirmation>,
    sessions: HashMap<SessionId, KeptSession>,
    live: HashMap<SessionId, Result<LiveSession, EndReason>>,
    mails: Vec<Mail>,
    database_is_broken: bool,
    live_sessions_are_broken: bool,
    mailer_is_broken: bool,
}

/// A world of its own. Cloning shares it.
#[derive(Clone)]
pub(crate) struct InMemory(Arc<Mutex<State>>, PasswordHasher);

impl Default for InMemory {
    fn default() -> Self {
        let cost = HashCost { memory_kib: 16, passes: 1, lanes: 1 };
        let state = State {
            now: noon(),
            members: HashMap::new(),
            confirmations: Vec::new(),
            sessions: HashMap::new(),
            live: HashMap::new(),
            mails: Vec::new(),
            database_is_broken: false,
            live_sessions_are_broken: false,
            mailer_is_broken: false,
        };
        Self(Arc::new(Mutex::new(state)), PasswordHasher::new(cost, 2).unwrap())
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
            sessions: world.clone(),
            live: world.clone(),
            mailer: world,
            hasher: self.1.clone(),
            access_tokens: AccessTokens::new(&key_ring(), PUBLIC_URL, lifetimes.access),
            keys: key_ring(),
            lifetimes,
            public_url: PUBLIC_URL.to_owned(),
            password_min: 15,
        }
    }

    pub(crate) async fn add_member(&self, email: &str, password: &str) -> MemberId {
        let password_hash = self.1.hash(&Password::parse_typed(password).unwrap()).await.unwrap();
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
        let verified_hash = self.state().members[&member_id].password_hash.clone();
        let sign_in = SignIn { member_id, verified_hash, persistence, client: Client::default() };
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

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.state().now
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.state().now += time;
    }

    pub(crate) fn suspend(&self, id: MemberId) {
        self.state().members.get_mut(&id).unwrap().standing = Standing::Suspended;
    }

    pub(crate) fn make_admin(&self, id: MemberId) {
        let mut state = self.state();
        let kept = state.members.get_mut(&id).unwrap();
        kept.member.role = Role::Admin;
        kept.authority_version += 1;
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

    pub(crate) fn break_mailer(&self) {
        self.state().mailer_is_broken = true;
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.state().mails.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
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
impl Members for InMemory {
    async fn credentials(&self, email: &Email) -> Result<Option<Credentials>, StoreError> {
        let state = self.database()?;
        let kept = state.members.values().find(|kept| kept.member.email.is_same_as(email));
        Ok(kept.map(|kept| Credentials {
            member_id: kept.member.id,
            password_hash: kept.password_hash.clone(),
            standing: kept.standing,
            locale: kept.member.locale,
        }))
    }

    async fn find(&self, id: MemberId) -> Result<Option<Member>, StoreError> {
        Ok(self.database()?.members.get(&id).map(|kept| kept.member.clone()))
    }

    async fn update_profile(
        &self,
        id: MemberId,
        profile: &Profile,
    ) -> Result<Option<Member>, StoreError> {
        let mut state = self.database()?;
        Ok(state.members.get_mut(&id).map(|kept| {
            kept.member.display_name = profile.display_name.clone();
            kept.member.bio = profile.bio.clone();
            kept.member.locale = profile.locale;
            kept.member.clone()
        }))
    }

    async fn replace_hash(
        &self,
        id: MemberId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), StoreError> {
        let mut state = self.database()?;
        if let Some(kept) = state.members.get_mut(&id).filter(|kept| kept.password_hash == *old) {
            kept.password_hash = new.clone();
        }
        Ok(())
    }
}

impl KeptConfirmation {
    fn waits(&self, id: ConfirmationId, now: OffsetDateTime) -> bool {
        self.new.id == id && self.expires_at > now
    }

    fn view(&self) -> Confirmation {
        Confirmation {
            id: self.new.id,
            email: self.new.email.clone(),
            locale: self.new.locale,
            password_hash: self.new.password_hash.clone(),
            code: self.code.clone(),
            tries_left: CODE_TRIES - self.tries,
        }
    }
}

#[async_trait]
impl Confirmations for InMemory {
    async fn insert(&self, new: &NewConfirmation) -> Result<(), StoreError> {
        let mut state = self.database()?;
        let expires_at = state.now + CODE_LIFETIME;
        let kept = KeptConfirmation {
            new: new.clone(),
            code: new.code.clone(),
            tries: 0,
            mails: 1,
            expires_at,
        };
        state.confirmations.push(kept);
        Ok(())
    }

    async fn find(&self, id: ConfirmationId) -> Result<Option<Confirmation>, StoreError> {
        let state = self.database()?;
        let now = state.now;
        Ok(state.confirmations.iter().find(|kept| kept.waits(id, now)).map(KeptConfirmation::view))
    }

    async fn spend_try(&self, id: ConfirmationId) -> Result<Option<Confirmation>, StoreError> {
        let mut state = self.database()?;
        let now = state.now;
        let kept = state
            .confirmations
            .iter_mut()
            .find(|kept| kept.waits(id, now) && kept.tries < CODE_TRIES);
        Ok(kept.map(|kept| {
            kept.tries += 1;
            kept.view()
        }))
    }

    async fn renew(
        &self,
        id: ConfirmationId,
        code: &SecretHash,
    ) -> Result<Option<Confirmation>, StoreError> {
        let mut state = self.database()?;
        let now = state.now;
        let kept =
            state.confirmations.iter_mut().find(|kept| kept.new.id == id && kept.mails < MAILS_MAX);
        Ok(kept.map(|kept| {
            kept.mails += 1;
            kept.tries = 0;
            kept.code = code.clone();
            kept.expires_at = now + CODE_LIFETIME;
            kept.view()
        }))
    }

    async fn complete(
        &self,
        id: ConfirmationId,
        member_id: MemberId,
    ) -> Result<Completed, StoreError> {
        let mut state = self.database()?;
        let now = state.now;
        let Some(place) = state.confirmations.iter().position(|kept| kept.waits(id, now)) else {
            return Ok(Completed::Gone);
        };
        let new = state.confirmations.remove(place).new;
        if state.members.values().any(|kept| kept.member.email.is_same_as(&new.email)) {
            return Ok(Completed::AddressTaken);
        }
        let member = Member {
            id: member_id,
            email: new.email,
            display_name: new.display_name,
            bio: Bio::default(),
            locale: new.locale,
            role: Role::Member,
            created_at: now,
        };
        let kept = KeptMember {
            member: member.clone(),
            password_hash: new.password_hash,
            standing: Standing::Active,
            authority_version: 1,
        };
        state.members.insert(member_id, kept);
        Ok(Completed::Member(member))
    }
}

impl State {
    fn row(&self, id: SessionId) -> Option<SessionRow> {
        let kept = self.sessions.get(&id)?;
        let member = self.members.get(&kept.new.member_id)?;
        let absolute_end = kept.created_at + kept.new.absolute_timeout;
        let age = |since: OffsetDateTime| (self.now - since).try_into().unwrap_or(Duration::ZERO);
        Some(SessionRow {
            id,
            member_id: kept.new.member_id,
            role: member.member.role,
            authority_version: member.authority_version,
            salt: Salt(kept.new.salt.0),
            created_at: kept.created_at,
            absolute_end,
            remaining: (absolute_end - self.now).try_into().unwrap_or(Duration::ZERO),
            idle_timeout: kept.new.idle_timeout,
            persistence: kept.new.persistence,
            generation: kept.generation,
            rotated_ago: age(kept.rotated_at),
            seen_ago: age(kept.rotated_at),
            late_replay: kept.late_replay,
            ended: kept.ended,
        })
    }
}

#[async_trait]
impl Sessions for InMemory {
    async fn start(&self, new: &NewSession) -> Result<Option<SessionRow>, StoreError> {
        let mut state = self.database()?;
        let unchanged = state.members.get(&new.member_id).is_some_and(|kept| {
            kept.password_hash == new.verified_hash && kept.standing == Standing::Active
        });
        if !unchanged {
            return Ok(None);
        }
        let now = state.now;
        let kept = KeptSession {
            new: new.clone(),
            created_at: now,
            generation: 1,
            rotated_at: now,
            late_replay: None,
            ended: None,
        };
        state.sessions.insert(new.id, kept);
        Ok(state.row(new.id))
    }

    async fn find(&self, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
        Ok(self.database()?.row(id))
    }

    async fn advance(
        &self,
        id: SessionId,
        generation: u32,
        advance: Advance,
    ) -> Result<bool, StoreError> {
        let mut state = self.database()?;
        let now = state.now;
        let kept = state
            .sessions
            .get_mut(&id)
            .filter(|kept| kept.generation == generation && kept.ended.is_none());
        let Some(kept) = kept else { return Ok(false) };
        kept.rotated_at = now;
        match advance {
            Advance::Rotate => kept.generation += 1,
            Advance::LateReplay => kept.late_replay = Some(generation),
            Advance::Ahead { to } => kept.generation = to,
        }
        Ok(true)
    }

    async fn end(&self, id: SessionId, reason: EndReason) -> Result<Option<EndReason>, StoreError> {
        let mut state = self.database()?;
        Ok(state.sessions.get_mut(&id).map(|kept| *kept.ended.get_or_insert(reason)))
    }
}

#[async_trait]
impl LiveSessions for InMemory {
    async fn open(&self, id: SessionId, session: &LiveSession) -> Result<Opened, StoreError> {
        let mut state = self.front_desk()?;
        match state.live.get(&id) {
            Some(Err(reason)) => return Ok(Opened::Ended(*reason)),
            Some(Ok(kept)) if kept.authority_version > session.authority_version => {}
            Some(Ok(kept)) => {
                let newest_generation = kept.newest_generation.max(session.newest_generation);
                state.live.insert(id, Ok(LiveSession { newest_generation, ..*session }));
            }
            None => {
                state.live.insert(id, Ok(*session));
            }
        }
        Ok(Opened::Live)
    }

    async fn check(&self, id: SessionId, look: Look) -> Result<Checked, StoreError> {
        let mut state = self.front_desk()?;
        Ok(match state.live.get_mut(&id) {
            None => Checked::Absent,
            Some(Err(reason)) => Checked::Ended(*reason),
            Some(Ok(session)) => {
                if let Look::Request { generation } = look {
                    session.newest_generation = session.newest_generation.max(generation);
                }
                Checked::Live { session: *session, idle_left: usual_lifetimes().idle }
            }
        })
    }

    async fn close(&self, id: SessionId, reason: EndReason) -> Result<(), StoreError> {
        self.front_desk()?.live.insert(id, Err(reason));
        Ok(())
    }
}

#[async_trait]
impl Mailer for InMemory {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let mut state = self.state();
        if state.mailer_is_broken {
            return Err(MailError("broken on purpose".into()));
        }
        state.mails.push(mail.clone());
        Ok(())
    }
}

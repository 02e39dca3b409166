//! One store with its ports, and control over time.

use std::{sync::Arc, time::Duration};

use domain::{
    account::{
        email::Email,
        member::{MemberId, Role},
        ports::{Authority, Completed, Confirmations, Members},
    },
    credentials::ports::PasswordResets,
    memory::InMemory,
    session::{
        Client, EndReason, Persistence, Salt, SessionId, SessionRow,
        ports::{EndedQuery, EndedSession, Ends, NewSession, RowUpdate, Sessions, UpdateOutcome},
        rotation::RefreshKind,
    },
};
use server::postgres::{PgAuthority, PgConfirmations, PgMembers, PgPasswordResets, PgSessions};

use super::super::{
    database::{TestDatabase, fresh_database},
    new_confirmation, some_email,
};

/// More sessions than any member has in these tests.
pub(in super::super) const MANY: u32 = 1000;
pub(super) const HOUR: Duration = Duration::from_secs(3600);
/// The greatest age of values written within a test.
pub(super) const FRESH: Duration = Duration::from_secs(60);

/// A store, empty at first.
pub(super) struct World {
    pub(super) sessions: Arc<dyn Sessions>,
    pub(super) members: Arc<dyn Members>,
    pub(super) confirmations: Arc<dyn Confirmations>,
    pub(super) resets: Arc<dyn PasswordResets>,
    pub(super) authority: Arc<dyn Authority>,
    store: Store,
}

enum Store {
    Postgres(TestDatabase),
    Memory(InMemory),
}

impl World {
    pub(super) async fn in_postgres() -> Self {
        let db = fresh_database().await;
        let database = || db.database.clone();
        Self {
            sessions: Arc::new(PgSessions::new(database())),
            members: Arc::new(PgMembers::new(database())),
            confirmations: Arc::new(PgConfirmations::new(database())),
            resets: Arc::new(PgPasswordResets::new(database())),
            authority: Arc::new(PgAuthority::new(database())),
            store: Store::Postgres(db),
        }
    }

    pub(super) async fn in_memory() -> Self {
        let memory = InMemory::default();
        let resources = memory.resources();
        Self {
            sessions: resources.session.rows,
            members: resources.members,
            confirmations: resources.confirmations,
            resets: resources.password_resets,
            authority: resources.authority,
            store: Store::Memory(memory),
        }
    }

    /// Advances time for everything stored.
    pub(super) async fn pass(&self, time: Duration) {
        let db = match &self.store {
            Store::Postgres(db) => db,
            Store::Memory(memory) => return memory.pass(time),
        };
        for older in [
            "update sessions
             set created_at = created_at - make_interval(secs => $1),
                 absolute_end = absolute_end - make_interval(secs => $1),
                 rotated_at = rotated_at - make_interval(secs => $1),
                 last_seen_at = last_seen_at - make_interval(secs => $1),
                 ended_at = ended_at - make_interval(secs => $1)",
            "update confirmations
             set created_at = created_at - make_interval(secs => $1),
                 expires_at = expires_at - make_interval(secs => $1)",
            "update completed_sign_ups
             set completed_at = completed_at - make_interval(secs => $1)",
            "update password_resets
             set created_at = created_at - make_interval(secs => $1),
                 expires_at = expires_at - make_interval(secs => $1)",
        ] {
            sqlx::query(older).bind(time.as_secs_f64()).execute(&db.pool).await.unwrap();
        }
    }

    pub(super) async fn add_member(&self, email: &Email) -> MemberId {
        let new = new_confirmation(email);
        self.confirmations.insert(&new).await.unwrap();
        let completed = self.confirmations.complete(new.id, MemberId::random()).await.unwrap();
        let Completed::Member { member, authority_version: 1 } = completed else {
            panic!("{completed:?}")
        };
        member.id
    }

    /// A member with one session.
    pub(super) async fn started(&self) -> SessionRow {
        let member_id = self.add_member(&some_email()).await;
        self.start(member_id).await
    }

    /// Another session of a member whose authority version has not changed.
    pub(super) async fn start(&self, member_id: MemberId) -> SessionRow {
        self.sessions.start(&new_session(member_id), MANY).await.unwrap().unwrap().row
    }

    pub(super) async fn find(&self, id: SessionId) -> SessionRow {
        self.sessions.find(id).await.unwrap().unwrap().open().unwrap()
    }

    pub(super) async fn ended(&self, id: SessionId) -> Option<EndReason> {
        self.sessions.find(id).await.unwrap().unwrap().ended()
    }

    /// The sessions that ended within five minutes, the earliest first.
    pub(super) async fn ended_lately(
        &self,
        ends: Ends,
        after: Option<EndedSession>,
        limit: u32,
    ) -> Vec<EndedSession> {
        let within = Duration::from_secs(300);
        self.sessions.ended(EndedQuery { ends, within, after, limit }).await.unwrap()
    }

    /// Refreshes a row as it was read, with the token for this kind of refresh.
    pub(super) async fn refresh(&self, row: &SessionRow, kind: RefreshKind) -> UpdateOutcome {
        self.refresh_by(row, kind, &same_browser()).await
    }

    pub(super) async fn refresh_by(
        &self,
        row: &SessionRow,
        kind: RefreshKind,
        client: &Client,
    ) -> UpdateOutcome {
        let presented = presented(row.state.generation, kind);
        self.sessions.advance(RowUpdate { row, kind, presented, client }).await.unwrap()
    }

    pub(super) async fn authority_version(&self, email: &Email) -> i64 {
        self.members.credentials(email).await.unwrap().unwrap().authority_version
    }

    pub(super) async fn make_admin(&self, id: MemberId) {
        assert!(self.authority.set_role(id, Role::Admin).await.unwrap().is_some());
    }
}

/// The token generation that leads to this kind of refresh of a row at `generation`.
pub(super) fn presented(generation: u32, kind: RefreshKind) -> u32 {
    match kind {
        RefreshKind::Rotate | RefreshKind::Renew => generation,
        RefreshKind::Replay | RefreshKind::LateReplay => generation - 1,
        RefreshKind::Ahead => generation + 8,
    }
}

pub(in super::super) fn new_session(member_id: MemberId) -> NewSession {
    NewSession {
        id: SessionId::random(),
        member_id,
        authority_version: 1,
        salt: Salt::random(),
        persistence: Persistence::Browser,
        idle_timeout: Duration::from_secs(1800),
        absolute_timeout: 12 * HOUR,
        client: same_browser(),
    }
}

/// The browser of [`new_session`].
pub(super) fn same_browser() -> Client {
    Client { user_agent: "a browser".into(), ip: Some([192, 0, 2, 7].into()) }
}

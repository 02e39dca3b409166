//! Changes of password, role and standing in Postgres, with the sessions that they end.

use std::time::Duration;

use domain::{
    account::member::{MemberId, Role, Standing},
    ports::{Affected, Authority, EndedQuery, Ends, Members, NewSession, Sessions},
    session::{Client, EndReason, Persistence, Salt, SessionId},
};
use server::postgres::{PgAuthority, PgMembers, PgSessions};

use super::{
    add_member,
    database::{TestDatabase, fresh_database},
    hash, some_email,
};

fn named(sessions: &[SessionId]) -> Option<Affected> {
    Some(Affected { count: sessions.len() as u64, named: sessions.to_vec() })
}

struct World {
    db: TestDatabase,
    authority: PgAuthority,
    sessions: PgSessions,
    member: MemberId,
}

async fn world() -> World {
    let db = fresh_database().await;
    let member = add_member(&db, &some_email()).await;
    World {
        authority: PgAuthority::new(db.pool.clone()),
        sessions: PgSessions::new(db.pool.clone()),
        db,
        member,
    }
}

impl World {
    fn new_session(&self) -> NewSession {
        NewSession {
            id: SessionId::random(),
            member_id: self.member,
            verified_hash: hash("first"),
            salt: Salt::random(),
            persistence: Persistence::Browser,
            idle_timeout: Duration::from_secs(1800),
            absolute_timeout: Duration::from_secs(12 * 3600),
            client: Client { user_agent: "a browser".into(), ip: Some([192, 0, 2, 7].into()) },
        }
    }

    async fn session(&self) -> SessionId {
        self.sessions.start(&self.new_session(), 50).await.unwrap().unwrap().row.id
    }

    async fn ended(&self, id: SessionId) -> Option<EndReason> {
        self.sessions.find(id).await.unwrap().unwrap().ended()
    }

    async fn authority_version(&self) -> i64 {
        sqlx::query_scalar("select authority_version from members")
            .fetch_one(&self.db.pool)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_changed_password_ends_every_session_and_a_stale_one_changes_nothing() {
    let world = world().await;
    let session = world.session().await;
    let change = |old, new| {
        let (authority, member) = (world.authority.clone(), world.member);
        async move { authority.change_password(member, &hash(old), &hash(new)).await.unwrap() }
    };
    assert_eq!(change("other", "second").await, None);
    assert_eq!(world.ended(session).await, None);
    assert_eq!(change("first", "second").await, named(&[session]));
    assert_eq!(world.ended(session).await, Some(EndReason::PasswordChanged));
    assert_eq!(world.authority_version().await, 2);
}

#[tokio::test]
async fn a_change_of_password_also_ends_the_session_of_a_log_in_that_it_waited_for() {
    let world = world().await;
    let new = world.new_session();
    // A log-in that holds the member's row, as `start` does until its session is there.
    let mut log_in = world.db.pool.begin().await.unwrap();
    sqlx::query("select id from members for share").execute(&mut *log_in).await.unwrap();
    sqlx::query(
        "insert into sessions (id, member_id, salt, absolute_end, idle_seconds, remembered)
         values ($1, $2, $3, now() + interval '1 hour', 1800, false)",
    )
    .bind(new.id.0)
    .bind(world.member.0)
    .bind(&new.salt.0[..])
    .execute(&mut *log_in)
    .await
    .unwrap();

    let (authority, member) = (world.authority.clone(), world.member);
    let changing = tokio::spawn(async move {
        authority.change_password(member, &hash("first"), &hash("second")).await
    });
    let waits = "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&world.db.pool).await.unwrap() == 0 {
        assert!(!changing.is_finished(), "the change did not wait");
    }
    log_in.commit().await.unwrap();
    assert_eq!(changing.await.unwrap().unwrap(), named(&[new.id]));
    assert_eq!(world.ended(new.id).await, Some(EndReason::PasswordChanged));
}

#[tokio::test]
async fn a_suspension_ends_every_session_and_a_reinstatement_none() {
    let world = world().await;
    let session = world.session().await;
    let ended = world.authority.set_standing(world.member, Standing::Suspended).await.unwrap();
    assert_eq!(ended, named(&[session]));
    assert_eq!(world.ended(session).await, Some(EndReason::Suspended));
    assert!(world.sessions.start(&world.new_session(), 50).await.unwrap().is_none());
    let ended = world.authority.set_standing(world.member, Standing::Active).await.unwrap();
    assert_eq!(ended, named(&[]));
    assert_eq!(world.authority_version().await, 3);
    world.session().await;
    let nobody = world.authority.set_standing(MemberId::random(), Standing::Suspended).await;
    assert_eq!(nobody.unwrap(), None);
}

#[tokio::test]
async fn a_changed_role_raises_the_authority_version_and_names_the_open_sessions() {
    let world = world().await;
    let (open, over) = (world.session().await, world.session().await);
    world.sessions.end(over, EndReason::Logout).await.unwrap();
    let told = world.authority.set_role(world.member, Role::Admin).await.unwrap();
    assert_eq!(told, named(&[open]));
    assert_eq!(world.authority_version().await, 2);
    let row = world.sessions.find(open).await.unwrap().unwrap().open().unwrap();
    assert_eq!((row.role, row.authority_version), (Role::Admin, 2));
    let nobody = world.authority.set_role(MemberId::random(), Role::Admin).await.unwrap();
    assert_eq!(nobody, None);
}

#[tokio::test]
async fn of_a_deleted_members_sessions_only_the_end_is_left() {
    let world = world().await;
    let session = world.session().await;
    assert_eq!(world.authority.delete(world.member, &hash("other")).await.unwrap(), None);
    let ended = world.authority.delete(world.member, &hash("first")).await.unwrap();
    assert_eq!(ended, named(&[session]));
    assert_eq!(world.ended(session).await, Some(EndReason::Deleted));
    assert!(PgMembers::new(world.db.pool.clone()).find(world.member).await.unwrap().is_none());
    let traces: i64 = sqlx::query_scalar(
        "select count(*) from sessions
         where member_id is not null or user_agent <> '' or ip is not null",
    )
    .fetch_one(&world.db.pool)
    .await
    .unwrap();
    assert_eq!(traces, 0);
    let within = Duration::from_secs(60);
    let query = EndedQuery { ends: Ends::Unclosed, within, after: None, limit: 10 };
    let lately = world.sessions.ended(query).await.unwrap();
    assert_eq!(lately.len(), 1);
    assert_eq!((lately[0].id, lately[0].reason), (session, EndReason::Deleted));
}

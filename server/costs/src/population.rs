//! The members, session rows and live sessions that fill the stores.

use std::ops::Range;

use anyhow::{Result, anyhow};
use domain::{
    account::member::MemberId,
    session::{Salt, SessionId},
};
use fred::interfaces::LuaInterface;
use measuring::client::Connection;
use serde::Serialize;
use sqlx::{Connection as _, PgConnection, Row as _, postgres::PgRow};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    instance::Program,
    requests::{Kind, log_in},
    stores::Stores,
};

/// The password of every member.
pub const PASSWORD: &str = "a tree by the gate";
/// The first member, whose password hash and live session are copied for the others.
const FIRST_EMAIL: &str = "hana@example.com";
/// The most members that requests are sent for.
const SAMPLED_MAX: i64 = 10_000;
/// The most arguments of one script.
const BATCH: usize = 1000;

/// Copies a live session under keys of the same length, with numbers from `ARGV[1]` on, until there are `ARGV[2]` keys.
const FILL: &str = "
    local number = tonumber(ARGV[1])
    while redis.call('dbsize') < tonumber(ARGV[2]) do
        redis.call('copy', KEYS[1], string.format('session:{%08x-0000-7000-8000-%012x}', number, number))
        number = number + 1
    end";
/// Copies a live session for other sessions and members.
const SIGN_IN: &str = "
    for index = 1, #ARGV, 2 do
        local key = 'session:{' .. ARGV[index] .. '}'
        redis.call('copy', KEYS[1], key)
        redis.call('hset', key, 'member', ARGV[index + 1], 'seen', 1)
    end";

/// A member, and an open session of theirs that is live and was never refreshed.
pub struct Subject {
    pub member_id: MemberId,
    pub session_id: SessionId,
    pub salt: Salt,
    pub absolute_end: OffsetDateTime,
    pub email: String,
}

impl Subject {
    fn read(row: &PgRow) -> Result<Self> {
        let salt: Vec<u8> = row.try_get("salt")?;
        Ok(Self {
            member_id: MemberId(row.try_get("member_id")?),
            session_id: SessionId(row.try_get("session_id")?),
            salt: Salt(salt.try_into().map_err(|_| anyhow!("a salt has 16 bytes"))?),
            absolute_end: row.try_get("absolute_end")?,
            email: row.try_get("email")?,
        })
    }
}

/// Members that requests are sent for, nobody in two lists: the writes of one kind of request then change nothing for
/// another.
pub struct Sample {
    logging_in: Vec<Subject>,
    reading: Vec<Subject>,
    /// One list for each load, because within the grace period a session rotates once
    pub refreshing: [Vec<Subject>; 2],
}

impl Sample {
    fn split(mut all: Vec<Subject>) -> Self {
        let share = all.len() / 4;
        let mut take = || all.split_off(all.len().saturating_sub(share));
        Self { logging_in: take(), reading: take(), refreshing: [take(), take()] }
    }

    /// The members that send this kind of request again and again.
    pub fn repeating(&self, kind: Kind) -> &[Subject] {
        if kind == Kind::LogIn { &self.logging_in } else { &self.reading }
    }
}

/// What one of each takes in its store.
#[derive(Serialize)]
pub struct Space {
    pub member: Row,
    pub session: Row,
    pub live_session_bytes: f64,
}

/// A row, with its share of what the table needs besides.
#[derive(Serialize)]
pub struct Row {
    pub table_bytes: f64,
    pub index_bytes: f64,
}

pub struct Population<'a> {
    stores: &'a Stores,
    /// A connection with its own settings
    database: PgConnection,
    /// The key of the first member's live session
    live_session: String,
    password_hash: String,
    members: u32,
}

impl<'a> Population<'a> {
    /// Adds the first member by the server's own command, and has them log in.
    pub async fn begin(stores: &'a Stores, database_url: &str, program: &Program) -> Result<Self> {
        program.seed(FIRST_EMAIL, PASSWORD)?;
        let server = program.start(1)?;
        let [address, ..] = server.addresses()[..] else { unreachable!("one was started") };
        Connection::open(address).await?.ask(&log_in(FIRST_EMAIL)).await?;

        let mut database = PgConnection::connect(database_url).await?;
        prepare(&mut database).await?;
        let session: Uuid =
            sqlx::query_scalar("select id from sessions").fetch_one(&mut database).await?;
        let password_hash = sqlx::query_scalar("select password_hash from members")
            .fetch_one(&mut database)
            .await?;
        let live_session = format!("session:{{{session}}}");
        Ok(Self { stores, database, live_session, password_hash, members: 0 })
    }

    /// Adds members until there are that many besides the first, with five sessions each, one of them live. Returns
    /// what they take, and some of them.
    pub async fn grow_to(&mut self, members: u32) -> Result<(Space, Sample)> {
        let numbers = self.members..members;
        add_rows(&mut self.database, numbers, &self.password_hash).await?;
        for statement in ["vacuum (analyze) members", "vacuum (analyze) sessions", "checkpoint"] {
            sqlx::raw_sql(statement).execute(&mut self.database).await?;
        }

        let keys_before = self.stores.redis_keys().await?;
        let memory_before = self.stores.redis_memory().await?;
        let sample = self.sample().await?;
        self.run(FILL, vec![self.members.to_string(), members.to_string()]).await?;
        let memory = self.stores.redis_memory().await?.saturating_sub(memory_before);
        let keys = self.stores.redis_keys().await? - keys_before;
        self.members = members;
        let space = Space {
            member: self.bytes_of("members").await?,
            session: self.bytes_of("sessions").await?,
            live_session_bytes: memory as f64 / keys as f64,
        };
        Ok((space, sample))
    }

    /// Some members, chosen at random, whose sessions are live from now on.
    pub async fn sample(&mut self) -> Result<Sample> {
        let rows = sqlx::query(
            "select member.id as member_id, session.id as session_id, salt, absolute_end, email
             from (select id, email from members where email <> $1 order by random() limit $2) as member
             join lateral (
                 select id, salt, absolute_end, generation
                 from sessions
                 where member_id = member.id and ended_at is null and not remembered
                 order by created_at
                 limit 1
             ) as session on generation = 1",
        )
        .bind(FIRST_EMAIL)
        .bind(SAMPLED_MAX)
        .fetch_all(&mut self.database)
        .await?;
        let all = rows.iter().map(Subject::read).collect::<Result<Vec<_>>>()?;
        for some in all.chunks(BATCH) {
            let ids =
                some.iter().flat_map(|it| [it.session_id.to_string(), it.member_id.to_string()]);
            self.run(SIGN_IN, ids.collect()).await?;
        }
        Ok(Sample::split(all))
    }

    async fn run(&self, script: &str, arguments: Vec<String>) -> Result<()> {
        Ok(self.stores.redis.eval(script, self.live_session.as_str(), arguments).await?)
    }

    /// Bytes of a row of the table, with everything that the table needs.
    async fn bytes_of(&mut self, table: &str) -> Result<Row> {
        let sizes = format!(
            "select count(*), pg_table_size('{table}'), pg_indexes_size('{table}') from {table}"
        );
        let (rows, table, indexes): (i64, i64, i64) =
            sqlx::query_as(sqlx::AssertSqlSafe(sizes)).fetch_one(&mut self.database).await?;
        let each = |bytes: i64| bytes as f64 / rows as f64;
        Ok(Row { table_bytes: each(table), index_bytes: each(indexes) })
    }
}

async fn prepare(database: &mut PgConnection) -> Result<()> {
    sqlx::raw_sql(include_str!("prepare.sql")).execute(database).await?;
    Ok(())
}

/// Adds members with these numbers, and their sessions.
async fn add_rows(
    database: &mut PgConnection,
    numbers: Range<u32>,
    password_hash: &str,
) -> Result<()> {
    sqlx::query(include_str!("grow.sql"))
        .bind(i64::from(numbers.start))
        .bind(i64::from(numbers.end))
        .bind(password_hash)
        .execute(database)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::env;

    use anyhow::Context;
    use sqlx::{Postgres, migrate::MigrateDatabase};

    use super::*;

    async fn migrated_database() -> Result<PgConnection> {
        let url = env::var("DATABASE_URL").context("run `cargo xtask test unit`")?;
        let (server, _) = url.rsplit_once('/').context("DATABASE_URL names a database")?;
        let url = format!("{server}/costs_{}", Uuid::new_v4().simple());
        Postgres::create_database(&url).await?;
        let mut database = PgConnection::connect(&url).await?;
        sqlx::migrate!("../../migrations").run(&mut database).await?;
        Ok(database)
    }

    #[tokio::test]
    async fn each_member_has_three_ended_sessions_one_remembered_and_one_in_use() -> Result<()> {
        let mut database = migrated_database().await?;
        prepare(&mut database).await?;
        for numbers in [0..3, 3..5] {
            add_rows(&mut database, numbers, "$argon2id$").await?;
        }
        let counts = "
            select
                count(*) filter (where ended_at is not null),
                count(*) filter (where ended_at is null and remembered),
                count(*) filter (where ended_at is null and not remembered and generation = 1)
            from members
            left join sessions on member_id = members.id
            group by members.id";
        let counts: Vec<(i64, i64, i64)> = sqlx::query_as(counts).fetch_all(&mut database).await?;
        assert_eq!(counts, [(3, 1, 1); 5]);
        Ok(())
    }
}

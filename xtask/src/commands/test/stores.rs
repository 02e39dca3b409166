//! The adapters' own tests, once more on stores that a site may have and that are not the installed ones.

use anyhow::Result;

use crate::os::process;
use crate::os::progress::note;
use crate::packages::SERVER;
use crate::stores::pgbouncer::{PgBouncer, PoolMode};
use crate::stores::{Durability, Stores, versions};

/// Tests of what is kept in Redis.
const IN_REDIS: &[&str] =
    &["stores::live_sessions::redis", "stores::limits", "stores::mailbox", "filling"];
/// The same behind a sentinel and in a cluster, which take longer: on the newest version alone.
const IN_SEVERAL: &[&str] = &["stores::live_sessions::sentinel", "stores::live_sessions::cluster"];
/// Tests of what is kept in Postgres, except migrations, which no pooler may come between.
const IN_POSTGRES: &[&str] = &[
    "stores::authority",
    "stores::confirmations",
    "stores::live_sessions::postgres",
    "stores::members",
    "stores::password_resets",
    "stores::rows",
    "stores::sessions",
    "stores::visitor_records",
];

pub(crate) fn test() -> Result<()> {
    let stores = Stores::start(Durability::Throwaway)?;
    for (age, version) in versions::ALL.iter().enumerate() {
        let Some(program) = version.ensure()? else { continue };
        note(version.name);
        let (_server, url) = stores.start_redis(&program)?;
        let servers = [("REDIS_URL", url.as_str()), ("REDIS_SERVER", &program.to_string_lossy())];
        let further = if age == 0 { IN_SEVERAL } else { &[] };
        run(&stores, &servers, &[IN_REDIS, further].concat())?;
    }

    let Some(pgbouncer) = PgBouncer::ensure()? else {
        note("PgBouncer is skipped: it is not installed");
        return Ok(());
    };
    for mode in [PoolMode::Session, PoolMode::Transaction] {
        if mode == PoolMode::Transaction && !pgbouncer.follows_statements() {
            let (major, minor) = pgbouncer.version;
            note(&format!(
                "PgBouncer's transaction mode is skipped: {major}.{minor} does not follow prepared statements, 1.21 does"
            ));
            continue;
        }
        note(&format!("PgBouncer, {mode:?} mode"));
        let (_server, url) = stores.start_pgbouncer(&pgbouncer, mode)?;
        run(&stores, &[("REDIS_URL", &stores.redis_url()), ("POOLER_URL", &url)], IN_POSTGRES)?;
    }
    Ok(())
}

fn run(stores: &Stores, servers: &[(&str, &str)], tests: &[&str]) -> Result<()> {
    let mut command = process::cargo();
    command.args(["test", "--locked", "--quiet", "--no-fail-fast"]).args(SERVER);
    command.args(["--test", "it", "--"]).args(tests);
    command.env("DATABASE_URL", stores.database_url("postgres")).envs(servers.iter().copied());
    process::run("cargo test", &mut command)
}

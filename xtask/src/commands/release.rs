//! `cargo xtask keep-release`: records this version's queries and migrations in `server/previous_release`, against which
//! the next version's tables are tested.

use std::fs;

use anyhow::{Context, Result};

use crate::os::progress::step;
use crate::workspace;

pub(crate) fn keep() -> Result<()> {
    step("Recording this version in server/previous_release", || {
        let server = workspace::root().join("server");
        let record = server.join("previous_release");
        let queries = record.join("queries");
        fs::remove_dir_all(&queries).context("cannot remove the previous release's queries")?;
        fs::create_dir(&queries)?;
        for query in fs::read_dir(server.join(".sqlx"))? {
            let query = query?;
            fs::copy(query.path(), queries.join(query.file_name()))?;
        }
        let mut migrations = Vec::new();
        for migration in fs::read_dir(workspace::root().join("migrations"))? {
            migrations.push(format!("{}\n", migration?.file_name().display()));
        }
        migrations.sort();
        fs::write(record.join("migrations.txt"), migrations.concat())
            .context("cannot write server/previous_release")
    })
}

//! What scripts and browsers do to some of the approaches, and the report as a page: `end2end/lab`, in Chromium.

use std::path::Path;

use anyhow::Result;

use super::stores::Stores;
use crate::os::{ports::Block, process};
use crate::tools::playwright;

/// The instances that the tests start, as in `end2end/lab/approaches.ts`.
const INSTANCES: usize = 4;

pub(super) fn test(program: &Path, stores: &Stores<'_>, ports: &mut Block) -> Result<()> {
    let mut command = playwright::test(&["--config", "lab/playwright.config.ts"])?;
    stores.configure(&mut command);
    let ports: Vec<_> =
        (0..INSTANCES).map(|_| Ok(ports.take()?.to_string())).collect::<Result<_>>()?;
    command.env("LAB", program).env("PORTS", ports.join(","));
    process::run("playwright (lab)", &mut command)
}

//! Playwright, with its packages and its browser.

use std::process::Command;

use anyhow::Result;
use nix::sys::signal::Signal;

use super::{chromium, node};
use crate::os::process;
use crate::workspace;

/// `playwright test` with these arguments, in the folder of the browser tests. Installs what it needs.
pub(crate) fn test(arguments: &[&str]) -> Result<Command> {
    node::install_packages(&workspace::end2end())?;
    let chromium = chromium::find_or_install()?;
    // At the lowest priority, below the servers and stores: on few processors, browsers must not delay Redis beyond its
    // timeout. Playwright itself, not `npx`, which does not forward signals. SIGINT makes it close its browsers.
    let program = workspace::end2end().join("node_modules/.bin/playwright");
    let mut command = process::leashed("nice", Signal::SIGINT);
    command.args(["-n", "19"]).arg(program).arg("test").args(arguments);
    command.current_dir(workspace::end2end());
    command.envs(chromium.map(|file| ("CHROMIUM_PATH", file)));
    Ok(command)
}

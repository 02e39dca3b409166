//! What an instance is started with.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::site::{self, Built};

/// A program and its environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cluster) struct Setup {
    pub(in crate::cluster) program: PathBuf,
    variables: BTreeMap<String, OsString>,
}

impl Setup {
    /// The settings of an instance behind one balancer, without its stores.
    pub(in crate::cluster) fn new(built: &Built, address: &str) -> Result<Self> {
        let mut setup = Self { program: built.program.clone(), variables: BTreeMap::new() };
        setup.set("PUBLIC_URL", address);
        setup.set("SECRET_KEYS", site::new_key_by(&setup.program)?);
        setup.set("TRUSTED_HOPS", "1");
        setup.set("DEV_MAILBOX", "on");
        for (name, value) in built.variables() {
            setup.set(name, value);
        }
        Ok(setup)
    }

    pub(in crate::cluster) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.to_str()
    }

    pub(in crate::cluster) fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.variables.insert(name.to_owned(), value.into());
    }

    pub(in crate::cluster) fn remove(&mut self, name: &str) {
        self.variables.remove(name);
    }

    /// The program with this environment and no other.
    pub(in crate::cluster) fn command(&self) -> Command {
        let mut command = site::program(&self.program);
        command.envs(&self.variables);
        command
    }
}

//! Which settings `cargo xtask dev` serves with. A variable that is set in the environment wins, then a line in
//! `.env`, then a default; the defaults are written to `.env`, so that `cargo leptos watch` works by itself.
//!
//! A line that somebody edited is never changed. A line that an earlier run wrote is, when it no longer holds
//! (a port is taken): ours are told by their values, so `.env` and `.genkan` may be deleted independently.

use std::env;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::env_file::EnvFile;
use crate::ports;
use crate::postgres;
use crate::progress::note;
use crate::redis;
use crate::workspace;

const DEFAULT_PORT: u16 = 3000;
const INTRODUCTION: &str = "\
Written by `cargo xtask dev`. Edit it as you like: your own values are kept.
A store's URL that this program wrote is replaced when it has to move to another port; any other URL is used as it is.";

/// The settings, as they are found and made.
pub(crate) struct DevSettings {
    file: EnvFile,
    port: u16,
}

/// Where a store comes from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// Somebody else's, at the URL in the environment or in `.env`.
    Given,
    /// A private one, to be started on this port if it is free.
    Private { preferred_port: u16 },
}

impl DevSettings {
    /// Reads `.env` and settles the ports.
    ///
    /// # Errors
    /// `.env` cannot be read, or `PORT` is set in the environment to one that is taken or no number.
    pub(crate) fn load() -> Result<Self> {
        let mut file = EnvFile::load(&workspace::root().join(".env"))?;
        file.introduce(INTRODUCTION);
        let mut settings = Self { file, port: DEFAULT_PORT };
        settings.settle_ports()?;
        if settings.get("SMTP_URL").is_none() {
            settings.default("DEV_MAILBOX", "on");
        }
        Ok(settings)
    }

    /// The value in the environment, else in `.env`.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        env::var(name)
            .ok()
            .filter(|value| !value.is_empty())
            .or_else(|| self.file.get(name))
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn postgres(&self) -> Store {
        store(self.get("DATABASE_URL"), postgres::private_port, postgres::PREFERRED_PORT)
    }

    pub(crate) fn redis(&self) -> Store {
        store(self.get("REDIS_URL"), redis::private_port, redis::PREFERRED_PORT)
    }

    /// Sets a line in `.env`.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.file.set(name, value);
    }

    /// Writes `.env`.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn save(&self) -> Result<()> {
        self.file.save(&workspace::root().join(".env"))
    }

    /// The port that the site is served on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Where the site is for a browser.
    pub(crate) fn public_url(&self) -> String {
        self.get("PUBLIC_URL").unwrap_or_else(|| public_url(self.port))
    }

    /// Hands the settings that this program knows about to a program that may look at the environment only.
    pub(crate) fn apply(&self, command: &mut Command) {
        for name in [
            "DATABASE_URL",
            "REDIS_URL",
            "SECRET_KEYS",
            "PORT",
            "PUBLIC_URL",
            "DEV_MAILBOX",
            "LISTEN",
            "PRIVATE_NETWORK",
            "LEPTOS_SITE_ADDR",
            "LEPTOS_RELOAD_PORT",
        ] {
            if let Some(value) = self.get(name) {
                command.env(name, value);
            }
        }
    }

    fn default(&mut self, name: &str, value: &str) {
        if self.get(name).is_none() {
            self.file.set(name, value);
        }
    }

    fn settle_ports(&mut self) -> Result<()> {
        let written = parse_port(self.file.get("PORT"))?.unwrap_or(DEFAULT_PORT);
        self.port = match parse_port(env::var("PORT").ok())? {
            Some(port) => require_free(port)?,
            None => ports::free_from(written)?,
        };
        if self.port != written {
            note(&format!("Serving on port {}, not {written}.", self.port));
        }

        self.file.set("PORT", &self.port.to_string());
        self.replace("LEPTOS_SITE_ADDR", &site_address(written), &site_address(self.port));
        self.replace("PUBLIC_URL", &public_url(written), &public_url(self.port));
        if env::var_os("LEPTOS_RELOAD_PORT").is_none() {
            let reload = ports::free_from(self.port.saturating_add(1))?;
            self.file.set("LEPTOS_RELOAD_PORT", &reload.to_string());
        }
        Ok(())
    }

    /// Sets what is not set, and what still has the value that this program once gave it.
    fn replace(&mut self, name: &str, written_by_us: &str, value: &str) {
        match self.get(name) {
            Some(current) if current != written_by_us => {}
            _ => self.file.set(name, value),
        }
    }
}

fn store(url: Option<String>, private_port: fn(&str) -> Option<u16>, preferred_port: u16) -> Store {
    match url {
        None => Store::Private { preferred_port },
        Some(url) => match private_port(&url) {
            Some(port) => Store::Private { preferred_port: port },
            None => Store::Given,
        },
    }
}

fn parse_port(text: Option<String>) -> Result<Option<u16>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let port = text.parse().with_context(|| format!("PORT is {text:?}, which is no port"))?;
    Ok(Some(port))
}

fn require_free(port: u16) -> Result<u16> {
    if !ports::is_free(port) {
        bail!("PORT is set to {port}, and something listens there already");
    }
    Ok(port)
}

fn site_address(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

fn public_url(port: u16) -> String {
    format!("http://localhost:{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_of_ours_remembers_its_port_and_any_other_is_used_as_it_is() {
        let ours = Some("redis://127.0.0.1:63801".to_owned());
        assert_eq!(store(ours, redis::private_port, 1), Store::Private { preferred_port: 63_801 });
        let given = Some("redis://cache.example".to_owned());
        assert_eq!(store(given, redis::private_port, 1), Store::Given);
        assert_eq!(store(None, redis::private_port, 7), Store::Private { preferred_port: 7 });
    }
}

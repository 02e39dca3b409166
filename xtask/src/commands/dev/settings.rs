//! The settings of `cargo xtask dev`: from the environment, else from `.env`, else a default. Defaults are written to
//! `.env`, where the server and `cargo leptos watch` read them.
//!
//! A line that the developer edited is never changed. A line from an earlier run, recognised by its value, is changed
//! if it no longer works (its port is taken). So `.env` and `.genkan` may be deleted independently.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;

use anyhow::{Context, Result, bail};

use crate::os::ports;
use crate::os::progress::note;
use crate::workspace;

const DEFAULT_PORT: u16 = 3000;
const INTRODUCTION: &str = "\
# Written by `cargo xtask dev`. Edit it as you like: your own values are kept.
# A store's URL that this program wrote is replaced when it has to move to another port; any other URL is used as it is.
";

/// The contents of `.env`, and the port to serve on.
pub(crate) struct Settings {
    text: String,
    pub(crate) port: u16,
}

/// The URL of a private store, with the first port to try.
pub(crate) struct PrivateUrl {
    pub(crate) variable: &'static str,
    around_port: [&'static str; 2],
    first_port: u16,
}

pub(crate) const POSTGRES: PrivateUrl = PrivateUrl {
    variable: "DATABASE_URL",
    around_port: ["postgres://genkan@127.0.0.1:", "/genkan"],
    first_port: 54_329,
};
pub(crate) const REDIS: PrivateUrl = PrivateUrl {
    variable: "REDIS_URL",
    around_port: ["redis://127.0.0.1:", ""],
    first_port: 63_799,
};

impl PrivateUrl {
    pub(crate) fn with(&self, port: u16) -> String {
        self.around_port.join(&port.to_string())
    }

    /// The port in a URL that an earlier run wrote.
    fn port_in(&self, url: &str) -> Option<u16> {
        let [before, after] = self.around_port;
        let port = url.strip_prefix(before)?.strip_suffix(after)?;
        let tried = self.first_port..self.first_port + ports::TRIED;
        port.parse().ok().filter(|port| tried.contains(port))
    }
}

impl Settings {
    /// Reads `.env` and chooses the ports.
    ///
    /// # Errors
    /// `.env` cannot be read, or `PORT` in the environment is not a number or is taken.
    pub(crate) fn load() -> Result<Self> {
        let text = match fs::read_to_string(workspace::root().join(".env")) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => INTRODUCTION.to_owned(),
            Err(error) => return Err(error).context("cannot read .env"),
        };
        let mut settings = Self { text, port: DEFAULT_PORT };
        settings.settle_ports()?;
        if settings.get("SMTP_URL").is_none() && settings.get("DEV_MAILBOX").is_none() {
            settings.set("DEV_MAILBOX", "on");
        }
        Ok(settings)
    }

    /// The value from the environment, else from `.env`.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let set = |value: &String| !value.is_empty();
        env::var(name).ok().filter(set).or_else(|| self.line(name).filter(set))
    }

    /// The port to try first for a private store; `None` if the developer has set another URL.
    pub(crate) fn port_of_private(&self, url: &PrivateUrl) -> Option<u16> {
        self.get(url.variable).map_or(Some(url.first_port), |set| url.port_in(&set))
    }

    /// Sets `name` in `.env`, in its existing line or at the end. Other lines stay unchanged.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let new = format!("{name}={value}");
        let sets_it = |line: &&mut &str| {
            let assignment = line.trim_start().trim_start_matches("export ").split_once('=');
            assignment.is_some_and(|(found, _)| found.trim() == name)
        };
        let mut lines: Vec<&str> = self.text.lines().collect();
        match lines.iter_mut().find(sets_it) {
            Some(line) => *line = &new,
            None => lines.push(&new),
        }
        self.text = lines.join("\n") + "\n";
    }

    /// Writes `.env` atomically, readable only by its owner because it contains keys.
    pub(crate) fn save(&self) -> Result<()> {
        let (file, new) = (workspace::root().join(".env"), workspace::root().join(".env.new"));
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)
            .and_then(|mut open| open.write_all(self.text.as_bytes()))
            .and_then(|()| fs::rename(&new, &file))
            .context("cannot write .env")
    }

    /// The value in `.env`, read as the server does: the first line with a name counts.
    fn line(&self, name: &str) -> Option<String> {
        let lines = dotenvy::from_read_iter(self.text.as_bytes());
        lines.flatten().find_map(|(found, value)| (found == name).then_some(value))
    }

    fn settle_ports(&mut self) -> Result<()> {
        let written = parse_port(self.line("PORT"))?.unwrap_or(DEFAULT_PORT);
        self.port = match parse_port(env::var("PORT").ok())? {
            Some(port) if ports::is_free(port) => port,
            Some(port) => bail!("PORT is set to {port}, and something listens there already"),
            None => ports::free_from(written)?,
        };
        if self.port != written {
            note(&format!("Serving on port {}, not {written}.", self.port));
        }
        self.set("PORT", &self.port.to_string());
        for (name, host) in [("LEPTOS_SITE_ADDR", "127.0.0.1"), ("PUBLIC_URL", "http://localhost")]
        {
            // Set unless the developer has chosen a value.
            if self.get(name).is_none_or(|value| value == format!("{host}:{written}")) {
                self.set(name, &format!("{host}:{}", self.port));
            }
        }
        if env::var_os("LEPTOS_RELOAD_PORT").is_none() {
            let reload = ports::free_from(self.port.saturating_add(1))?;
            self.set("LEPTOS_RELOAD_PORT", &reload.to_string());
        }
        Ok(())
    }
}

fn parse_port(text: Option<String>) -> Result<Option<u16>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    text.parse().map(Some).with_context(|| format!("PORT is {text:?}, which is not a port"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_written_by_this_program_count_as_private() {
        assert_eq!(POSTGRES.port_in(&POSTGRES.with(54_330)), Some(54_330));
        assert_eq!(POSTGRES.port_in("postgres://genkan@127.0.0.1:5432/genkan"), None);
        assert_eq!(POSTGRES.port_in("postgres://genkan@127.0.0.1:54329/other"), None);
        assert_eq!(POSTGRES.port_in("postgres://genkan:secret@db.example:54329/genkan"), None);
        assert_eq!(REDIS.port_in(&REDIS.with(63_801)), Some(63_801));
        assert_eq!(REDIS.port_in("redis://127.0.0.1:6379"), None);
        assert_eq!(REDIS.port_in("redis://127.0.0.1:63799/1"), None);
    }

    #[test]
    fn setting_a_name_changes_only_its_first_line() {
        let text = "# mine\n#PORT=1\nexport PORT=3000\nA=debug # loud\nPORT=3001\n".to_owned();
        let mut settings = Settings { text, port: 1 };
        assert_eq!(settings.line("PORT").as_deref(), Some("3000"));
        settings.set("PORT", "3002");
        settings.set("DEV_MAILBOX", "on");
        let expected = "# mine\n#PORT=1\nPORT=3002\nA=debug # loud\nPORT=3001\nDEV_MAILBOX=on\n";
        assert_eq!(settings.text, expected);
    }
}

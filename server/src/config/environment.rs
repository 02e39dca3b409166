//! Reads single values from the environment, and words the errors.

use std::{borrow::Cow, fmt, fs, str::FromStr, time::Duration};

use url::Url;

/// Ten years; beyond that a number of seconds is a mistake.
const LONGEST_SECONDS: u64 = 10 * 366 * 24 * 3600;

/// A problem of the environment, as a sentence that begins with the variable's name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {problem}.")]
pub struct ConfigError {
    variable: Cow<'static, str>,
    problem: String,
}

pub(super) fn bad(
    variable: impl Into<Cow<'static, str>>,
    problem: impl Into<String>,
) -> ConfigError {
    ConfigError { variable: variable.into(), problem: problem.into() }
}

/// A value that is never printed.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
#[debug("Secret(redacted)")]
pub struct Secret(String);

impl Secret {
    /// The value, for its intended use only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<Url> for Secret {
    fn from(url: Url) -> Self {
        Self(url.into())
    }
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// `on`
    On,
    /// `off`
    Off,
}

/// The environment, and how its values are read.
pub(super) struct Environment<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Environment<'a> {
    pub(super) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup }
    }

    pub(super) fn text(&self, variable: &str) -> Option<String> {
        (self.lookup)(variable).map(|raw| raw.trim().to_owned()).filter(|raw| !raw.is_empty())
    }

    pub(super) fn required(
        &self,
        variable: &'static str,
        hint: &str,
    ) -> Result<String, ConfigError> {
        self.text(variable).ok_or_else(|| bad(variable, format!("is missing: {hint}")))
    }

    /// A secret: the variable's value, or the content of the file that `<variable>_FILE` names.
    pub(super) fn secret(&self, variable: &'static str) -> Result<Option<String>, ConfigError> {
        let in_file = format!("{variable}_FILE");
        match (self.text(variable), self.text(&in_file)) {
            (text, None) => Ok(text),
            (Some(_), Some(_)) => {
                Err(bad(in_file, format!("cannot be set together with {variable}")))
            }
            (None, Some(path)) => match fs::read_to_string(path) {
                Ok(held) if held.trim().is_empty() => Err(bad(in_file, "names an empty file")),
                Ok(held) => Ok(Some(held.trim().to_owned())),
                Err(error) => Err(bad(in_file, format!("cannot be read: {}", error.kind()))),
            },
        }
    }

    pub(super) fn required_secret(
        &self,
        variable: &'static str,
        hint: &str,
    ) -> Result<String, ConfigError> {
        self.secret(variable)?.ok_or_else(|| bad(variable, format!("is missing: {hint}")))
    }

    pub(super) fn url(&self, variable: &'static str, schemes: &[&str]) -> Result<Url, ConfigError> {
        let raw = self.required_secret(variable, "`cargo xtask dev` sets it for development")?;
        // The parser's message could quote the password.
        let url = Url::parse(&raw).ok().filter(|url| schemes.contains(&url.scheme()));
        url.ok_or_else(|| {
            bad(variable, format!("must be a URL that begins with {}://", schemes[0]))
        })
    }

    pub(super) fn number<T>(
        &self,
        variable: &'static str,
        default: T,
        least: T,
        most: T,
    ) -> Result<T, ConfigError>
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        let Some(raw) = self.text(variable) else { return Ok(default) };
        raw.parse()
            .ok()
            .filter(|number| *number >= least && *number <= most)
            .ok_or_else(|| bad(variable, format!("must be a number from {least} to {most}")))
    }

    pub(super) fn seconds(
        &self,
        variable: &'static str,
        default: u64,
    ) -> Result<Duration, ConfigError> {
        self.number(variable, default, 1, LONGEST_SECONDS).map(Duration::from_secs)
    }

    pub(super) fn switch(
        &self,
        variable: &'static str,
        default: Switch,
    ) -> Result<Switch, ConfigError> {
        match self.text(variable).as_deref() {
            None => Ok(default),
            Some("on") => Ok(Switch::On),
            Some("off") => Ok(Switch::Off),
            Some(_) => Err(bad(variable, "must be on or off")),
        }
    }

    /// Returns whether there may be other instances, now or soon, as on Cloud Run, which sets `K_SERVICE`.
    pub(super) fn runs_as_many(&self) -> bool {
        self.text("K_SERVICE").is_some()
    }
}

/// Refuses a URL with a parameter that nothing reads: some libraries log its value.
pub(super) fn refuse_unknown_parameters(
    variable: &'static str,
    url: &Url,
    is_known: impl Fn(&str) -> bool,
) -> Result<(), ConfigError> {
    match url.query_pairs().find(|(name, _)| !is_known(name)) {
        Some((name, _)) => {
            Err(bad(variable, format!("has an unknown parameter: {}", name.escape_debug())))
        }
        None => Ok(()),
    }
}

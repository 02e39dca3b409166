//! How the site knows the store and proves itself to it, beyond what the URL says.

use std::sync::Arc;

use fred::{error::Error, types::config::Config};

use super::{
    certificate_authority::{CertificateAuthority, CheckedName},
    google_iam::{GoogleIam, MetadataServer},
};

/// `REDIS_CA`, `REDIS_TLS_NAME` and `REDIS_AUTH`. By default a certificate must be one that the system trusts, and the
/// password is in the URL.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// The only authority that is trusted, and the name that it must have signed for
    pub authority: Option<(CertificateAuthority, CheckedName)>,
    /// Issues tokens in the place of a password
    pub tokens: Option<MetadataServer>,
}

impl Access {
    /// The configuration of a client for this URL.
    pub(super) fn config(&self, url: &str) -> Result<Config, Error> {
        let mut config = match &self.authority {
            None => Config::from_url(url)?,
            Some((authority, name)) => Config {
                tls: Some(authority.client(name.clone())?.into()),
                // As a plain URL: fred would load the system's certificates, and fail if there are none.
                ..Config::from_url(&url.replacen("rediss", "redis", 1))?
            },
        };
        if let Some(server) = &self.tokens {
            config.credential_provider = Some(Arc::new(GoogleIam::new(server)));
        }
        Ok(config)
    }
}

//! How the site knows its Redis, and proves itself to it: `REDIS_CA`, `REDIS_TLS_NAME`, `REDIS_AUTH`. No setting turns
//! verification off.

use url::Url;

use super::{
    environment::{ConfigError, Environment, bad},
    stores::{REDIS_SCHEMES, REDIS_URL},
};
use crate::redis::{Access, CertificateAuthority, CheckedName, MetadataServer};

const CA: &str = "REDIS_CA";
const TLS_NAME: &str = "REDIS_TLS_NAME";
const AUTH: &str = "REDIS_AUTH";
const METADATA_HOST: &str = "GCE_METADATA_HOST";

pub(super) fn read(env: &Environment<'_>) -> Result<Access, ConfigError> {
    Ok(Access { authority: authority(env)?, tokens: tokens(env)? })
}

fn authority(
    env: &Environment<'_>,
) -> Result<Option<(CertificateAuthority, CheckedName)>, ConfigError> {
    let name = env.text(TLS_NAME);
    let Some(pem) = env.secret(CA)? else {
        return match name {
            // Anybody can get a certificate for some name from an authority that the system trusts.
            Some(_) => {
                Err(bad(TLS_NAME, format!("needs {CA} or {CA}_FILE, the authority to trust")))
            }
            None => Ok(None),
        };
    };
    encrypted_url(env, CA)?;
    let authority = pem.parse().map_err(|_| {
        bad(CA, format!("or {CA}_FILE must hold certificates in PEM and no others"))
    })?;
    let name = match name {
        None => CheckedName::OfHost,
        Some(any) if any == "any" => CheckedName::Any,
        Some(name) => CheckedName::Given(
            name.try_into()
                .map_err(|_| bad(TLS_NAME, "must be a host name, an IP address, or any"))?,
        ),
    };
    Ok(Some((authority, name)))
}

fn tokens(env: &Environment<'_>) -> Result<Option<MetadataServer>, ConfigError> {
    match env.text(AUTH).as_deref() {
        None => return Ok(None),
        Some("google-iam") => {}
        Some(_) => return Err(bad(AUTH, "must be google-iam")),
    }
    let url = encrypted_url(env, AUTH)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(AUTH, format!("cannot be set together with a password in {REDIS_URL}")));
    }
    // Memorystore has none, and the token would be sent to them as well.
    if url.scheme() == "rediss-sentinel" {
        return Err(bad(AUTH, format!("cannot be set together with sentinels in {REDIS_URL}")));
    }
    let server = env.text(METADATA_HOST).map(|host| host.parse()).transpose();
    let server = server.map_err(|_| {
        bad(METADATA_HOST, "must be a host, or a host and a port, such as metadata.google.internal")
    })?;
    Ok(Some(server.unwrap_or_default()))
}

/// `REDIS_URL`, which this variable requires to be encrypted.
fn encrypted_url(env: &Environment<'_>, variable: &'static str) -> Result<Url, ConfigError> {
    let url = env.url(REDIS_URL, &REDIS_SCHEMES)?;
    if !url.scheme().starts_with("rediss") {
        return Err(bad(variable, format!("needs a {REDIS_URL} that begins with rediss://")));
    }
    Ok(url)
}

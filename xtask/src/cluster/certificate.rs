//! A certificate for `localhost`, signed by an authority of its own, which a client may trust without trusting anything
//! else: the authority's key is deleted once it has signed.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::os::{process, programs};

const CONFIGURATION: &str = "\
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[site]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
";

/// Both files are in PEM.
pub(crate) struct Certificate {
    /// The authority's certificate
    pub(crate) authority: PathBuf,
    /// The site's certificate, then its key
    pub(crate) site: PathBuf,
}

impl Certificate {
    /// Makes the keys and certificates, valid for 30 days.
    pub(crate) fn make(folder: &Path) -> Result<Self> {
        let openssl = programs::ensure("openssl", || programs::on_path("openssl"))?;
        let folder = folder.join("certificate");
        fs::create_dir_all(&folder).context("cannot create the folder of the certificate")?;
        fs::write(folder.join("openssl.cnf"), CONFIGURATION).context("cannot write openssl.cnf")?;
        let sign = |name: &str, arguments: &[&str]| {
            let mut command = Command::new(&openssl);
            command.args(["req", "-x509", "-config", "openssl.cnf", "-extensions", name]);
            command.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
            command.args(["-days", "30", "-out", &format!("{name}.crt")]);
            command.args(["-keyout", &format!("{name}.key")]).args(arguments);
            command.current_dir(&folder).stderr(Stdio::null());
            process::run("openssl", &mut command)
        };
        sign("authority", &["-subj", "/CN=Genkan cluster"])?;
        let signer = ["-CA", "authority.crt", "-CAkey", "authority.key"];
        sign("site", &[&["-subj", "/CN=localhost"], &signer[..]].concat())?;
        let site = folder.join("site.pem");
        let parts = ["site.crt", "site.key"].map(|file| fs::read_to_string(folder.join(file)));
        let parts: Vec<String> = parts.into_iter().collect::<Result<_, _>>()?;
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&site)?;
        file.write_all(parts.concat().as_bytes()).context("cannot write the certificate")?;
        fs::remove_file(folder.join("authority.key")).context("cannot delete a key")?;
        Ok(Self { authority: folder.join("authority.crt"), site })
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_authority_signs_nothing_else_and_others_cannot_read_the_sites_key() -> Result<()> {
        let folder = env::temp_dir().join(format!("genkan-certificate-{}", std::process::id()));
        let certificate = Certificate::make(&folder)?;
        for file in fs::read_dir(folder.join("certificate"))?.flatten() {
            let text = fs::read_to_string(file.path())?;
            let name = file.file_name();
            assert_ne!(name, "authority.key");
            let mode = file.metadata()?.permissions().mode();
            assert!(!text.contains("PRIVATE KEY") || mode & 0o077 == 0, "{name:?} {mode:o}");
        }
        let authority = fs::read_to_string(certificate.authority)?;
        assert!(authority.contains("BEGIN CERTIFICATE"));
        fs::remove_dir_all(folder)?;
        Ok(())
    }
}

//! Private certificate authorities of the tests, and what they sign.

use std::{fs, path::Path};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};

/// An authority that nobody trusts by default.
pub(crate) struct TestAuthority {
    /// Its certificate, for `REDIS_CA`
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl TestAuthority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, "an authority");
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// Signs for these names, in the subjectAltName.
    pub(crate) fn sign_for(&self, names: &[&str]) -> Certificate {
        let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        self.sign(CertificateParams::new(names).unwrap())
    }

    /// Signs for this machine's address, in the common name alone, as Memorystore does.
    pub(crate) fn sign_for_common_name(&self) -> Certificate {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "127.0.0.1");
        self.sign(params)
    }

    /// Signs for this machine's address, until a day that is past.
    pub(crate) fn sign_until_yesterday(&self) -> Certificate {
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        params.not_after = date_time_ymd(2020, 1, 1);
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> Certificate {
        let key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &self.issuer).unwrap();
        Certificate { chain: signed.pem(), key: key.serialize_pem(), authority: self.pem.clone() }
    }
}

/// A server's certificate with its key.
pub(crate) struct Certificate {
    chain: String,
    key: String,
    authority: String,
}

/// Names of files.
pub(crate) struct Files {
    pub(crate) chain: String,
    pub(crate) key: String,
    pub(crate) authority: String,
}

impl Certificate {
    /// Writes all of it into a folder, where a server can find it.
    pub(crate) fn write_to(&self, folder: &Path) -> Files {
        let write = |name: &str, pem: &str| {
            fs::write(folder.join(name), pem).unwrap();
            name.to_owned()
        };
        Files {
            chain: write("chain.pem", &self.chain),
            key: write("key.pem", &self.key),
            authority: write("authority.pem", &self.authority),
        }
    }
}

//! A private certificate authority, which a managed store has of its own. It alone is trusted for the store.

use std::{str::FromStr, sync::Arc};

use fred::error::Error;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};

/// The certificates of an authority: several while a new one replaces the old one.
#[derive(Debug, Clone)]
pub struct CertificateAuthority(Arc<RootCertStore>);

/// The text holds no certificate, or one that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is not certificates in PEM")]
pub struct CertificateAuthorityError;

/// The name that the store's certificate must have, in its subjectAltName (RFC 9525 §6.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckedName {
    /// The host that the client connects to
    OfHost,
    /// This one, whatever the host
    Given(ServerName<'static>),
    /// Any, or none. Secure only with an authority that signs for this store and nobody else.
    Any,
}

impl FromStr for CertificateAuthority {
    type Err = CertificateAuthorityError;

    /// Reads one certificate or more in PEM (RFC 7468).
    fn from_str(pem: &str) -> Result<Self, CertificateAuthorityError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|_| CertificateAuthorityError)?;
            roots.add(certificate).map_err(|_| CertificateAuthorityError)?;
        }
        if roots.is_empty() { Err(CertificateAuthorityError) } else { Ok(Self(Arc::new(roots))) }
    }
}

impl CertificateAuthority {
    /// A TLS client that trusts this authority alone.
    pub(super) fn client(&self, name: CheckedName) -> Result<ClientConfig, Error> {
        let provider = ring::default_provider();
        let verifier = Verifier {
            roots: Arc::clone(&self.0),
            name,
            algorithms: provider.signature_verification_algorithms,
        };
        Ok(ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth())
    }
}

/// Verifies as rustls does by itself, except for the name that it looks for.
#[derive(Debug)]
struct Verifier {
    roots: Arc<RootCertStore>,
    name: CheckedName,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let certificate = ParsedCertificate::try_from(end_entity)?;
        verify_server_cert_signed_by_trust_anchor(
            &certificate,
            &self.roots,
            intermediates,
            now,
            self.algorithms.all,
        )?;
        match &self.name {
            CheckedName::OfHost => verify_server_name(&certificate, host)?,
            CheckedName::Given(name) => verify_server_name(&certificate, name)?,
            CheckedName::Any => {}
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

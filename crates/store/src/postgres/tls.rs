//! TLS to the database, where its URL asks for it.
//!
//! `sslmode` means what PostgreSQL's own clients mean by it: `require` encrypts, `verify-ca` also wants
//! a certificate that a root signed, `verify-full` also wants the host's name in it; `sslrootcert` is a
//! file of roots (PEM), without which `verify-…` trusts what the operating system trusts. A
//! root that is given is always looked at, so `require` with one is `verify-ca`. Without `sslmode`, or
//! with one of those that accept either (`disable`, `allow`, `prefer`), nothing is encrypted.
//!
//! Deliberately not here: client certificates, revocation lists, the binding of passwords to the
//! channel (`channel_binding=require` is refused by the driver).

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;

use crate::error::StoreError;

/// What a URL asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) how: How,
    roots: Option<PathBuf>,
}

/// How much is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Not encrypted.
    Plain,
    /// By whomever.
    Encrypted,
    /// By somebody for whom a root vouches.
    Signed,
    /// By the host that was meant.
    Named,
}

/// Takes what concerns TLS out of a URL, which the driver knows only a part of.
///
/// # Errors
/// A value that is none.
pub(crate) fn asked(url: &str) -> Result<(String, Asked), StoreError> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let mut asked = Asked { how: How::Plain, roots: None };
    let mut kept = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", mode)) => asked.how = how(mode)?,
            Some(("sslrootcert", path)) => {
                let path = decoded(path).ok_or_else(|| unreadable("sslrootcert"))?;
                // The word by which PostgreSQL's own clients mean the operating system's.
                asked.roots = (path != "system").then(|| path.into());
            }
            _ => kept.push(pair),
        }
    }
    if asked.roots.is_some() && asked.how == How::Encrypted {
        asked.how = How::Signed;
    }
    let rest = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
    Ok((rest, asked))
}

fn how(mode: &str) -> Result<How, StoreError> {
    match mode {
        "disable" | "allow" | "prefer" => Ok(How::Plain),
        "require" => Ok(How::Encrypted),
        "verify-ca" => Ok(How::Signed),
        "verify-full" => Ok(How::Named),
        _ => Err(unreadable("sslmode")),
    }
}

fn unreadable(what: &'static str) -> StoreError {
    tracing::error!(what, "the database's URL has a value that is none");
    StoreError::Unreachable
}

/// The text of a part of a URL.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push(u8::try_from(high.checked_mul(16)?.checked_add(low)?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Makes encrypted connections.
#[derive(Clone)]
pub(crate) struct Tls(Arc<ClientConfig>);

impl Tls {
    /// As it was asked for; none for a plain connection.
    ///
    /// # Errors
    /// Roots that cannot be read.
    pub(crate) fn of(asked: &Asked) -> Result<Option<Self>, StoreError> {
        let provider = Arc::new(default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let verifier: Arc<dyn ServerCertVerifier> = match asked.how {
            How::Plain => return Ok(None),
            How::Encrypted => Arc::new(Lenient { strict: None, algorithms }),
            How::Signed | How::Named => {
                let roots = Arc::new(roots(asked.roots.as_deref())?);
                let strict = WebPkiServerVerifier::builder_with_provider(
                    roots,
                    Arc::clone(&provider),
                )
                .build()
                .map_err(|error| {
                    tracing::error!(%error, "no root certificate to verify the database by");
                    StoreError::Unreachable
                })?;
                if asked.how == How::Named {
                    strict
                } else {
                    Arc::new(Lenient { strict: Some(strict), algorithms })
                }
            }
        };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider knows TLS 1.2 and 1.3")
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Some(Self(Arc::new(config))))
    }
}

fn roots(file: Option<&Path>) -> Result<RootCertStore, StoreError> {
    let mut roots = RootCertStore::empty();
    let Some(file) = file else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read = read.map_err(|error| {
        tracing::error!(%error, file = %file.display(), "the root certificates cannot be read");
        StoreError::Unreachable
    })?;
    roots.add_parsable_certificates(read);
    Ok(roots)
}

/// Accepts whomever, or whomever a root vouches for, whatever their name.
#[derive(Debug)]
struct Lenient {
    strict: Option<Arc<WebPkiServerVerifier>>,
    algorithms: rustls::crypto::WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(strict) = &self.strict else { return Ok(ServerCertVerified::assertion()) };
        let verified =
            strict.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            // Looked at last, when everything else is in order.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, cert, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, cert, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl<S> MakeTlsConnect<S> for Tls
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Encrypted<S>;
    type TlsConnect = ToHost;
    type Error = rustls::pki_types::InvalidDnsNameError;

    fn make_tls_connect(&mut self, domain: &str) -> Result<ToHost, Self::Error> {
        let host = ServerName::try_from(domain)?.to_owned();
        Ok(ToHost { config: Arc::clone(&self.0), host })
    }
}

/// One host, to be encrypted to.
pub(crate) struct ToHost {
    config: Arc<ClientConfig>,
    host: ServerName<'static>,
}

impl<S> TlsConnect<S> for ToHost
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Encrypted<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            TlsConnector::from(self.config).connect(self.host, stream).await.map(Encrypted)
        })
    }
}

/// An encrypted connection.
pub(crate) struct Encrypted<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Encrypted<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Encrypted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Encrypted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_asks_for() {
        let none: Option<&str> = None;
        for (query, rest, how, roots) in [
            ("", "", How::Plain, none),
            ("?sslmode=prefer", "", How::Plain, none),
            ("?sslmode=require", "", How::Encrypted, none),
            ("?sslmode=require&sslrootcert=%2Fa%20b.pem", "", How::Signed, Some("/a b.pem")),
            ("?a=1&sslmode=verify-full&b=2", "?a=1&b=2", How::Named, none),
            ("?sslmode=verify-ca&sslrootcert=system", "", How::Signed, none),
        ] {
            let (url, asked) = asked(&format!("postgres://u:p@h/x{query}")).unwrap();
            assert_eq!(url, format!("postgres://u:p@h/x{rest}"), "{query}");
            assert_eq!(asked, Asked { how, roots: roots.map(Into::into) }, "{query}");
        }
        for bad in ["sslmode=", "sslmode=verify", "sslrootcert=%2", "sslrootcert=%zz"] {
            assert_eq!(asked(&format!("postgres://h/x?{bad}")), Err(StoreError::Unreachable));
        }
    }
}

//! Access tokens of the instance's service account, which Memorystore takes in the place of a password. Google's
//! metadata server issues them, over plain http inside of the machine.

use std::{
    str::FromStr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use fred::{
    error::{Error, ErrorKind},
    types::config::{CredentialProvider, Server},
};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    Request, StatusCode,
    body::Bytes,
    http::uri::{self, Uri},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::Deserialize;
use tokio::time::{Instant, timeout};

const TOKEN_PATH: &str = "/computeMetadata/v1/instance/service-accounts/default/token";
/// Half of the time in which a connection must be authenticated, so that the previous token still gets its turn.
const TIMEOUT: Duration = Duration::from_secs(1);
const LONGEST_ANSWER: usize = 16 * 1024;
/// The longest time between two authentications of an open connection. The metadata server hands out tokens with five
/// minutes left or more, so even if one attempt fails, the next is in time.
const REFRESH: Duration = Duration::from_secs(120);
const SHORTEST_REFRESH: Duration = Duration::from_secs(1);

/// `GCE_METADATA_HOST`: a host, or host and port
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataServer(uri::Authority);

impl Default for MetadataServer {
    fn default() -> Self {
        Self(uri::Authority::from_static("metadata.google.internal"))
    }
}

impl FromStr for MetadataServer {
    type Err = uri::InvalidUri;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        raw.parse().map(Self)
    }
}

/// Authenticates connections to the store, and open ones again before their token expires.
#[derive(derive_more::Debug)]
pub(super) struct GoogleIam {
    client: Client<HttpConnector, Empty<Bytes>>,
    token_uri: Uri,
    /// Used while the metadata server does not answer.
    #[debug(skip)]
    newest: Mutex<Option<Token>>,
}

#[derive(Clone)]
struct Token {
    secret: String,
    lifetime: Duration,
    expires: Instant,
}

/// The answer of the metadata server.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    /// In seconds
    expires_in: u64,
}

impl GoogleIam {
    pub(super) fn new(server: &MetadataServer) -> Self {
        let mut parts = uri::Parts::default();
        parts.scheme = Some(uri::Scheme::HTTP);
        parts.authority = Some(server.0.clone());
        parts.path_and_query = Some(uri::PathAndQuery::from_static(TOKEN_PATH));
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            token_uri: Uri::from_parts(parts).expect("it has a scheme, an authority and a path"),
            newest: Mutex::default(),
        }
    }

    /// A new token, or the last one as long as it is valid.
    async fn token(&self) -> Result<String, Error> {
        let problem = match timeout(TIMEOUT, self.ask()).await {
            Ok(Ok(token)) => {
                let secret = token.secret.clone();
                *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
                return Ok(secret);
            }
            Ok(Err(problem)) => problem,
            Err(_) => "the metadata server does not answer in time",
        };
        tracing::warn!(problem, "redis.token_not_renewed");
        self.newest()
            .filter(|token| token.expires > Instant::now())
            .map(|token| token.secret)
            .ok_or_else(|| Error::new(ErrorKind::IO, format!("no access token: {problem}")))
    }

    /// Asks the metadata server. The problem never quotes the answer, which may hold a token.
    async fn ask(&self) -> Result<Token, &'static str> {
        let request = Request::get(self.token_uri.clone())
            .header("metadata-flavor", "Google")
            .body(Empty::new())
            .expect("the request is well formed");
        let asked = Instant::now();
        let response = self
            .client
            .request(request)
            .await
            .map_err(|_| "the metadata server cannot be reached")?;
        if response.status() != StatusCode::OK {
            return Err("the metadata server refuses");
        }
        let body = Limited::new(response.into_body(), LONGEST_ANSWER).collect().await;
        let body = body.map_err(|_| "the answer breaks off or is too long")?.to_bytes();
        let Answer { access_token: secret, expires_in } =
            serde_json::from_slice(&body).map_err(|_| "the answer is not a token")?;
        let lifetime = Duration::from_secs(expires_in);
        let expires = asked.checked_add(lifetime).ok_or("the token never expires")?;
        Ok(Token { secret, lifetime, expires })
    }

    fn newest(&self) -> Option<Token> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl CredentialProvider for GoogleIam {
    async fn fetch(
        &self,
        _server: Option<&Server>,
    ) -> Result<(Option<String>, Option<String>), Error> {
        Ok((None, Some(self.token().await?)))
    }

    /// Read when a client has connected, so there is a token.
    fn refresh_interval(&self) -> Option<Duration> {
        let third = self.newest().map(|token| token.lifetime / 3);
        Some(third.unwrap_or(REFRESH).clamp(SHORTEST_REFRESH, REFRESH))
    }
}

//! Lua scripts, each atomic and with one key, so that a cluster can run it.

use fred::{
    clients::Client,
    error::{Error, ErrorKind},
    interfaces::LuaInterface,
    types::FromValue,
};
use sha1::{Digest, Sha1};

use super::Redis;

#[derive(Debug, Clone)]
pub(super) struct Script {
    text: &'static str,
    /// The script's name in the store: SHA-1, which protects nothing here.
    hash: String,
}

impl Script {
    pub(super) fn new(text: &'static str) -> Self {
        let hash = Sha1::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { text, hash }
    }

    /// Runs the script for one key. One command, unless the store lacks the script.
    pub(super) async fn run<T: FromValue>(
        &self,
        redis: &Redis,
        key: &str,
        arguments: Vec<String>,
    ) -> Result<T, Error> {
        let client = redis.client()?;
        match self.run_with(&client, key, arguments.clone()).await {
            // In a cluster, its slot has moved: the node that reports so has done nothing, and this client knows the
            // other one by now.
            Err(error) if *error.kind() == ErrorKind::Routing => {
                self.run_with(&client, key, arguments).await
            }
            result => result,
        }
    }

    async fn run_with<T: FromValue>(
        &self,
        client: &Client,
        key: &str,
        arguments: Vec<String>,
    ) -> Result<T, Error> {
        match client.evalsha(self.hash.as_str(), key, arguments.clone()).await {
            // After a restart or a failover the script has to be sent once, and to each node of a cluster.
            Err(error) if error.details().starts_with("NOSCRIPT") => {
                client.eval(self.text, key, arguments).await
            }
            result => result,
        }
    }
}

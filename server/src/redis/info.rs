//! What the store reports about itself (`INFO`), for each node.

use fred::{
    clients::Client,
    error::{Error, ErrorKind},
    interfaces::ClientLike,
    types::InfoKind,
};

/// The report of a node, or a section of it.
pub(super) struct Info(String);

/// Memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MemoryUse {
    pub(super) used: u64,
    pub(super) max: u64,
}

impl Info {
    /// Asks every node for a section, or for all that it reports by default.
    pub(super) async fn of_nodes(
        client: &Client,
        section: Option<InfoKind>,
    ) -> Result<Vec<Self>, Error> {
        if !client.is_clustered() {
            return Ok(vec![Self(client.info(section).await?)]);
        }
        let mut nodes = Vec::new();
        for node in client.active_connections() {
            nodes.push(Self(client.with_cluster_node(node).info(section.clone()).await?));
        }
        Ok(nodes)
    }

    /// The memory in use. Without a bound (`maxmemory 0`), the machine's memory counts.
    pub(super) fn memory(&self) -> Result<MemoryUse, Error> {
        let used = self.number("used_memory")?;
        let max = match self.number("maxmemory")? {
            0 => self.number("total_system_memory")?,
            bytes => bytes,
        };
        Ok(MemoryUse { used, max })
    }

    /// The number of replicas that are connected.
    pub(super) fn replicas(&self) -> Result<u64, Error> {
        self.number("connected_slaves")
    }

    /// Returns whether the node deletes records to make room for others.
    pub(super) fn may_evict(&self) -> Result<bool, Error> {
        Ok(self.text("maxmemory_policy")? != "noeviction")
    }

    fn number(&self, field: &str) -> Result<u64, Error> {
        self.text(field)?.parse().map_err(|_| unreadable(field))
    }

    fn text(&self, field: &str) -> Result<&str, Error> {
        let value = self.0.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        value.map(str::trim).ok_or_else(|| unreadable(field))
    }
}

fn unreadable(field: &str) -> Error {
    Error::new(ErrorKind::Parse, format!("INFO: {field} cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(lines: &[&str]) -> Info {
        Info(lines.join("\r\n") + "\r\n")
    }

    #[test]
    fn without_a_bound_the_machines_memory_counts() {
        let memory = |max| {
            let bound = format!("maxmemory:{max}");
            info(&[
                "# Memory",
                "used_memory:5",
                "used_memory_human:9G",
                "total_system_memory:9",
                &bound,
            ])
            .memory()
            .unwrap()
        };
        assert_eq!(memory(7), MemoryUse { used: 5, max: 7 });
        assert_eq!(memory(0), MemoryUse { used: 5, max: 9 });
    }

    #[test]
    fn replicas_and_policy_are_read() {
        let report = info(&["role:master", "connected_slaves:2", "maxmemory_policy:noeviction"]);
        assert_eq!((report.replicas().unwrap(), report.may_evict().unwrap()), (2, false));
        assert!(info(&["maxmemory_policy:volatile-ttl"]).may_evict().unwrap());
    }

    #[test]
    fn a_missing_field_is_an_error() {
        let empty = info(&["# Memory"]);
        assert!(empty.memory().is_err() && empty.replicas().is_err() && empty.may_evict().is_err());
    }
}

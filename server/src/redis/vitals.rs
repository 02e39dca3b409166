//! The state of the store, for metrics.

use domain::StoreError;
use fred::error::{Error, ErrorKind};

use super::{Redis, info::Info};

/// The state of the store; of a cluster, that of the worst node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vitals {
    /// The part of the memory that is in use, from 0 to 1
    pub memory_used: f64,
    /// The number of connected replicas
    pub replicas: u64,
    /// The store deletes records to make room for others: an ended session may come back
    pub may_evict: bool,
}

impl Redis {
    /// Asks the store for its state.
    ///
    /// # Errors
    /// It is unavailable, or its answer cannot be read.
    pub async fn vitals(&self) -> Result<Vitals, StoreError> {
        self.read_vitals()
            .await
            .map_err(|error| StoreError::new("ask for the store's state", error))
    }

    async fn read_vitals(&self) -> Result<Vitals, Error> {
        let nodes = Info::of_nodes(&self.client()?, None).await?;
        let nodes = nodes.iter().map(|node| {
            let memory = node.memory()?;
            Ok(Vitals {
                memory_used: memory.used as f64 / memory.max as f64,
                replicas: node.replicas()?,
                may_evict: node.may_evict()?,
            })
        });
        let nodes: Vec<Vitals> = nodes.collect::<Result<_, Error>>()?;
        let worst = nodes.into_iter().reduce(Vitals::worse_of);
        worst.ok_or_else(|| Error::new(ErrorKind::Cluster, "there is no node"))
    }
}

impl Vitals {
    fn worse_of(self, other: Self) -> Self {
        Self {
            memory_used: self.memory_used.max(other.memory_used),
            replicas: self.replicas.min(other.replicas),
            may_evict: self.may_evict || other.may_evict,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_node_counts() {
        let full = Vitals { memory_used: 0.9, replicas: 2, may_evict: false };
        let alone = Vitals { memory_used: 0.1, replicas: 0, may_evict: true };
        let worst = Vitals { memory_used: 0.9, replicas: 0, may_evict: true };
        assert_eq!((full.worse_of(alone), alone.worse_of(full)), (worst, worst));
    }
}

//! What every measurement needs: a client that costs little, a load with its latencies, instances in processes of their
//! own, and processor time. It knows no site: what is asked and what it means are its users' affair.
//!
//! [`processor`] and [`instance`] work on Linux only: processes are found in `/proc`, and `taskset` gives each its
//! processor.

pub mod client;
pub mod instance;
pub mod load;
pub mod processor;
#[cfg(feature = "plots")]
pub mod theme;

//! Access to the operating system: processes, programs, ports, signals.

pub(crate) mod http;
pub(crate) mod interrupt;
pub(crate) mod ports;
pub(crate) mod process;
pub(crate) mod programs;
pub(crate) mod progress;

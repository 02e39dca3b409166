//! The server's tests against real stores, in one binary.

mod stores;

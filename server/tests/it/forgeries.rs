//! Forged tokens. Each is nobody's, whatever it tries; none is an error of ours, none consumes anything, and
//! none that is not signed by us makes the site ask a store: here they meet a site whose stores are gone,
//! where whatever asked one would answer 503.

mod access;
mod cookies;
mod forger;
mod refresh;

/// As much as a head has room for, in bytes. What is larger is refused before anybody looks at its cookies.
const MUCH: usize = 12 * 1024;

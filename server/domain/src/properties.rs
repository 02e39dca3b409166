//! Properties of the parsers, which hold whatever somebody sends: 256 inputs each, the same in every run, so that
//! a failure comes back. `server/domain/fuzz` looks further.

mod strategies;
mod tokens;
mod values;

use proptest::test_runner::{Config, RngSeed};

fn config() -> Config {
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(0), ..Config::with_cases(256) }
}

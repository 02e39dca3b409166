//! Property tests of the parsers. Each has 256 inputs, the same in every run, so failures are reproducible.
//! `server/domain/fuzz` tries many more.

mod strategies;
mod tokens;
mod values;

use proptest::test_runner::{Config, RngSeed};

fn config() -> Config {
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(0), ..Config::with_cases(256) }
}

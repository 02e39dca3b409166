//! Reads the command line. By hand: four commands do not pay for an argument parser's compile time.

use anyhow::{Result, bail};

use crate::test::{Part, Plan};

/// What is printed for `--help` and after a mistake.
pub(crate) const USAGE: &str = "\
cargo xtask dev             set everything up and serve the site, with live reload
cargo xtask test            check everything, as CI does
cargo xtask test PART...    only these: fmt lint deny sqlx unit wasm e2e budget
cargo xtask test PART -- …  one part (unit or e2e); the rest goes to its runner
cargo xtask doctor          say what is there and what is missing
cargo xtask sqlx-prepare    rewrite server/.sqlx after a query or a migration has changed";

/// One parsed command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Help,
    Dev,
    Doctor,
    Test(Plan),
    SqlxPrepare,
}

/// Parses what follows `cargo xtask`.
///
/// # Errors
/// An unknown command, part or flag, in one sentence.
pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Request> {
    let mut words: Vec<String> = arguments.collect();
    if words.is_empty() || words.iter().any(|word| word == "--help" || word == "-h") {
        return Ok(Request::Help);
    }

    let command = words.remove(0);
    if command == "test" {
        return Ok(Request::Test(parse_plan(&words)?));
    }
    if let Some(word) = words.first() {
        bail!("`{command}` takes no arguments, but was given `{word}`");
    }
    match command.as_str() {
        "help" => Ok(Request::Help),
        "dev" => Ok(Request::Dev),
        "doctor" => Ok(Request::Doctor),
        "sqlx-prepare" => Ok(Request::SqlxPrepare),
        _ => bail!("there is no command `{command}`"),
    }
}

fn parse_plan(words: &[String]) -> Result<Plan> {
    let (names, rest) = match words.iter().position(|word| word == "--") {
        Some(at) => (&words[..at], &words[at + 1..]),
        None => (words, &[][..]),
    };

    let named = names.iter().map(|name| Part::parse(name)).collect::<Result<Vec<Part>>>()?;
    if !rest.is_empty() && !matches!(named[..], [Part::Unit | Part::E2e]) {
        bail!("arguments after `--` go to one runner: name `unit` or `e2e`, and no other part");
    }

    let parts = if named.is_empty() { Part::ALL.to_vec() } else { named };
    Ok(Plan { parts, runner_arguments: rest.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_line(line: &str) -> Result<Request> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn test_without_parts_means_all_of_them_in_order() -> Result<()> {
        let Request::Test(plan) = parse_line("test")? else { bail!("not a test") };
        assert_eq!(plan.parts, Part::ALL);
        Ok(())
    }

    #[test]
    fn what_follows_two_dashes_goes_to_the_runner() -> Result<()> {
        let Request::Test(plan) = parse_line("test e2e -- --grep login")? else {
            bail!("not a test")
        };
        assert_eq!(plan.parts, [Part::E2e]);
        assert_eq!(plan.runner_arguments, ["--grep", "login"]);
        Ok(())
    }

    #[test]
    fn runner_arguments_for_two_parts_are_refused() {
        assert!(parse_line("test unit e2e -- x").is_err());
        assert!(parse_line("test -- x").is_err());
    }

    #[test]
    fn unknown_commands_parts_and_extra_words_are_refused() {
        assert!(parse_line("deploy").is_err());
        assert!(parse_line("test everything").is_err());
        assert!(parse_line("dev now").is_err());
    }
}

//! What each variant is called, and what it is good for and what not: judgements, with what each rests on.

mod carried;
mod kept;

use anyhow::{Context, Result};

use self::{carried::CARRIED, kept::KEPT};
use super::{
    facts::{Basis, Fact},
    words::Words,
};
use crate::results::Variant;

/// A variant in words.
pub struct Choice {
    /// As in the results
    pub id: &'static str,
    /// Short, as it is in plots
    pub name: Words,
    pub good_for: Fact,
    pub not_for: Fact,
}

const LOST: Basis = Basis::Figures("lost");
const CHECK: Basis = Basis::Figures("check");
const STORES: Basis = Basis::Figures("work");
const WRITES: Basis = Basis::Figures("writes");
const BYTES: Basis = Basis::Figures("bytes");
const PARTS: Basis = Basis::Figures("all");
const ROUND_TRIPS: Basis = Basis::Figures("round-trips");

const fn choice(
    id: &'static str,
    name: Words,
    (good, shows_good): (Words, Basis),
    (bad, shows_bad): (Words, Basis),
) -> Choice {
    let good_for = Fact { words: good, basis: shows_good };
    Choice { id, name, good_for, not_for: Fact { words: bad, basis: shows_bad } }
}

/// The words of all variants.
pub fn choices() -> impl Iterator<Item = &'static Choice> {
    [KEPT, CARRIED].into_iter().flatten()
}

/// The words about a variant.
///
/// # Errors
/// There are none.
pub fn choice_of(variant: &Variant) -> Result<&'static Choice> {
    let name = variant.name();
    let found = choices().find(|choice| choice.id == name);
    found.with_context(|| format!("{name} has no words in lab/src/report/choices"))
}

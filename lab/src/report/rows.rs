//! The variants in the order of a table.

use anyhow::Result;

use super::{
    choices::{Choice, choice_of},
    figures::Better,
    questions::Question,
};
use crate::results::{Results, Variant};

/// A variant with its words.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    pub variant: &'a Variant,
    pub choice: &'static Choice,
}

/// All variants as they stand in the results.
///
/// # Errors
/// One has no words.
pub fn rows(results: &Results) -> Result<Vec<Row<'_>>> {
    let row = |variant| Ok(Row { variant, choice: choice_of(variant)? });
    results.variants.iter().map(row).collect()
}

/// The same with the best figure first, and those without one last.
pub fn best_first<'a>(rows: &[Row<'a>], question: &Question) -> Vec<Row<'a>> {
    let of = |row: &Row<'_>| question.drawn.length(row.variant);
    let is_higher_better = question.figures[0].better == Better::Higher;
    let mut rows = rows.to_vec();
    rows.sort_by(|one, other| match (of(one), of(other)) {
        (Some(one), Some(other)) if is_higher_better => other.total_cmp(&one),
        (Some(one), Some(other)) => one.total_cmp(&other),
        // Present before absent
        (one, other) => other.is_some().cmp(&one.is_some()),
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::{super::questions::QUESTIONS, *};
    use crate::results::tests::some_results;

    #[test]
    fn the_best_comes_first_and_who_has_no_figure_last() -> Result<()> {
        let mut results = some_results();
        for (variant, factor) in results.variants.iter_mut().zip(1_u8..) {
            if let Some(check) = &mut variant.check {
                check.requests_per_second.median *= f64::from(factor);
            }
        }
        let rows = rows(&results)?;
        let checks = &QUESTIONS[0];
        let sorted = best_first(&rows, checks);
        let figures: Vec<_> = sorted.iter().map(|row| checks.drawn.length(row.variant)).collect();
        let known: Vec<_> = figures.iter().flatten().collect();
        assert!(known.is_sorted_by(|one, other| one > other), "{known:?}");
        assert!(known.len() < figures.len(), "somebody has no figure");
        assert!(figures[known.len()..].iter().all(Option::is_none), "{figures:?}");
        Ok(())
    }
}

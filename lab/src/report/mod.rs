//! The report: from the results to `docs/approaches.md`, the same as a page of its own, and the plots, in each language.
//! What is said in words is in constants beside each other; every figure is taken from the results.

mod approaches;
mod choices;
mod comparison;
mod facts;
mod figures;
mod guide;
mod html;
mod navigation;
mod page;
mod plots;
mod questions;
mod rows;
mod table;
mod value;
mod words;

use std::{collections::HashMap, fs, path::PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use strum::VariantArray;

use self::{
    page::{Form, page, plot_path},
    questions::QUESTIONS,
    rows::{best_first, rows},
    words::Language,
};
use crate::results::Results;

/// What is read and written.
#[derive(Args)]
pub struct Report {
    /// The results
    #[arg(long, default_value = "lab/results/approaches.json")]
    results: PathBuf,
    /// The folder of the documentation
    #[arg(long, default_value = "docs")]
    docs: PathBuf,
}

/// Reads the results, and writes the report into the folder of the documentation.
///
/// # Errors
/// The results cannot be read, have a variant without words, or the folder cannot be written to.
pub fn run(Report { results, docs }: &Report) -> Result<()> {
    let text = fs::read_to_string(results);
    let text = text.with_context(|| format!("{} cannot be read", results.display()))?;
    let results: Results = serde_json::from_str(&text).context("the results cannot be read")?;
    fs::create_dir_all(docs.join("approaches"))?;
    for (path, text) in files(&results)? {
        let path = docs.join(path);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// The files of the report, by their paths in the folder.
fn files(results: &Results) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for language in Language::VARIANTS.iter().copied() {
        let plots = plots(results, language)?;
        let name = |form: Form| format!("approaches{}.{}", language.suffix(), form.extension());
        files.push((name(Form::Markdown), page(results, language, Form::Markdown)?));
        let markdown = page(results, language, Form::Html)?;
        files.push((name(Form::Html), html::html(&markdown, &plots, language)));
        files.extend(plots);
    }
    Ok(files)
}

/// The plots by their paths.
fn plots(results: &Results, language: Language) -> Result<HashMap<String, String>> {
    let rows = rows(results)?;
    let plot = |question: &questions::Question| {
        let rows = best_first(&rows, question);
        (plot_path(question, language), question.drawn.svg(&rows, question.unit, language))
    };
    Ok(QUESTIONS.iter().filter(|question| question.drawn.draws(&rows)).map(plot).collect())
}

#[cfg(test)]
mod tests;

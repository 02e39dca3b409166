//! What must be so of the report whatever the results are.

use std::path::Path;

use super::{
    approaches::{APPROACHES, BROWSERS},
    choices::choices,
    comparison::VARIANT,
    facts::{Basis, Fact},
    figures::PRODUCT,
    plots::DIGIT,
    *,
};
use crate::{measure::variants::Variant, results::tests::some_results};

fn text_of(path: &str) -> Result<String> {
    let found = files(&some_results())?.into_iter().find(|(name, _)| name == path);
    Ok(found.with_context(|| format!("{path} is not written"))?.1)
}

/// The tables of a page: the lines of each.
fn tables(page: &str) -> Vec<Vec<&str>> {
    let lines: Vec<_> = page.lines().collect();
    let blocks = lines.split(|line| !line.starts_with('|'));
    blocks.filter(|block| !block.is_empty()).map(<[&str]>::to_vec).collect()
}

fn cells(line: &str) -> usize {
    line.matches(" | ").count()
}

#[test]
fn every_variant_is_in_the_large_table_and_in_that_of_every_question() -> Result<()> {
    let results = some_results();
    for language in Language::VARIANTS.iter().copied() {
        let page = page(&results, language, Form::Markdown)?;
        let head = format!("| {} |", VARIANT.get(language));
        let of_variants: Vec<_> =
            tables(&page).into_iter().filter(|table| table[0].starts_with(&head)).collect();
        assert_eq!(of_variants.len(), QUESTIONS.len() + 1);
        for row in rows(&results)? {
            let begin = format!("| {} |", row.choice.name.get(language));
            for table in &of_variants {
                let found = table.iter().filter(|line| line.starts_with(&begin)).count();
                assert_eq!(found, 1, "{begin} in {}", table[0]);
            }
        }
    }
    Ok(())
}

#[test]
fn both_languages_have_the_same_tables() -> Result<()> {
    let shape = |path| {
        let page = text_of(path)?;
        let of_table = |table: Vec<&str>| table.into_iter().map(cells).collect::<Vec<_>>();
        Ok::<_, anyhow::Error>(tables(&page).into_iter().map(of_table).collect::<Vec<_>>())
    };
    let (english, japanese) = (shape("approaches.md")?, shape("approaches.ja.md")?);
    assert_eq!(english, japanese);
    for table in english {
        assert!(table.iter().skip(2).all(|cells| cells == &table[0]), "{table:?}");
    }
    Ok(())
}

#[test]
fn nothing_is_left_unfilled_and_no_figure_is_no_number() -> Result<()> {
    for (path, text) in files(&some_results())? {
        for wrong in ["NaN", "inf ", "None"] {
            assert!(!text.contains(wrong), "{wrong} in {path}");
        }
        if path.ends_with(".md") {
            assert!(!text.contains('{'), "{path}: {:?}", text.split('{').nth(1));
        }
    }
    Ok(())
}

#[test]
fn a_question_that_no_variant_answers_has_no_plot() -> Result<()> {
    let mut results = some_results();
    results.variants.retain(|variant| variant.approach != PRODUCT);
    let files = files(&results)?;
    let refresh = "approaches/refresh.svg";
    assert!(!files.iter().any(|(path, _)| path == refresh));
    assert!(files.iter().all(|(_, text)| !text.contains(refresh)));
    Ok(())
}

#[test]
fn a_page_in_japanese_has_no_sentence_in_english() -> Result<()> {
    let (english, japanese) = (text_of("approaches.md")?, text_of("approaches.ja.md")?);
    let lines: Vec<_> = english.lines().filter(|line| line.contains(". ")).collect();
    assert!(lines.len() > QUESTIONS.len());
    for line in lines {
        assert!(!japanese.contains(line), "{line}");
    }
    Ok(())
}

#[test]
fn every_plot_is_in_its_page_and_follows_light_and_dark() -> Result<()> {
    let files = files(&some_results())?;
    let plots: Vec<_> = files.iter().filter(|(path, _)| path.ends_with(".svg")).collect();
    assert_eq!(plots.len(), QUESTIONS.len() * Language::VARIANTS.len());
    for (path, svg) in plots {
        let suffix = if path.contains(".ja.") { ".ja" } else { "" };
        let page = format!("approaches{suffix}.html");
        let (_, html) = files.iter().find(|(path, _)| *path == page).context("no page")?;
        assert!(html.contains(&format!("aria-labelledby=\"{path}\">\n{svg}</div>")), "{path}");
        for variable in svg.split("var(").skip(1).filter_map(|rest| rest.split(')').next()) {
            let defined = svg.matches(&format!("{variable}: #")).count();
            assert_eq!(defined, 2, "{variable} in {path}");
        }
    }
    Ok(())
}

#[test]
fn the_figures_of_an_axis_do_not_touch_each_other() -> Result<()> {
    let mut results = some_results();
    for check in results.variants.iter_mut().filter_map(|variant| variant.check.as_mut()) {
        check.requests_per_second.median = 106_615.0;
        check.requests_per_second.max = 115_356.0;
    }
    for (path, svg) in files(&results)?.iter().filter(|(path, _)| path.ends_with(".svg")) {
        let attribute = |text: &str, name: &str| -> Option<f64> {
            text.split_once(&format!(" {name}=\""))?.1.split('"').next()?.parse().ok()
        };
        let texts = svg.split("<text").filter(|text| text.contains("text-anchor=\"middle\""));
        let mut placed: Vec<(f64, f64, f64)> = texts
            .filter_map(|text| {
                let shown = text.split_once('>')?.1.split('<').next()?;
                let width = shown.chars().count() as f64 * DIGIT;
                Some((attribute(text, "y")?, attribute(text, "x")?, width))
            })
            .collect();
        placed.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
        for [one, other] in placed.array_windows() {
            let needed = f64::midpoint(one.2, other.2);
            assert!(one.0 != other.0 || other.1 - one.1 > needed, "{path}: {one:?}, {other:?}");
        }
    }
    Ok(())
}

#[test]
fn every_link_within_a_page_leads_somewhere() -> Result<()> {
    for path in ["approaches.md", "approaches.ja.md"] {
        let page = text_of(path)?;
        let links: Vec<_> =
            page.split("](#").skip(1).filter_map(|rest| rest.split(')').next()).collect();
        assert!(links.len() > QUESTIONS.len());
        for link in links {
            assert!(page.contains(&format!("<a id=\"{link}\"></a>")), "{link} in {path}");
        }
    }
    Ok(())
}

#[test]
fn every_link_to_a_file_leads_to_one() -> Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let written = files(&some_results())?;
    let exists = |file| written.iter().any(|(path, _)| path == file) || docs.join(file).is_file();
    for (path, page) in &written {
        let links: Vec<_> = match path.rsplit_once('.') {
            Some((_, "md")) => page.split("](").skip(1).collect(),
            Some((_, "html")) => page.split("href=\"").skip(1).collect(),
            _ => continue,
        };
        let files = links.into_iter().filter_map(|rest| rest.split([')', '"', ' ']).next());
        let files: Vec<_> = files.filter(|file| !file.starts_with('#')).collect();
        assert!(files.len() > APPROACHES.len(), "{path}: {files:?}");
        for file in files {
            assert!(exists(file), "{file} in {path}");
        }
    }
    Ok(())
}

#[test]
fn every_table_of_the_page_has_a_name_and_heads_of_rows_and_columns() -> Result<()> {
    for path in ["approaches.html", "approaches.ja.html"] {
        let page = text_of(path)?;
        let tables: Vec<_> = page.split("<table>").skip(1).collect();
        assert!(tables.len() > QUESTIONS.len());
        for table in tables {
            let table = table.split("</table>").next().unwrap_or_default();
            let id = table.split("<caption id=\"").nth(1).and_then(|rest| rest.split('"').next());
            let id = id.with_context(|| format!("a table without a caption in {path}"))?;
            for naming in [format!("<caption id=\"{id}\">"), format!("aria-labelledby=\"{id}\"")] {
                assert_eq!(page.matches(&naming).count(), 1, "{naming} in {path}");
            }
            assert!(!table.contains("<th>"), "{id} in {path}");
            assert_eq!(table.matches("<tr>").count(), table.matches("scope=\"row\"").count() + 1);
        }
    }
    Ok(())
}

#[test]
fn every_fact_that_names_a_test_names_one_that_exists() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let of_approaches = APPROACHES.iter().flat_map(|about| {
        [Some(about.cookies_thief), about.stores_reader, about.keys_thief].into_iter().flatten()
    });
    let of_choices = choices().flat_map(|choice| [choice.good_for, choice.not_for]);
    for Fact { basis, .. } in of_approaches.chain(of_choices).chain(BROWSERS.iter().copied()) {
        let Basis::Test(file, test) = basis else { continue };
        let source = fs::read_to_string(root.join(file)).with_context(|| file.to_owned())?;
        let definitions =
            [format!("fn {test}("), format!("test(\"{test}\""), format!("test('{test}'")];
        assert!(definitions.iter().any(|it| source.contains(it)), "{test} is not in {file}");
    }
    Ok(())
}

#[test]
fn everything_that_is_measured_has_words() {
    for variant in Variant::all() {
        let (id, name) = (variant.approach.to_string(), variant.name());
        assert!(APPROACHES.iter().any(|about| about.id == id), "{id}");
        assert!(choices().any(|choice| choice.id == name), "{name}");
    }
}

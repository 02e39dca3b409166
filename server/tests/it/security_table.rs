//! Checks of `docs/security.md`: the tests that it names and the files that it links to exist, and every requirement
//! has one row, in order.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const TABLE: &str = include_str!("../../../docs/security.md");

/// The number of requirements of levels 1 and 2 in each chapter of ASVS 5.0.0.
const REQUIREMENTS: [(u32, usize); 12] = [
    (1, 27),
    (3, 19),
    (6, 35),
    (7, 18),
    (8, 7),
    (9, 7),
    (10, 29),
    (11, 14),
    (13, 13),
    (14, 9),
    (15, 13),
    (16, 16),
];

/// A row of the table.
struct Row {
    id: (u32, u32, u32),
    state: &'static str,
    /// The evidence, or the reason why it is not met
    by: &'static str,
}

#[test]
fn every_requirement_has_one_row_in_order() {
    let rows = rows();
    for pair in rows.windows(2) {
        assert!(pair[0].id < pair[1].id, "{:?} is followed by {:?}", pair[0].id, pair[1].id);
    }
    for (chapter, count) in REQUIREMENTS {
        assert_eq!(rows.iter().filter(|row| row.id.0 == chapter).count(), count, "V{chapter}");
    }
    assert_eq!(rows.len(), REQUIREMENTS.iter().map(|(_, count)| count).sum::<usize>());
}

#[test]
fn every_requirement_names_its_evidence_or_why_it_is_not_met() {
    for Row { id, state, by } in rows() {
        assert!(["met", "not met", "not applicable"].contains(&state), "{id:?}: {state}");
        assert!(!by.is_empty(), "{id:?} says nothing");
    }
}

#[test]
fn every_test_named_in_the_security_table_exists() {
    let tests = tests();
    let mut named = 0;
    for Row { id, by, .. } in rows() {
        for name in by.split('`').skip(1).step_by(2) {
            assert!(tests.contains(name), "{id:?}: there is no test {name:?}");
            named += 1;
        }
    }
    assert!(named > 50, "{named}");
}

#[test]
fn every_file_linked_from_the_security_page_exists() {
    let docs = root().join("docs");
    let targets = TABLE.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for target in targets.filter(|target| !target.starts_with("http")) {
        let file = target.split('#').next().unwrap();
        assert!(file.is_empty() || docs.join(file).exists(), "there is no {target}");
    }
}

fn rows() -> Vec<Row> {
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect();
    let lines = TABLE.lines().filter(|line| line.starts_with("| V"));
    lines.map(|line| row(cells(line), line)).collect()
}

fn row(cells: Vec<&'static str>, line: &str) -> Row {
    let [id, _, state, by] = cells[..] else { panic!("not four cells: {line}") };
    let numbers: Vec<u32> = id[1..].split('.').map(|number| number.parse().unwrap()).collect();
    let [chapter, section, requirement] = numbers[..] else { panic!("no id: {line}") };
    Row { id: (chapter, section, requirement), state, by }
}

/// The names of all Rust tests and the titles of all browser tests.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["app", "server", "xtask/src"] {
        for file in files(&root().join(folder), "rs") {
            let text = fs::read_to_string(file).unwrap();
            let mut lines = text.lines().map(str::trim);
            while let Some(line) = lines.next() {
                if line == "#[test]" || line.starts_with("#[tokio::test") {
                    names.extend(lines.next().and_then(function_name));
                }
            }
        }
    }
    for file in files(&root().join("end2end/tests"), "ts") {
        names.extend(fs::read_to_string(file).unwrap().lines().filter_map(title));
    }
    names
}

fn function_name(line: &str) -> Option<String> {
    let rest = line.trim_start_matches("async ").strip_prefix("fn ")?;
    Some(rest.split(['(', '<']).next()?.to_owned())
}

/// The first argument of `test(…)`, in any kind of quotes.
fn title(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("test(")?;
    let quote = rest.chars().next().filter(|quote| ['\'', '"', '`'].contains(quote))?;
    Some(rest[1..].split(quote).next()?.to_owned())
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

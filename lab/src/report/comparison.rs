//! The one table with everything, and where other variants are ahead of the product.

use super::{
    figures::{
        ADDED, BALANCED_CHECKS, Better, CHECK_SERVER, CHECK_STORE, CHECK_TRIPS, CHECKS, COOKIE,
        FAILED_OVER, Figure, KILLED, LINES, LOG_OUT, LOST_UPDATES, PARTS, REFRESH_SERVER,
        RESTARTED, ROLE, STORE_DOWN, STORE_FULL, STORE_RESTARTED, STORE_RESTARTED_FROM_LOG,
        STORE_WIPED, STORED, WRITES,
    },
    questions::QUESTIONS,
    rows::Row,
    table::Table,
    value::{NONE, Value},
    words::{Language, Words, words},
};
use crate::results::Loss;

/// The product as it is by default, to which the others are compared.
const PRODUCT: &str = "genkan@redis";

/// A column: one figure, or several that belong together.
enum Column {
    One(Figure),
    Several(Words, &'static [Figure]),
}

const COLUMNS: &[Column] = &[
    Column::One(CHECKS),
    Column::One(BALANCED_CHECKS),
    Column::One(CHECK_SERVER),
    Column::One(CHECK_STORE),
    Column::One(REFRESH_SERVER),
    Column::One(CHECK_TRIPS),
    Column::One(WRITES),
    Column::One(LOG_OUT),
    Column::One(ROLE),
    Column::Several(
        words(
            "sessions lost with an instance: killed, added, restarted",
            "インスタンスで失われるセッション：強制終了、追加、再起動",
        ),
        &[KILLED, ADDED, RESTARTED],
    ),
    Column::Several(
        words(
            "with the store: restarted, restarted with a file, wiped, failed over, full",
            "ストアで失われるセッション：再起動、AOFつきの再起動、全消去、フェイルオーバー、満杯",
        ),
        &[STORE_RESTARTED, STORE_RESTARTED_FROM_LOG, STORE_WIPED, FAILED_OVER, STORE_FULL],
    ),
    Column::One(LOST_UPDATES),
    Column::One(STORE_DOWN),
    Column::One(COOKIE),
    Column::One(STORED),
    Column::One(PARTS),
    Column::One(LINES),
];
/// Above the names of variants
pub const VARIANT: Words = words("variant", "構成");
const GOOD_FOR: Words = words("good for", "向いている用途");
const NOT_FOR: Words = words("not for", "向かない用途");

/// The text of a figure's cell.
pub fn cell(figure: &Figure, row: &Row<'_>, language: Language) -> String {
    (figure.of)(row.variant).map_or_else(|| NONE.to_owned(), |value| value.text(language))
}

/// A table of these figures.
pub fn table(rows: &[Row<'_>], figures: &[Figure], language: Language) -> Table {
    let names = figures.iter().map(|figure| figure.name);
    let cells = |row: &Row<'_>| {
        let figures = figures.iter().map(|figure| cell(figure, row, language));
        [row.choice.name.get(language).to_owned()].into_iter().chain(figures).collect()
    };
    Table { head: head(names, language), rows: rows.iter().map(cells).collect() }
}

/// Everything about every variant.
pub fn everything(rows: &[Row<'_>], language: Language) -> Table {
    let names = COLUMNS.iter().map(|column| match column {
        Column::One(figure) => figure.name,
        Column::Several(name, _) => *name,
    });
    let cells = |row: &Row<'_>| {
        let figures = COLUMNS.iter().map(|column| match column {
            Column::One(figure) => cell(figure, row, language),
            Column::Several(_, figures) => {
                let cells: Vec<_> = figures.iter().map(|it| cell(it, row, language)).collect();
                language.list(&cells)
            }
        });
        let judgements = [row.choice.good_for, row.choice.not_for];
        let judgements = judgements.map(|fact| fact.markdown(language));
        let name = row.choice.name.get(language).to_owned();
        [name].into_iter().chain(figures).chain(judgements).collect()
    };
    Table {
        head: head(names.chain([GOOD_FOR, NOT_FOR]), language),
        rows: rows.iter().map(cells).collect(),
    }
}

fn head(names: impl Iterator<Item = Words>, language: Language) -> Vec<String> {
    [VARIANT].into_iter().chain(names).map(|name| name.get(language).to_owned()).collect()
}

/// The figures by which variants are compared to the product: those of all questions, but for a status, of which none is
/// the better one, and lost changes, whose number is chance.
fn compared() -> impl Iterator<Item = &'static Figure> {
    let of_questions = QUESTIONS.iter().flat_map(|question| question.figures);
    let others = [STORE_DOWN, LOST_UPDATES].map(|figure| figure.name);
    of_questions.filter(move |figure| !others.contains(&figure.name)).chain([&PARTS])
}

const FIGURE: Words = words("figure", "数値");
const AHEAD: Words = words("ahead", "上回る方式");
const ALIKE: Words = words("alike", "同等");
const BEHIND: Words = words("behind", "下回る方式");

/// Who is ahead of the product in each figure: not only by the median, but by all rounds.
pub fn ahead(rows: &[Row<'_>], language: Language) -> Option<Table> {
    let product = rows.iter().find(|row| row.choice.id == PRODUCT)?;
    let others = || rows.iter().filter(|row| row.variant.approach != product.variant.approach);
    let compared = compared().filter_map(|figure| {
        let own = (figure.of)(product.variant)?;
        let known = || others().filter_map(|row| Some((row, (figure.of)(row.variant)?)));
        let ahead = known().filter(|(_, value)| is_better(*value, own, figure.better));
        let ahead: Vec<_> = ahead
            .map(|(row, value)| {
                format!("{} {}", row.choice.name.get(language), value.text(language))
            })
            .collect();
        let behind = known().filter(|(_, value)| is_better(own, *value, figure.better)).count();
        let alike = known().count() - ahead.len() - behind;
        let listed = match ahead.len() {
            0 => NONE.to_owned(),
            _ => language.list(&ahead),
        };
        let name = figure.name.get(language).to_owned();
        Some(vec![name, own.text(language), listed, alike.to_string(), behind.to_string()])
    });
    let head = [FIGURE, product.choice.name, AHEAD, ALIKE, BEHIND];
    Some(Table {
        head: head.map(|word| word.get(language).to_owned()).into(),
        rows: compared.collect(),
    })
}

/// Returns whether every round of `one` is better than every round of `other`. Where as many sessions are lost, counters
/// decide.
fn is_better(one: Value, other: Value, better: Better) -> bool {
    if let (Value::Loss(one), Value::Loss(other)) = (one, other) {
        let lost = |it: Loss| (it.sessions, it.counters.unwrap_or(it.sessions));
        return lost(one) < lost(other);
    }
    match better {
        Better::Higher => one.ends().0 > other.ends().1,
        Better::Lower => one.ends().1 < other.ends().0,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::rows::rows, *};
    use crate::results::{Spread, tests::some_results};

    #[test]
    fn a_variant_is_ahead_only_if_all_its_rounds_are() {
        let spread = |min, max| Value::Spread(Spread { median: (min + max) / 2.0, min, max });
        let fast = spread(10.0, 12.0);
        assert!(is_better(fast, spread(12.5, 20.0), Better::Lower));
        assert!(!is_better(fast, spread(11.5, 20.0), Better::Lower));
        assert!(is_better(fast, spread(1.0, 9.0), Better::Higher));
    }

    #[test]
    fn who_beats_the_product_is_shown_as_beating_it() -> anyhow::Result<()> {
        let mut results = some_results();
        for variant in &mut results.variants {
            if variant.approach == "jwt_long" {
                variant.bytes.cookie = 7;
            }
        }
        let rows = rows(&results)?;
        let table = ahead(&rows, Language::English).unwrap_or_else(|| unreachable!("is there"));
        let cookie = table.rows.iter().find(|row| row[0] == COOKIE.name.get(Language::English));
        let cookie = cookie.map(|row| row[2].as_str());
        assert_eq!(cookie, Some("JWT (30 days) 7"));
        Ok(())
    }

    #[test]
    fn who_keeps_the_counters_is_ahead_of_who_keeps_the_sessions_alone() -> anyhow::Result<()> {
        let results = some_results();
        let table =
            ahead(&rows(&results)?, Language::English).unwrap_or_else(|| unreachable!("is there"));
        let name = STORE_RESTARTED.name.get(Language::English);
        let ahead = table.rows.iter().find(|row| row[0] == name).map(|row| row[2].as_str());
        assert_eq!(ahead, Some("RDB (each request) 0%, RDB (once a minute) 0%"));
        Ok(())
    }
}

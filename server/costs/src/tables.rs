//! Markdown tables.

pub fn table(head: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let rule = format!("|{}", "---|".repeat(head.len()));
    let mut lines = vec![line(&head), rule];
    lines.extend(rows.map(|row| line(&row)));
    lines.join("\n")
}

/// A whole number with its thousands set apart.
pub fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        let numbers = [1.0, 999.0, 1000.0, 1_000_000.0].map(grouped);
        assert_eq!(numbers, ["1", "999", "1,000", "1,000,000"]);
    }
}

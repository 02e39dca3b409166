//! The settings of a server that decide whether records stay until they expire, and are replaced only as read.

use super::connection::Failure;

/// Each setting, as `stats settings` reports it, and the value it must have.
const REQUIRED: [(&str, &str); 3] = [
    // -M: a full server refuses a record, and deletes none to make room for it.
    ("evictions", "off"),
    // -o no_slab_automove: moving a page of memory deletes the records that find no other place.
    ("slab_automove", "0"),
    // Without -C: every compare-and-swap would succeed.
    ("cas_enabled", "yes"),
];

/// Checks what the server reports.
pub(super) fn check(report: &[String]) -> Result<(), Failure> {
    let has = |(name, value): (&str, &str)| {
        report.iter().any(|line| *line == format!("STAT {name} {value}"))
    };
    if REQUIRED.into_iter().all(has) { Ok(()) } else { Err(Failure::Unsafe) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_required_setting_must_be_reported_with_its_value() {
        let safe: Vec<String> =
            ["maxbytes 67108864", "evictions off", "slab_automove 0", "cas_enabled yes"]
                .map(|setting| format!("STAT {setting}"))
                .to_vec();
        assert!(check(&safe).is_ok());
        for (at, other) in [(1, "evictions on"), (2, "slab_automove 1"), (3, "cas_enabled no")] {
            let mut changed = safe.clone();
            changed[at] = format!("STAT {other}");
            assert!(matches!(check(&changed), Err(Failure::Unsafe)), "{other}");
            changed.remove(at);
            assert!(matches!(check(&changed), Err(Failure::Unsafe)), "without {other}");
        }
    }
}

//! What is in a cell: a measured figure, as text and as a length in a plot.

use super::words::{Language, Words, words};
use crate::results::{Access, Loss, Spread, StoreDown, Until};

/// A figure of a variant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// Of several rounds
    Spread(Spread),
    /// Counted, or measured once
    Number(f64),
    /// What an event has taken
    Loss(Loss),
    /// How long something that was taken away still works
    Access(Access),
    /// A response
    StoreDown(StoreDown),
}

/// Where nothing was measured: it does not apply, or another variant of the approach has the figure.
pub const NONE: &str = "–";

const COUNTERS: Words =
    words("{sessions} (counters {counters})", "{sessions}（カウンターは{counters}）");
const NEXT_REQUEST: Words = words("until the next request", "次のリクエストまで");
const TOKEN_EXPIRES: Words =
    words("{ended} s, with a lifetime of {lifetime} s", "{ended}秒（有効期間{lifetime}秒で）");
const STILL_WORKS: Words = words("longer than {watched} s", "{watched}秒後も有効");
const NO_RESPONSE: Words = words("none within {waited} s", "{waited}秒以内に応答なし");

impl Value {
    /// The text of a cell: of several rounds the median, and in brackets the least and the greatest figure.
    pub fn text(self, language: Language) -> String {
        match self {
            Self::Spread(Spread { median, min, max }) => {
                format!("{} ({}–{})", number(median), number(min), number(max))
            }
            Self::Number(figure) => number(figure),
            Self::Loss(loss) => match loss.counters.filter(|counters| *counters != loss.sessions) {
                None => percent(loss.sessions),
                Some(counters) => COUNTERS.fill(
                    language,
                    &[("sessions", percent(loss.sessions)), ("counters", percent(counters))],
                ),
            },
            Self::Access(access) => {
                let seconds = |figure| ("ended", number(figure));
                let lifetime = ("lifetime", number(access.lifetime_s));
                let watched = ("watched", number(access.watched_s));
                let ended = seconds(access.ended_after_s.unwrap_or_default());
                let words = match access.until() {
                    Until::NextRequest => NEXT_REQUEST,
                    Until::TokenExpires => TOKEN_EXPIRES,
                    Until::StillWorks => STILL_WORKS,
                };
                words.fill(language, &[ended, lifetime, watched])
            }
            Self::StoreDown(StoreDown { status: Some(status), .. }) => status.to_string(),
            Self::StoreDown(StoreDown { status: None, waited_s }) => {
                NO_RESPONSE.fill(language, &[("waited", number(waited_s))])
            }
        }
    }

    /// The text without the ends.
    pub fn short(self, language: Language) -> String {
        match self {
            Self::Spread(spread) => number(spread.median),
            _ => self.text(language),
        }
    }

    /// The figure that is drawn, and by which values are compared.
    pub fn figure(self) -> f64 {
        match self {
            Self::Spread(spread) => spread.median,
            Self::Number(figure) => figure,
            Self::Loss(loss) => loss.sessions,
            Self::Access(access) if access.until() == Until::NextRequest => 0.0,
            Self::Access(access) => access.ended_after_s.unwrap_or(access.watched_s),
            Self::StoreDown(down) => down.status.map_or(0.0, f64::from),
        }
    }

    /// The least and the greatest figure.
    pub fn ends(self) -> (f64, f64) {
        match self {
            Self::Spread(Spread { min, max, .. }) => (min, max),
            _ => (self.figure(), self.figure()),
        }
    }
}

fn percent(share: f64) -> String {
    format!("{}%", number(share * 100.0))
}

/// Whole numbers as they are, others with three digits that count; thousands set apart.
pub fn number(figure: f64) -> String {
    let decimals = match figure.abs() {
        whole if whole.fract() == 0.0 => 0,
        // It would be shown as 0.00, beside a plain 0 that was counted.
        nothing if nothing < 0.005 => 0,
        large if large >= 99.95 => 0,
        medium if medium >= 9.995 => 1,
        _ => 2,
    };
    let text = format!("{figure:.decimals$}");
    let (digits, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if fraction.is_empty() { grouped } else { format!("{grouped}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_digits_that_count() {
        let numbers = [0.0, 0.004, 0.257, 2.0, 9.999, 12.34, 99.96, 1234.5, 1_000_000.0];
        let shown = ["0", "0", "0.26", "2", "10.0", "12.3", "100", "1,234", "1,000,000"];
        assert_eq!(numbers.map(number), shown);
    }

    #[test]
    fn a_loss_names_the_counters_that_are_gone_without_their_sessions() {
        let text =
            |sessions, counters| Value::Loss(Loss { sessions, counters }).text(Language::English);
        assert_eq!(text(0.0, Some(1.0)), "0% (counters 100%)");
        assert_eq!(text(0.335, Some(0.335)), "33.5%");
        assert_eq!(text(0.5, None), "50%");
    }

    #[test]
    fn an_access_says_when_it_ended() {
        let after = |ended_after_s| {
            let access = Access { ended_after_s, watched_s: 6.0, lifetime_s: 2.0 };
            Value::Access(access).text(Language::English)
        };
        assert_eq!(after(Some(0.01)), "until the next request");
        assert_eq!(after(Some(1.91)), "1.91 s, with a lifetime of 2 s");
        assert_eq!(after(None), "longer than 6 s");
    }
}

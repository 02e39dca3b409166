//! How long the member stays signed in in this browser, in words.

use frontend::SessionLength as Live;
use leptos::prelude::*;

use crate::{
    i18n::{Locale, tr, use_locale},
    page_context::{Viewer, use_page},
};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A sentence, while somebody is signed in. Scripts keep it true while the page stays open, by the same sentences with
/// `#` for the number.
#[component]
pub(crate) fn SessionLength() -> impl IntoView {
    let locale = use_locale();
    let Viewer::Member(member) = &use_page().viewer else { return ().into_any() };
    let words = length_words(locale, member.session_left);
    view! {
        <Live>
            <p
                class="hint"
                data-days=tr!(locale, session.days, count = "#")
                data-hours=tr!(locale, session.hours, count = "#")
                data-minutes=tr!(locale, session.minutes, count = "#")
                data-soon=tr!(locale, session.soon)
            >
                {words}
            </p>
        </Live>
    }
    .into_any()
}

/// In the largest unit of which there are two, and rounded up: "at most" is then true.
fn length_words(locale: Locale, seconds: u64) -> String {
    if seconds >= 2 * DAY {
        tr!(locale, session.days, count = seconds.div_ceil(DAY))
    } else if seconds >= 2 * HOUR {
        tr!(locale, session.hours, count = seconds.div_ceil(HOUR))
    } else if seconds >= 2 * MINUTE {
        tr!(locale, session.minutes, count = seconds.div_ceil(MINUTE))
    } else {
        tr!(locale, session.soon).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_said_in_the_largest_unit_of_which_there_are_two() {
        for (seconds, unit) in [
            (90 * DAY, "90 more days"),
            (90 * DAY - 1, "90 more days"),
            (2 * DAY, "2 more days"),
            (2 * DAY - 1, "48 more hours"),
            (2 * HOUR, "2 more hours"),
            (2 * HOUR - 1, "120 more minutes"),
            (2 * MINUTE, "2 more minutes"),
            (2 * MINUTE - 1, "two minutes"),
            (0, "two minutes"),
        ] {
            let words = length_words(Locale::en, seconds);
            assert!(words.contains(unit), "{seconds}: {words}");
        }
    }
}

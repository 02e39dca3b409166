//! How long the member stays signed in in this browser, in words.

use leptos::prelude::*;

use crate::{
    components::message::Message,
    i18n::{Locale, tr, use_locale},
    session::use_session,
};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A sentence, while somebody is signed in. It follows the token keeper.
#[component]
pub(crate) fn SessionLength() -> impl IntoView {
    let locale = use_locale();
    let session = use_session();
    let words = move || {
        session.with(|session| {
            session.viewer().map(|viewer| length_words(locale, viewer.session_expires_in))
        })
    };
    view! { <Message class="hint" words=Signal::derive(words)/> }
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
    .to_string()
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

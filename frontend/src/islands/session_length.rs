//! A sentence about how long the member stays signed in in this browser.

use contract::attributes::{COUNT, DAYS, HOURS, MINUTES, SOON};
use keeper::TimeLeft;
use leptos::prelude::*;

use super::attached::Attached;
use crate::dom;

/// The sentence as the server rendered it, with the sentences for all units in attributes. The token keeper updates it.
#[island]
pub fn SessionLength(children: Children) -> impl IntoView {
    Attached::new(children, |_| {})
}

/// Shows how long the session still lasts.
pub(crate) fn show(time_left: TimeLeft) {
    let (attribute, count) = match time_left {
        TimeLeft::Days(count) => (DAYS, count),
        TimeLeft::Hours(count) => (HOURS, count),
        TimeLeft::Minutes(count) => (MINUTES, count),
        TimeLeft::Soon => (SOON, 0),
    };
    dom::each(&["[", attribute, "]"].concat(), |sentence| {
        if let Some(words) = sentence.get_attribute(attribute) {
            sentence.set_text_content(Some(&words.replace(COUNT, &count.to_string())));
        }
    });
}

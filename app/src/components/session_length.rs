//! The time for which the member stays signed in in this browser, in words.

use std::time::Duration;

use contract::attributes::{COUNT, DAYS, HOURS, MINUTES, SOON};
use frontend::{SessionLength as Live, TimeLeft};
use leptos::{attr::custom::custom_attribute, prelude::*};

use crate::{
    i18n::{Locale, tr, use_locale},
    page_context::{Viewer, use_page},
};

/// A sentence, while somebody is signed in. While the page stays open, scripts update it by the sentences in its
/// attributes.
#[component]
pub(crate) fn SessionLength() -> impl IntoView {
    let locale = use_locale();
    let Viewer::Member(member) = &use_page().viewer else { return ().into_any() };
    let words = words(locale, TimeLeft::of(Duration::from_secs(member.session_left)));
    view! {
        <Live>
            <p
                class="hint"
                {..custom_attribute(DAYS, tr!(locale, session.days, count = COUNT))}
                {..custom_attribute(HOURS, tr!(locale, session.hours, count = COUNT))}
                {..custom_attribute(MINUTES, tr!(locale, session.minutes, count = COUNT))}
                {..custom_attribute(SOON, tr!(locale, session.soon))}
            >
                {words}
            </p>
        </Live>
    }
    .into_any()
}

fn words(locale: Locale, left: TimeLeft) -> String {
    match left {
        TimeLeft::Days(count) => tr!(locale, session.days, count = count),
        TimeLeft::Hours(count) => tr!(locale, session.hours, count = count),
        TimeLeft::Minutes(count) => tr!(locale, session.minutes, count = count),
        TimeLeft::Soon => tr!(locale, session.soon).to_owned(),
    }
}

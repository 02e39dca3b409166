//! Dates. The server writes them in UTC; scripts show them in the browser's time zone.

use contract::attributes;
use leptos::{attr::custom::custom_attribute, prelude::*};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use crate::i18n::{date_words, use_locale};

/// The day of a moment, in words.
#[component]
pub(crate) fn LocalDate(moment: OffsetDateTime) -> impl IntoView {
    let words = date_words(use_locale(), moment.to_offset(UtcOffset::UTC).date());
    view! {
       <time
           datetime=machine_readable(moment)
           {..custom_attribute(attributes::LOCAL_TIME, "")}
       >
           {words}
       </time>
    }
}

/// A moment to the second, in UTC (RFC 3339).
pub(crate) fn machine_readable(moment: OffsetDateTime) -> String {
    let moment = moment.to_offset(UtcOffset::UTC);
    let whole = moment.replace_nanosecond(0).unwrap_or(moment);
    whole.format(&Rfc3339).unwrap_or_default()
}

//! HTML of views that no script takes over: mails, and documents without islands.

use leptos::prelude::*;

/// The HTML of a view, without the comments by which Leptos tells texts apart in a page. None of them is in a text:
/// there `<` is escaped.
pub(crate) fn html_of(view: impl IntoView) -> String {
    view.into_view().to_html().replace("<!>", "")
}

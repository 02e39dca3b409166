//! HTML of views without islands: mails and plain documents.

use leptos::prelude::*;

/// Renders a view without the comments with which Leptos separates texts. Removing them cannot change a text, in which
/// `<` is escaped.
pub(crate) fn html_of(view: impl IntoView) -> String {
    view.into_view().to_html().replace("<!>", "")
}

//! Words that come and go. Whatever says something to the member says it through this one component: one
//! type of view for all of them keeps the download small, and their markup alike.

use leptos::prelude::*;

/// A paragraph that is there while it has words.
#[component]
pub(crate) fn Message(
    class: &'static str,
    #[prop(into)] words: Signal<Option<String>>,
    #[prop(optional)] id: Option<String>,
    #[prop(optional)] role: Option<&'static str>,
) -> impl IntoView {
    move || {
        words.get().map(|words| {
            view! { <p class=class id=id.clone() role=role>{words}</p> }
        })
    }
}

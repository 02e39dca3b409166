//! The head of a page: a nameplate, the heading, and what stands with them.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};

/// The heading of a page, with its title and description for the browser. `plate` is the word on the
/// decorative nameplate.
#[component]
pub(crate) fn PageHead(
    plate: &'static str,
    title: &'static str,
    #[prop(into)] heading: String,
    #[prop(optional)] description: Option<&'static str>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <Title text=title/>
        {description.map(|content| view! { <Meta name="description" content/> })}
        <header class="page-head">
            <p class="plate" lang="ja" aria-hidden="true">{plate}</p>
            <h1>{heading}</h1>
            {children.map(|children| children())}
        </header>
    }
}

//! The skeleton of a page: a nameplate and the heading at its side, and the body.

use leptos::prelude::*;

/// The word on a page's decorative nameplate. Screen readers skip it; the heading says the same in the page's language.
pub(crate) mod plate {
    /// The site's own name: entrance hall
    pub(crate) const GENKAN: &str = "玄関";
    /// "Welcome home"
    pub(crate) const WELCOME_HOME: &str = "おかえり";
    /// Joining
    pub(crate) const JOINING: &str = "入会";
    /// Leaving for good
    pub(crate) const LEAVING: &str = "退会";
    /// Confirmation
    pub(crate) const CONFIRMATION: &str = "確認";
    /// Spare key
    pub(crate) const SPARE_KEY: &str = "合鍵";
    /// Doorplate with the family's name
    pub(crate) const DOORPLATE: &str = "表札";
    /// Comings and goings
    pub(crate) const COMINGS_AND_GOINGS: &str = "出入り";
    /// Lost child
    pub(crate) const LOST: &str = "迷子";
    /// Letter box
    pub(crate) const LETTER_BOX: &str = "郵便受け";
    /// Repairs
    pub(crate) const REPAIRS: &str = "修繕";
}

/// A page with its heading; `head` stands below the heading.
#[component]
pub(crate) fn Page(
    plate: &'static str,
    #[prop(into)] heading: String,
    #[prop(optional)] head: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="page">
            <header class="page-head">
                <p class="plate" lang="ja" aria-hidden="true">{plate}</p>
                <h1>{heading}</h1>
                {head}
            </header>
            <div class="page-body">{children()}</div>
        </div>
    }
}

//! A page that the server alone renders: it is whole as it comes, and its forms post plainly. The browser
//! takes its HTML as it is, so that what it shows adds nothing to the first load; header, notices and footer
//! around it are hydrated as on every page. Links to such a page have to be `rel="external"`.

use std::future::Future;

use leptos::prelude::*;
use leptos_meta::Title;

/// The page with this title. In the browser `page` is never called, and so is not part of the download.
#[cfg(feature = "ssr")]
pub(crate) fn served<V, F>(
    title: &'static str,
    page: impl FnOnce() -> F + Send + 'static,
) -> impl IntoView
where
    V: IntoView + 'static,
    F: Future<Output = V> + Send + 'static,
{
    use leptos::tachys::reactive_graph::OwnedView;

    let page = Suspend::new(async move {
        // What was waited for is rendered by whichever thread comes along, and finds its context by its owner.
        OwnedView::new(page().await.into_view())
    });
    view! {
        <Title text=title/>
        <div>{page}</div>
    }
}

/// Adopts what came from the server. Where nothing came, because the router has gone back to this page within
/// the app, it is loaded.
#[cfg(not(feature = "ssr"))]
pub(crate) fn served<V, F>(title: &'static str, _page: impl FnOnce() -> F) -> impl IntoView
where
    V: IntoView + 'static,
    F: Future<Output = V>,
{
    let came_with_the_page =
        Owner::current_shared_context().is_some_and(|context| context.during_hydration());
    if !came_with_the_page {
        _ = window().location().reload();
    }
    view! {
        <Title text=title/>
        <div inner_html=""></div>
    }
}

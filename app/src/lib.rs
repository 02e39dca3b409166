//! The pages, compiled for both sides: rendered by the server, hydrated in the browser.
//!
//! **Architecture Invariant:** nothing here knows a database or a token's inside. The server's half lies
//! under `ssr/`, behind `cfg(feature = "ssr")`; `ssr` and `hydrate` are never on together.

pub mod api;
mod components;
pub mod i18n;
pub mod page_state;
mod pages;
#[cfg(feature = "hydrate")]
mod post;
mod query;
pub mod session;
#[cfg(feature = "ssr")]
pub mod ssr;
mod token_keeper;

use leptos::{prelude::*, wasm_bindgen::JsCast, web_sys};
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    hooks::use_location,
    path,
};

use crate::{
    components::{
        footer::Footer,
        header::Header,
        notices::{ConnectionNotice, PageNotice},
        peek::listen_to_peeks,
    },
    i18n::{Locale, locale_of, tr, use_locale},
    page_state::{CurrentFlash, PageState, use_page_state},
    pages::{
        account::AccountPage,
        confirm::ConfirmPage,
        failure::{FailurePage, NotFoundPage},
        forgot::ForgotPage,
        home::HomePage,
        login::LogInPage,
        profile::ProfilePage,
        reset::ResetPage,
        security::SecurityPage,
        sessions::SessionsPage,
        signup::SignUpPage,
    },
    session::provide_session,
};

/// Every page, and who may see it. The server registers and guards them by this list; the browser's
/// router below has the same.
#[cfg(feature = "ssr")]
pub const ROUTES: &[(&str, ssr::guard::Access)] = &[
    ("/", ssr::guard::Access::Everybody),
    ("/forgot", ssr::guard::Access::Everybody),
    ("/login", ssr::guard::Access::Visitors),
    ("/profile", ssr::guard::Access::Members),
    ("/reset", ssr::guard::Access::Everybody),
    ("/settings/account", ssr::guard::Access::Members),
    ("/settings/security", ssr::guard::Access::Members),
    ("/settings/sessions", ssr::guard::Access::Members),
    ("/signup", ssr::guard::Access::Visitors),
    ("/signup/confirm", ssr::guard::Access::Everybody),
];

/// The document around the app, rendered by the server alone.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    use leptos_meta::{HashedStylesheet, MetaTags};

    let state = expect_context::<PageState>();
    let nonce = leptos::nonce::use_nonce();
    ssr::security::set_content_security_policy(nonce.as_ref(), &options);
    let locale = state.locale.clone();
    let is_hydrated = state.failure.is_none() && use_context::<page_state::InPlace>().is_none();
    view! {
        <!DOCTYPE html>
        <html lang=locale>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f7f6f1"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#11161b"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <HashedStylesheet options=options.clone() id="style"/>
                <AutoReload options=options.clone()/>
                {is_hydrated.then(|| view! { <HydrationScripts options/> })}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The whole site.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let state = SharedValue::new_miniserde(page_state).into_inner();
    provide_context(locale_of(&state.locale).unwrap_or(Locale::en));
    provide_context(CurrentFlash(RwSignal::new(state.flash.clone())));
    token_keeper::keep(provide_session(&state), &state);
    provide_context(StoredValue::new(state));
    listen_to_peeks();

    let locale = use_locale();
    let site = tr!(locale, site.name);
    let failure = use_page_state().with_value(|state| state.failure.clone());
    view! {
        <Title formatter=move |title: String| format!("{title} · {site}")/>
        <Router>
            // External: the browser moves the focus, which the router would not.
            <a class="skip" href="#main" rel="external">{tr!(locale, site.skip)}</a>
            <Header/>
            <ConnectionNotice/>
            <main class="main" id="main" tabindex="-1">
                <PageNotice/>
                {match failure {
                    Some(failure) => view! { <FailurePage failure/> }.into_any(),
                    None => pages(),
                }}
            </main>
            <Footer/>
        </Router>
    }
}

/// The page that the address names, unless the server has something else to show in its place.
#[cfg(feature = "ssr")]
fn pages() -> AnyView {
    match use_context::<page_state::Unkept>() {
        Some(unkept) => view! { <pages::unkept::UnkeptPage unkept/> }.into_any(),
        None => view! { <Pages/> }.into_any(),
    }
}

#[cfg(not(feature = "ssr"))]
fn pages() -> AnyView {
    view! { <Pages/> }.into_any()
}

#[component]
fn Pages() -> impl IntoView {
    arrive_on_every_page();
    view! {
        <FlatRoutes fallback=NotFoundPage>
            <Route path=path!("/") view=HomePage/>
            <Route path=path!("/forgot") view=ForgotPage/>
            <Route path=path!("/login") view=LogInPage/>
            <Route path=path!("/profile") view=ProfilePage/>
            <Route path=path!("/reset") view=ResetPage/>
            <Route path=path!("/settings/account") view=AccountPage/>
            <Route path=path!("/settings/security") view=SecurityPage/>
            <Route path=path!("/settings/sessions") view=SessionsPage/>
            <Route path=path!("/signup") view=SignUpPage/>
            <Route path=path!("/signup/confirm") view=ConfirmPage/>
        </FlatRoutes>
    }
}

/// What a full load would do by itself: a notice belongs to the page that it was left for, and a keyboard or
/// screen reader goes on at the top of the new page, not where the link was.
fn arrive_on_every_page() {
    let CurrentFlash(flash) = expect_context();
    let path = use_location().pathname;
    Effect::new(move |shown: Option<String>| {
        let path = path.get();
        if shown.is_some_and(|shown| shown != path) {
            flash.set(None);
            let main = document().get_element_by_id("main");
            if let Some(main) = main.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
                _ = main.focus();
            }
        }
        path
    });
}

/// What the server's handler found out about this request.
#[cfg(feature = "ssr")]
fn page_state() -> PageState {
    expect_context::<PageState>()
}

/// In the browser the state comes with the page; this stands in only if the page was cut off.
#[cfg(not(feature = "ssr"))]
fn page_state() -> PageState {
    let locale = document().document_element().and_then(|html| html.get_attribute("lang"));
    PageState { locale: locale.unwrap_or_else(|| "en".to_owned()), ..PageState::default() }
}

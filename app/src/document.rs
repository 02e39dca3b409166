//! The HTML document around every page.

use std::sync::Arc;

use contract::attributes;
use hydration_context::SsrSharedContext;
use leptos::{
    attr::{Attribute, custom::custom_attribute},
    prelude::*,
};

use crate::{
    assets::Assets,
    components::{
        footer::Footer,
        header::Header,
        notices::{ConnectionNotice, PageNotice},
    },
    i18n::{tag_of, tr, use_locale},
    page_context::{PageContext, Viewer, use_page},
    page_view::PageView,
};

/// Renders a page into a complete HTML document.
#[must_use]
pub fn render(page: PageView, context: PageContext, assets: &Assets) -> String {
    // Islands read from this context that they are being rendered.
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let html = owner.with(|| {
        provide_context(context.locale);
        provide_context(Arc::new(context));
        document(page, assets).to_html()
    });
    owner.unset_with_forced_cleanup();
    html
}

fn document(page: PageView, assets: &Assets) -> impl IntoView {
    let locale = use_locale();
    let viewer = viewer_attributes(&use_page().viewer);
    let version = assets.version.to_str().ok().map(ToOwned::to_owned);
    let version = custom_attribute(attributes::VERSION, version);
    let PageView { title, description, body, .. } = page;
    // As a child, the text would come with comment markers, which a title shows as text.
    let title = format!("{title} · {}", tr!(locale, site.name));
    let scripts = if use_page().answers_post { &[][..] } else { &assets.scripts };
    let scripts =
        scripts.iter().map(|script| view! { <script inner_html=script.clone()></script> });
    view! {
        <!DOCTYPE html>
        <html lang=tag_of(locale) {..version} {..viewer}>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <title inner_html=title></title>
                {description.map(|content| view! { <meta name="description" content=content/> })}
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f7f6f1"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#11161b"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=assets.stylesheet.clone()/>
                {scripts.collect_view()}
            </head>
            <body>
                <a class="skip" href="#main">{tr!(locale, site.skip)}</a>
                <Header/>
                <ConnectionNotice/>
                <main class="main" id="main" tabindex="-1">
                    <PageNotice/>
                    {body()}
                </main>
                <Footer/>
            </body>
        </html>
    }
}

/// The attributes that tell the page's scripts about the session.
fn viewer_attributes(viewer: &Viewer) -> impl Attribute + use<> {
    let (who, member) = match viewer {
        Viewer::Member(member) => (Some(attributes::SIGNED_IN), Some(member)),
        Viewer::Nobody => (Some(attributes::SIGNED_OUT), None),
        Viewer::Unknown => (None, None),
    };
    (
        custom_attribute(attributes::VIEWER, who),
        custom_attribute(attributes::MEMBER_ID, member.map(|it| it.member_id.clone())),
        custom_attribute(attributes::SESSION_ID, member.map(|it| it.session_id.clone())),
        custom_attribute(attributes::ACCESS_LEFT, member.map(|it| it.access_left.to_string())),
        custom_attribute(
            attributes::ACCESS_LIFETIME,
            member.map(|it| it.access_lifetime.to_string()),
        ),
        custom_attribute(attributes::SESSION_LEFT, member.map(|it| it.session_left.to_string())),
        custom_attribute(attributes::IDLE_LEFT, member.map(|it| it.idle_left.to_string())),
        custom_attribute(attributes::GRACE, member.map(|it| it.grace.to_string())),
    )
}

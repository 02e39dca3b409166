//! The pages, each in a file of its own, and the table from which routes, guard and navigation are built.

use futures_util::future::BoxFuture;

use crate::{
    api::problem::Problem,
    http::request::ServerRequest,
    i18n::{Locale, tr},
    page_view::PageView,
};

mod account;
pub(crate) mod confirm;
pub(crate) mod failure;
mod forgot;
mod home;
mod login;
mod profile;
mod reset;
mod security;
mod sessions;
mod signup;
pub(crate) mod unkept;

/// A page.
pub struct Page {
    pub path: &'static str,
    pub access: Access,
    /// The navigations that link to it, with the words of each link
    nav: &'static [(Nav, Words)],
    /// Reads the page's data
    show: fn(ServerRequest) -> BoxFuture<'static, Result<PageView, Problem>>,
}

/// A text in a language.
pub(crate) type Words = fn(Locale) -> &'static str;

/// Audience of a page, checked before anything is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Open to everybody
    Everybody,
    /// For those who are not signed in; a member is sent on
    Visitors,
    /// For members; others are sent to log in
    Members,
}

/// A navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nav {
    /// In the header, for those who are not signed in
    Visitors,
    /// In the header, for members
    Members,
    /// On the pages about the member
    Settings,
}

/// Every page. Navigations show their links in this order.
pub const PAGES: &[Page] = &[
    Page {
        path: "/",
        access: Access::Everybody,
        nav: &[],
        show: |request| Box::pin(home::show(request)),
    },
    Page {
        path: "/login",
        access: Access::Visitors,
        nav: &[(Nav::Visitors, |locale| tr!(locale, nav.log_in))],
        show: |request| Box::pin(login::show(request)),
    },
    Page {
        path: "/signup",
        access: Access::Visitors,
        nav: &[(Nav::Visitors, |locale| tr!(locale, nav.sign_up))],
        show: |request| Box::pin(signup::show(request)),
    },
    Page {
        path: "/signup/confirm",
        access: Access::Everybody,
        nav: &[],
        show: |request| Box::pin(confirm::show(request)),
    },
    Page {
        path: "/forgot",
        access: Access::Everybody,
        nav: &[],
        show: |request| Box::pin(forgot::show(request)),
    },
    Page {
        path: "/reset",
        access: Access::Everybody,
        nav: &[],
        show: |request| Box::pin(reset::show(request)),
    },
    Page {
        path: "/profile",
        access: Access::Members,
        nav: &[
            (Nav::Members, |locale| tr!(locale, nav.profile)),
            (Nav::Settings, |locale| tr!(locale, settings.profile)),
        ],
        show: |request| Box::pin(profile::show(request)),
    },
    Page {
        path: "/settings/security",
        access: Access::Members,
        nav: &[(Nav::Settings, |locale| tr!(locale, settings.security))],
        show: |request| Box::pin(security::show(request)),
    },
    Page {
        path: "/settings/sessions",
        access: Access::Members,
        nav: &[(Nav::Settings, |locale| tr!(locale, settings.sessions))],
        show: |request| Box::pin(sessions::show(request)),
    },
    Page {
        path: "/settings/account",
        access: Access::Members,
        nav: &[(Nav::Settings, |locale| tr!(locale, settings.account))],
        show: |request| Box::pin(account::show(request)),
    },
];

/// Returns the page at this path.
#[must_use]
pub fn page_at(path: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.path == path)
}

/// Reads the data of the page at the request's path.
///
/// # Errors
/// The problem to show in its place.
pub(crate) async fn show(request: ServerRequest) -> Result<PageView, Problem> {
    match page_at(request.uri.path()) {
        Some(page) => (page.show)(request).await,
        None => Err(Problem::of_status(404)),
    }
}

/// Returns the links of a navigation: paths and words.
pub(crate) fn nav_links(nav: Nav) -> impl Iterator<Item = (&'static str, Words)> {
    PAGES.iter().flat_map(move |page| {
        let links = page.nav.iter().filter(move |(it, _)| *it == nav);
        links.map(|(_, words)| (page.path, *words))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_page_is_declared_once() {
        let paths: HashSet<_> = PAGES.iter().map(|page| page.path).collect();
        assert_eq!(paths.len(), PAGES.len());
    }
}

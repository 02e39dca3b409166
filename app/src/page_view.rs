//! A page with its data loaded, so that rendering does not wait and cannot fail.

use axum::http::StatusCode;
use leptos::prelude::*;

/// The contents of a page.
pub struct PageView {
    pub(crate) title: &'static str,
    pub(crate) description: Option<&'static str>,
    pub(crate) status: StatusCode,
    pub(crate) body: Box<dyn FnOnce() -> AnyView + Send>,
}

impl PageView {
    /// A page with this title; `body` renders it.
    pub(crate) fn new<V: IntoAny>(
        title: &'static str,
        body: impl FnOnce() -> V + Send + 'static,
    ) -> Self {
        Self {
            title,
            description: None,
            status: StatusCode::OK,
            body: Box::new(|| body().into_any()),
        }
    }

    /// With a description for search engines.
    pub(crate) fn described(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// With another status than 200.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }
}

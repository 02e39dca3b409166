//! Properties of forms besides their fields. Each function in `api/` has one [`Form`], from which routes, limits, the
//! values that a refused form keeps and the pages' `<form>` elements are derived.

use std::pin::Pin;

use contract::{SessionEffect, paths};
use domain::limits::Limit;
use serde::{
    Deserialize,
    de::{DeserializeOwned, value},
};

use crate::{
    api::{Done, problem::Problem},
    http::request::ServerRequest,
    pages::{Access, page_at},
};

/// A form and its function.
pub struct Form {
    /// The function's name: it is posted to `/api/NAME`.
    pub function: &'static str,
    /// The path of the page that holds the form
    pub page: &'static str,
    /// Fields whose value comes back with a refused form; never secrets.
    pub keeps: &'static [&'static str],
    pub session: SessionEffect,
    pub limit: FormLimit,
    /// The field with the token of a mail's link, if a link opens the form's page
    pub link: Option<MailLink>,
    pub handler: fn(Call) -> Outcome<Done>,
}

/// The limit of posts of a form from one client address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormLimit {
    /// Only the limit of all unsafe requests
    Common,
    /// Also this limit, because each post sends a mail
    Also(Limit),
    /// Never limited: a member must be able to log out, however many others share the address.
    Never,
}

/// A token in the query of a form's page. It is a secret and not kept, so the URL to return to takes it from the posted
/// form.
pub struct MailLink {
    /// The query parameter of the page
    pub parameter: &'static str,
    /// The posted field
    pub field: &'static str,
    /// The token in that field's value, if it holds one
    pub token: fn(&str) -> Option<String>,
}

impl Form {
    /// The path that the form is posted to.
    #[must_use]
    pub fn action(&self) -> String {
        format!("{}{}", paths::FUNCTIONS, self.function)
    }

    /// Returns whether the form's page is for members only.
    #[must_use]
    pub fn is_for_members(&self) -> bool {
        page_at(self.page).is_some_and(|page| page.access == Access::Members)
    }
}

/// A function that returns data to programs, and has no form.
pub struct DataFunction {
    /// The function's name: it is posted to `/api/NAME`.
    pub function: &'static str,
    pub handler: fn(Call) -> Outcome<serde_json::Value>,
}

/// The outcome of a function's handler.
pub type Outcome<T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send>>;

/// A post to a function.
pub struct Call {
    pub(super) request: ServerRequest,
    pub(super) fields: Vec<(String, String)>,
}

impl Call {
    /// Parses the fields as an `F` and passes the post to a handler.
    pub(crate) fn to<F, T, Fut>(self, handler: fn(ServerRequest, F) -> Fut) -> Outcome<T>
    where
        F: DeserializeOwned,
        Fut: Future<Output = Result<T, Problem>> + Send + 'static,
        T: Send + 'static,
    {
        let Self { request, fields } = self;
        let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields = value::MapDeserializer::<_, value::Error>::new(fields);
        match F::deserialize(fields) {
            Ok(form) => Box::pin(handler(request, form)),
            // Only a duplicated field fails: all fields are text and have defaults.
            Err(_) => Box::pin(std::future::ready(Err(Problem::malformed()))),
        }
    }
}

/// A form without fields.
#[derive(Deserialize)]
pub(crate) struct NoFields {}

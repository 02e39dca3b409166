//! `login`: signs a member in.

use contract::{Reason, SessionEffect};
use domain::{
    credentials::log_in::{LogIn, LogInError, log_in},
    session::Persistence,
};
use serde::Deserialize;

use super::{Done, problem::Problem};
use crate::http::{
    cookies,
    forms::{Form, FormLimit},
    next::path_on_this_site,
    request::ServerRequest,
};

pub const LOGIN: Form = Form {
    function: "login",
    page: "/login",
    keeps: &["email", "remember", "next"],
    session: SessionEffect::Begins,
    limit: FormLimit::Common,
    link: None,
    handler: |call| call.to(login),
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    email: String,
    password: String,
    remember: String,
    next: String,
}

async fn login(request: ServerRequest, form: Fields) -> Result<Done, Problem> {
    let persistence =
        if form.remember == "on" { Persistence::Remembered } else { Persistence::Browser };
    let typed = LogIn::parse(&form.email, &form.password, persistence)?.on(request.device.clone());
    let presented = request.tokens.presented();
    let client = request.client.clone();
    let logged_in = log_in(&request.resources, &typed, client, presented, request.now).await?;
    let next = path_on_this_site(Some(&form.next)).unwrap_or_else(|| "/".to_owned());
    Ok(Done::sign_in(&request, &logged_in.tokens, next)
        .await
        .setting([cookies::locale_cookie(logged_in.locale)]))
}

impl From<LogInError> for Problem {
    fn from(error: LogInError) -> Self {
        match error {
            LogInError::BadCredentials => Self::new(401, Reason::BadCredentials),
            LogInError::Suspended => Self::new(403, Reason::Suspended),
            LogInError::Limited(limited) => limited.into(),
            LogInError::Hash(error) => error.into(),
            LogInError::Store(error) => error.into(),
            LogInError::Contended => Self::unavailable(),
        }
    }
}

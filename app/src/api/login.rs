//! `login`: lets a member in.

use leptos::prelude::*;

use super::{Done, problem::Problem};

/// Verifies address and password, begins a session and goes on at `next`.
#[server(prefix = "/api", endpoint = "login")]
pub async fn login(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] remember: Option<String>,
    #[server(default)] next: Option<String>,
) -> Result<Done, Problem> {
    use crate::ssr::{cookies, next::path_on_this_site, request::ServerRequest};
    use domain::{
        credentials::log_in::{LogIn, log_in},
        session::Persistence,
    };

    let request = ServerRequest::current();
    let persistence = match remember.as_deref() {
        Some("on") => Persistence::Remembered,
        _ => Persistence::Browser,
    };
    let typed = LogIn::parse(&email, &password, persistence)?.on(request.device);
    let presented = request.tokens.presented();
    let logged_in = log_in(&request.ports, &typed, request.client, presented, request.now).await?;
    request.visitor.renew().await;
    cookies::sign_in(&logged_in.tokens);
    cookies::keep_locale(logged_in.locale);
    Ok(Done::go(path_on_this_site(next.as_deref()).unwrap_or_else(|| "/".to_owned())))
}

#[cfg(feature = "ssr")]
mod from_domain {
    use domain::credentials::log_in::LogInError;

    use super::super::problem::{BAD_CREDENTIALS, Problem, SUSPENDED};

    impl From<LogInError> for Problem {
        fn from(error: LogInError) -> Self {
            match error {
                LogInError::BadCredentials => Self::new(401, BAD_CREDENTIALS),
                LogInError::Suspended => Self::new(403, SUSPENDED),
                LogInError::Limited(limited) => limited.into(),
                LogInError::Hash(error) => error.into(),
                LogInError::Store(error) => error.into(),
            }
        }
    }
}

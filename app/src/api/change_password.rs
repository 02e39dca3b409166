//! `change_password`: a new password. Ends every session and begins a new one for this browser.

use contract::{Notice, SessionEffect};
use domain::credentials::{
    change_password::{self, ChangePassword, PasswordChanged},
    password::{Asker, PasswordContext},
};
use serde::Deserialize;

use super::{Done, problem::Problem};
use crate::http::{
    forms::{Form, FormLimit},
    request::ServerRequest,
};

pub const CHANGE_PASSWORD: Form = Form {
    function: "change_password",
    page: "/settings/security",
    keeps: &[],
    session: SessionEffect::Begins,
    limit: FormLimit::Common,
    link: None,
    handler: |call| call.to(change_password),
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    current_password: String,
    new_password: String,
}

async fn change_password(request: ServerRequest, form: Fields) -> Result<Done, Problem> {
    let who = request.identity.member()?;
    let password_min = request.resources.password_min;
    let member = request.resources.members.find(who.session.member_id).await?;
    let parse = move || {
        let context = PasswordContext::of(member.as_ref());
        ChangePassword::parse(&form.current_password, &form.new_password, password_min, context)
    };
    let typed = request.resources.hasher.aside(&Asker::member(&request.client), parse).await??;
    let client = request.client.clone();
    match change_password::change_password(&request.resources, &who, &typed, client, request.now)
        .await?
    {
        PasswordChanged::SignedIn(tokens) => {
            let done = Done::sign_in(&request, &tokens, "/settings/security").await;
            Ok(done.saying(Notice::PasswordChanged))
        }
        PasswordChanged::NotSignedIn => {
            let done = Done::sign_out(&request, "/login").await;
            Ok(done.saying(Notice::PasswordChangedLogIn))
        }
    }
}

//! `delete_account`: deletes the member and ends every session. The password is the confirmation.

use contract::{Notice, SessionEffect};
use domain::account::delete_account;
use serde::Deserialize;

use super::{Done, problem::Problem};
use crate::http::{
    cookies,
    forms::{Form, FormLimit},
    request::ServerRequest,
};

pub const DELETE_ACCOUNT: Form = Form {
    function: "delete_account",
    page: "/settings/account",
    keeps: &[],
    session: SessionEffect::Ends,
    limit: FormLimit::Common,
    link: None,
    handler: |call| call.to(delete_account),
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    password: String,
}

async fn delete_account(request: ServerRequest, form: Fields) -> Result<Done, Problem> {
    let who = request.identity.member()?;
    let ServerRequest { resources, client, .. } = &request;
    delete_account::delete_account(resources, &who, &form.password, client).await?;
    request.visitor.forget().await;
    Ok(Done::go("/").saying(Notice::AccountDeleted).setting(cookies::removal_cookies()))
}

//! `delete_account`: deletes the member and ends every session. The password is the confirmation.

use contract::{Notice, SessionEffect};
use domain::account::delete_account;
use serde::Deserialize;

use super::{Done, problem::Problem};
use crate::http::{
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
    Ok(Done::sign_out(&request, "/").await.saying(Notice::AccountDeleted))
}

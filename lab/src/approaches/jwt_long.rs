//! A signed token alone, which lives long. Everybody who has it can read it.

use axum::Router;

use super::{
    signed::{CarriedSession, Signatures},
    token_cookie::{self, Tokens},
};
use crate::site::Settings;

const SESSION: &str = "session";

pub(super) fn site(settings: &Settings) -> anyhow::Result<Router> {
    Ok(token_cookie::site(settings.members()?, Signatures::new(settings)))
}

impl Tokens for Signatures {
    fn issue(&self, session: &CarriedSession) -> anyhow::Result<String> {
        Ok(self.sign(SESSION, session, session.remaining())?)
    }

    fn read(&self, token: &str) -> Option<CarriedSession> {
        self.verify(SESSION, token)
    }
}

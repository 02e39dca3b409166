//! A browser, as a test uses it.

use super::InMemory;
use crate::session::{
    EndReason, IssuedTokens, MemberId, Refusal, SessionId,
    authenticate::{AuthenticateError, Authenticated, Intent, Presented, authenticate},
};

/// A browser that has signed in, with its cookies.
pub struct SignedInBrowser {
    pub member_id: MemberId,
    pub session_id: SessionId,
    pub access: String,
    pub refresh: String,
}

impl SignedInBrowser {
    pub fn presented(&self) -> Presented<'_> {
        Presented { access: Some(&self.access), refresh: Some(&self.refresh) }
    }

    pub async fn authenticated(&self, world: &InMemory) -> Authenticated {
        authenticate(&world.session(), self.presented(), Intent::Use, world.now()).await.unwrap()
    }

    /// Reason why the session is over.
    pub async fn refusal(&self, world: &InMemory) -> EndReason {
        match authenticate(&world.session(), self.presented(), Intent::Use, world.now()).await {
            Err(AuthenticateError::Refused(Refusal::Ended(reason))) => reason,
            other => panic!("not over: {other:?}"),
        }
    }

    pub fn keep(&mut self, tokens: &IssuedTokens) {
        self.access = tokens.access.expose().to_owned();
        self.refresh = tokens.refresh.to_string();
    }
}

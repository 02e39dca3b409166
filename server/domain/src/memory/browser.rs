//! Browsers that have signed in, with their cookies.

use super::InMemory;
use crate::{
    account::member::MemberId,
    session::{
        Client, EndReason, IssuedTokens, Persistence, Refusal, SessionId,
        authenticate::{AuthenticateError, Authenticated, Intent, Presented, authenticate},
        start_session::{SignIn, start_session},
    },
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

impl InMemory {
    /// A world with a member signed in for a browser session.
    pub async fn with_browser() -> (Self, SignedInBrowser) {
        let world = Self::default();
        let browser = world.signed_in(Persistence::Browser).await;
        (world, browser)
    }

    pub async fn signed_in(&self, persistence: Persistence) -> SignedInBrowser {
        let email = format!("{}@example.com", SessionId::random());
        let member_id = self.add_member(&email, "a tree by the gate").await;
        self.signed_in_as(member_id, persistence).await
    }

    pub async fn signed_in_as(
        &self,
        member_id: MemberId,
        persistence: Persistence,
    ) -> SignedInBrowser {
        let sign_in = self.sign_in_of(member_id, persistence);
        let tokens = start_session(&self.session(), sign_in, self.now()).await.unwrap();
        let mut browser = SignedInBrowser {
            member_id,
            session_id: tokens.session_id,
            access: String::new(),
            refresh: String::new(),
        };
        browser.keep(&tokens);
        browser
    }

    pub fn sign_in_of(&self, member_id: MemberId, persistence: Persistence) -> SignIn {
        let authority_version = self.state().members[&member_id].authority_version;
        SignIn { member_id, authority_version, persistence, client: Client::default() }
    }
}

//! The visitor session: what a browser is to be told next, and the sign-up that it waits for. Convenience
//! data that never grants anything; losing it is harmless. A record is made only once something is stored.

use axum::http::request::Parts;
use domain::{confirmation::ConfirmationId, email::Email, member::MemberId, session::EndReason};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;
use uuid::Uuid;

use crate::{api::problem::Problem, page_state::Flash};

use super::{cookies, forms::page_of};

const FLASH: &str = "flash";
const CONFIRMATION: &str = "confirmation";
const END: &str = "end";

/// The visitor session of a request.
#[derive(Clone)]
pub struct Visitor {
    session: Option<Session>,
    came_along: bool,
}

#[derive(Serialize, Deserialize)]
struct Waiting {
    id: Uuid,
    email: String,
}

impl Visitor {
    /// The visitor session of the request with these parts.
    #[must_use]
    pub fn of(parts: &Parts) -> Self {
        Self {
            session: parts.extensions.get::<Session>().cloned(),
            came_along: cookies::visitor(&parts.headers).is_some(),
        }
    }

    /// Takes what the page at `path` is to say to `viewer`. A form waits for its own page: who has to log in
    /// first finds it there afterwards, as it was typed, and nobody else does.
    pub async fn take_flash(&self, path: &str, viewer: Option<MemberId>) -> Option<Flash> {
        let session = self.session.as_ref().filter(|_| self.came_along)?;
        let flash: Flash = session.get(FLASH).await.unwrap_or_else(lost)?;
        if flash.form.as_ref().is_some_and(|form| page_of(&form.function) != path) {
            return None;
        }
        // Only now: to remove what is not there counts as a change, and would be saved on every page.
        if let Err(error) = session.remove_value(FLASH).await {
            lost::<()>(error);
        }
        let is_anothers = flash.form.as_ref().is_some_and(|form| {
            form.member_id
                .as_deref()
                .is_some_and(|owner| viewer.is_none_or(|viewer| viewer.to_string() != owner))
        });
        (!is_anothers).then_some(flash)
    }

    /// Leaves something for the next page to say. `false`: the store failed, and the page will not say it.
    pub async fn leave_flash(&self, flash: &Flash) -> bool {
        let Some(session) = &self.session else { return false };
        // Saved now and not after the answer, so that the answer can say it itself.
        let kept = match session.insert(FLASH, flash).await {
            Ok(()) => session.save().await,
            Err(error) => Err(error),
        };
        let Err(error) = kept else { return true };
        lost::<()>(error);
        if let Err(error) = session.remove_value(FLASH).await {
            lost::<()>(error);
        }
        false
    }

    /// Leaves for the log-in page why the session is over: the cookies that could say it are gone by then.
    pub async fn leave_end(&self, reason: EndReason) {
        if let Some(session) = &self.session
            && let Err(error) = session.insert(END, reason.as_str()).await
        {
            lost::<()>(error);
        }
    }

    /// Takes why the last session of this browser is over.
    pub async fn take_end(&self) -> Option<EndReason> {
        let session = self.session.as_ref().filter(|_| self.came_along)?;
        let reason: String = session.get(END).await.unwrap_or_else(lost)?;
        if let Err(error) = session.remove_value(END).await {
            lost::<()>(error);
        }
        EndReason::from_name(&reason)
    }

    /// Remembers the sign-up that this browser waits for.
    ///
    /// # Errors
    /// 503: without it the code could not be entered.
    pub async fn remember_confirmation(
        &self,
        id: ConfirmationId,
        email: &Email,
    ) -> Result<(), Problem> {
        let waiting = Waiting { id: id.0, email: email.as_str().to_owned() };
        let session = self.session.as_ref().ok_or_else(Problem::unavailable)?;
        session.insert(CONFIRMATION, waiting).await.map_err(unavailable)?;
        // Saved now and not after the answer, so that a failed store is told and not found out later.
        session.save().await.map_err(unavailable)
    }

    /// The sign-up that this browser waits for.
    ///
    /// # Errors
    /// 503: "nothing waits" would be a lie.
    pub async fn confirmation(&self) -> Result<Option<(ConfirmationId, Email)>, Problem> {
        let Some(session) = self.session.as_ref().filter(|_| self.came_along) else {
            return Ok(None);
        };
        let waiting: Option<Waiting> = session.get(CONFIRMATION).await.map_err(unavailable)?;
        Ok(waiting.and_then(|waiting| {
            Some((ConfirmationId(waiting.id), Email::parse(&waiting.email).ok()?))
        }))
    }

    /// Forgets the sign-up.
    pub async fn forget_confirmation(&self) {
        if let Some(session) = self.session.as_ref().filter(|_| self.came_along)
            && let Err(error) = session.remove_value(CONFIRMATION).await
        {
            lost::<()>(error);
        }
    }

    /// Forgets everything: who comes next in this browser may be somebody else.
    pub async fn forget(&self) {
        if let Some(session) = self.session.as_ref().filter(|_| self.came_along) {
            session.clear().await;
        }
    }

    /// Gives the visitor session a new id, so that an id planted before a log-in is worth nothing after. How the
    /// session before ended is of no interest any more.
    pub async fn renew(&self) {
        let Some(session) = self.session.as_ref().filter(|_| self.came_along) else { return };
        _ = self.take_end().await;
        if let Err(error) = session.cycle_id().await {
            lost::<()>(error);
        }
    }
}

fn lost<T>(error: tower_sessions::session::Error) -> Option<T> {
    tracing::warn!(error = &error as &dyn std::error::Error, "visitor.lost");
    None
}

fn unavailable(error: tower_sessions::session::Error) -> Problem {
    tracing::error!(error = &error as &dyn std::error::Error, "visitor.failed");
    Problem::unavailable()
}

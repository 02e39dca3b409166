//! The visitor session: what a browser is to be told next, and the sign-up that it waits for. Convenience
//! data that never grants anything; losing it is harmless. A record is made only once something is stored.

use axum::http::request::Parts;
use domain::{confirmation::ConfirmationId, email::Email, member::MemberId, session::EndReason};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use time::OffsetDateTime;
use tower_sessions::Session;
use uuid::Uuid;

use crate::{
    api::problem::Problem,
    page_state::{Flash, RefusedForm},
};

use super::{cookies, forms::page_of};

const FLASH: &str = "flash";
/// A member's form. It waits for its owner through log-ins that fail, whose own form is the flash by then.
const MEMBERS_FORM: &str = "members_form";
const CONFIRMATION: &str = "confirmation";
const END: &str = "left_end";
/// So many earlier sign-ups of one mailbox are remembered.
const EARLIER_MAX: usize = 3;
/// Long enough for every open tab to follow, too short to greet somebody tomorrow.
const END_IS_NEWS_SECONDS: i64 = 300;

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
    /// The sign-ups of the same mailbox before this one, the newest first
    #[serde(default)]
    earlier: Vec<Uuid>,
}

/// The sign-ups that a browser waits for.
pub struct WaitingSignUps {
    /// Their address
    pub email: Email,
    /// Their ids, the newest first
    pub ids: Vec<ConfirmationId>,
}

/// Why a session is over, and since when it is known here, in seconds of Unix time.
#[derive(Serialize, Deserialize)]
struct LeftEnd {
    reason: String,
    at: i64,
}

impl LeftEnd {
    /// Whether it is still to be said. Another instance has left it, whose clock may be ahead of this one's.
    fn is_news(&self, now: OffsetDateTime) -> bool {
        now.unix_timestamp() - self.at < END_IS_NEWS_SECONDS
    }
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
        let is_at_home = |form: &RefusedForm| page_of(&form.function) == path;
        let flash: Option<Flash> =
            take(session, FLASH, |flash: &Flash| flash.form.as_ref().is_none_or(is_at_home)).await;
        let members_form: Option<RefusedForm> = take(session, MEMBERS_FORM, is_at_home).await;

        let Flash { notice, form } = flash.unwrap_or_default();
        let form = form.or(members_form).filter(|form| is_for(form, viewer));
        (notice.is_some() || form.is_some()).then_some(Flash { notice, form })
    }

    /// Leaves something for the next page to say. `false`: the store failed, and the page will not say it.
    pub async fn leave_flash(&self, flash: &Flash) -> bool {
        let Some(session) = &self.session else { return false };
        let members_form = flash.form.as_ref().filter(|form| form.member_id.is_some());
        let (key, left) = match members_form {
            Some(form) => (MEMBERS_FORM, session.insert(MEMBERS_FORM, form).await),
            None => (FLASH, session.insert(FLASH, flash).await),
        };
        // Saved now and not after the answer, so that the answer can say it itself.
        let kept = match left {
            Ok(()) => session.save().await,
            Err(error) => Err(error),
        };
        let Err(error) = kept else { return true };
        lost::<()>(error);
        if let Err(error) = session.remove_value(key).await {
            lost::<()>(error);
        }
        false
    }

    /// Forgets what was typed into this function's form: it has been carried out since.
    pub async fn forget_form(&self, function: &str) {
        if let Some(session) = self.session.as_ref().filter(|_| self.came_along) {
            take(session, MEMBERS_FORM, |form: &RefusedForm| form.function == function).await;
        }
    }

    /// Leaves for the log-in page why the session is over: the cookies that could say it are about to go.
    pub async fn leave_end(&self, reason: EndReason, now: OffsetDateTime) {
        let left = LeftEnd { reason: reason.as_str().to_owned(), at: now.unix_timestamp() };
        if let Some(session) = &self.session
            && let Err(error) = session.insert(END, left).await
        {
            lost::<()>(error);
        }
    }

    /// Why the last session of this browser is over, if that is news. It is not used up: each of several tabs
    /// comes to the log-in page by itself and is to say it.
    pub async fn end(&self, now: OffsetDateTime) -> Option<EndReason> {
        let session = self.session.as_ref().filter(|_| self.came_along)?;
        let left: LeftEnd = session.get(END).await.unwrap_or_else(lost)?;
        if !left.is_news(now)
            && let Err(error) = session.remove_value(END).await
        {
            lost::<()>(error);
        }
        left.is_news(now).then(|| EndReason::from_name(&left.reason)).flatten()
    }

    /// Remembers the sign-up that this browser waits for, and those of the same mailbox before it.
    ///
    /// # Errors
    /// 503: without it the code could not be entered.
    pub async fn remember_confirmation(
        &self,
        id: ConfirmationId,
        email: &Email,
    ) -> Result<(), Problem> {
        let before = self.confirmation().await?.filter(|before| before.email.is_same_as(email));
        let earlier = before.map_or_else(Vec::new, |before| before.ids);
        let waiting = Waiting {
            id: id.0,
            email: email.as_str().to_owned(),
            earlier: earlier.into_iter().map(|id| id.0).take(EARLIER_MAX).collect(),
        };
        let session = self.session.as_ref().ok_or_else(Problem::unavailable)?;
        session.insert(CONFIRMATION, waiting).await.map_err(unavailable)?;
        // Saved now and not after the answer, so that a failed store is told and not found out later.
        session.save().await.map_err(unavailable)
    }

    /// The sign-ups that this browser waits for.
    ///
    /// # Errors
    /// 503: "nothing waits" would be a lie.
    pub async fn confirmation(&self) -> Result<Option<WaitingSignUps>, Problem> {
        let Some(session) = self.session.as_ref().filter(|_| self.came_along) else {
            return Ok(None);
        };
        let waiting: Option<Waiting> = session.get(CONFIRMATION).await.map_err(unavailable)?;
        Ok(waiting.map(|Waiting { id, email, earlier }| WaitingSignUps {
            email: Email::from_stored(email),
            ids: std::iter::once(id).chain(earlier).map(ConfirmationId).collect(),
        }))
    }

    /// Forgets the sign-ups.
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
        if let Err(error) = session.remove_value(END).await {
            lost::<()>(error);
        }
        if let Err(error) = session.cycle_id().await {
            lost::<()>(error);
        }
    }
}

/// Takes what is kept under `key`, if its time has come.
async fn take<T: DeserializeOwned>(
    session: &Session,
    key: &str,
    is_due: impl FnOnce(&T) -> bool,
) -> Option<T> {
    let found = session.get(key).await.unwrap_or_else(lost).filter(is_due)?;
    // Only now: to remove what is not there counts as a change, and would be saved on every page.
    if let Err(error) = session.remove_value(key).await {
        lost::<()>(error);
    }
    Some(found)
}

/// Whether `viewer` may see the form: a member's is for its owner alone.
fn is_for(form: &RefusedForm, viewer: Option<MemberId>) -> bool {
    let owner = form.member_id.as_deref();
    owner.is_none_or(|owner| viewer.is_some_and(|viewer| viewer.to_string() == owner))
}

fn lost<T>(error: tower_sessions::session::Error) -> Option<T> {
    tracing::warn!(error = &error as &dyn std::error::Error, "visitor.lost");
    None
}

fn unavailable(error: tower_sessions::session::Error) -> Problem {
    tracing::error!(error = &error as &dyn std::error::Error, "visitor.failed");
    Problem::unavailable()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_news_for_five_minutes_also_if_another_clock_is_ahead() {
        let left = LeftEnd { reason: EndReason::Revoked.as_str().to_owned(), at: 1_000_000 };
        for (seconds, is_news) in [(-30, true), (0, true), (299, true), (300, false)] {
            let now = OffsetDateTime::from_unix_timestamp(left.at + seconds).unwrap();
            assert_eq!(left.is_news(now), is_news, "{seconds}");
        }
    }
}

//! The visitor session: notices and forms for the next page, and a browser's pending sign-up. It holds convenience data
//! that grants nothing and may be lost. A record is created only once something is stored, within the bounds of
//! [`record`].

pub(crate) mod carry;
mod record;

use std::sync::Arc;

use axum::http::request::Parts;
use domain::{
    account::{confirmation::ConfirmationId, email::Email, member::MemberId},
    session::EndReason,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::session::Error;
use uuid::Uuid;

use self::record::{CONFIRMATION, END, FLASH, MEMBERS_FORM};
pub use self::record::{RECORD_MAX, VisitorRecord};

use crate::{
    api::{form_of, problem::Problem},
    page_context::{Flash, RefusedForm},
};

/// The number of remembered earlier sign-ups.
const EARLIER_MAX: usize = 3;
/// Long enough for every open tab, too short for a visit the next day.
const END_IS_NEWS_SECONDS: i64 = 300;

/// The visitor session of a request.
#[derive(Clone)]
pub struct Visitor(Option<Arc<VisitorRecord>>);

#[derive(Serialize, Deserialize)]
struct Waiting {
    id: Uuid,
    email: String,
    /// The sign-ups before this one, the newest first
    #[serde(default)]
    earlier: Vec<Uuid>,
}

/// The pending sign-ups of a browser.
pub struct WaitingSignUps {
    /// The address of the newest
    pub email: Email,
    /// Their ids, the newest first
    pub ids: Vec<ConfirmationId>,
}

/// The end of a session, and when this browser learned of it, in seconds of Unix time.
#[derive(Serialize, Deserialize)]
struct LeftEnd {
    reason: EndReason,
    at: i64,
}

impl LeftEnd {
    /// Returns whether a page should still say it. It may come from another instance, whose clock may be ahead.
    fn is_news(&self, now: OffsetDateTime) -> bool {
        now.unix_timestamp() - self.at < END_IS_NEWS_SECONDS
    }
}

impl Visitor {
    /// The visitor session of the request with these parts.
    #[must_use]
    pub fn of(parts: &Parts) -> Self {
        Self(parts.extensions.get().cloned())
    }

    /// The flash for `viewer` on the page at `path`. A form is shown only on its own page: a member who has to log in
    /// first finds it there afterwards, with its input, and nobody else does. It survives reloads until it is carried
    /// out.
    pub async fn flash(&self, path: &str, viewer: Option<MemberId>) -> Option<Flash> {
        let record = self.0.as_ref()?;
        let flash: Option<Flash> = record.read(FLASH).await.unwrap_or_else(lost);
        let members_form: Option<RefusedForm> =
            record.read(MEMBERS_FORM).await.unwrap_or_else(lost);

        let is_due = |form: &RefusedForm| {
            form_of(&form.function).is_some_and(|it| it.page == path) && is_for(form, viewer)
        };
        let Flash { notice, form } = flash.unwrap_or_default();
        let form = form.filter(is_due).or(members_form.filter(is_due));
        (notice.is_some() || form.is_some()).then_some(Flash { notice, form })
    }

    /// Forgets the parts of a shown flash that are shown only once: a notice, and the problem of a form without input.
    pub async fn forget_said(&self, said: &Flash) {
        let Some(record) = &self.0 else { return };
        if said.notice.is_some() {
            log_lost(record.remove(FLASH).await);
        }
        if let Some(form) = said.form.as_ref().filter(|form| form.values.is_empty()) {
            self.forget_form(&form.function).await;
        }
    }

    /// Leaves a flash for the next page. Returns `false` if it is too long, there is no room for it, or the store
    /// failed.
    pub async fn leave_flash(&self, flash: &Flash) -> bool {
        let Some(record) = &self.0 else { return false };
        let members_form = flash.form.as_ref().filter(|form| form.member_id.is_some());
        let (key, left) = match members_form {
            Some(form) => (MEMBERS_FORM, record.put(MEMBERS_FORM, form).await),
            None => (FLASH, record.put(FLASH, flash).await),
        };
        // Saved before the response, which can show the flash itself if saving fails.
        let kept = match left {
            Ok(true) => record.save().await,
            Ok(false) => return false,
            Err(error) => Err(error),
        };
        let Err(error) = kept else { return true };
        log_lost(Err(error));
        log_lost(record.remove(key).await);
        false
    }

    /// Forgets the input of this function's form, which has been carried out.
    pub async fn forget_form(&self, function: &str) {
        let Some(record) = &self.0 else { return };
        let is_its = |form: &RefusedForm| form.function == function;
        let flash: Option<Flash> = record.read(FLASH).await.unwrap_or_else(lost);
        let members_form: Option<RefusedForm> =
            record.read(MEMBERS_FORM).await.unwrap_or_else(lost);
        let done = [
            (FLASH, flash.and_then(|flash| flash.form).is_some_and(|form| is_its(&form))),
            (MEMBERS_FORM, members_form.is_some_and(|form| is_its(&form))),
        ];
        for (key, _) in done.iter().filter(|(_, is_done)| *is_done) {
            log_lost(record.remove(key).await);
        }
    }

    /// Records that the request has a token of ours, expired or not, so the browser is not a stranger's.
    pub fn make_known(&self) {
        if let Some(record) = &self.0 {
            record.make_known();
        }
    }

    /// Returns whether a token of ours came with this request, or with an earlier one that stored something here. Only
    /// then is a form set aside.
    pub async fn is_known(&self) -> bool {
        match &self.0 {
            Some(record) => record.is_known().await.unwrap_or_else(|error| {
                log_lost(Err(error));
                false
            }),
            None => false,
        }
    }

    /// Leaves the reason for the session's end for the log-in page, because the cookies that show it are about to be
    /// removed. Drops a flash of that session.
    pub async fn leave_end(&self, reason: EndReason, now: OffsetDateTime) {
        let Some(record) = &self.0 else { return };
        let left = LeftEnd { reason, at: now.unix_timestamp() };
        // Only a request with a token of ours can learn of an end.
        record.make_known();
        let left = match record.remove(FLASH).await {
            Ok(()) => record.put(END, &left).await,
            Err(error) => Err(error),
        };
        log_lost(left.map(drop));
    }

    /// The reason why this browser's last session is over, if recent. Reading does not use it up, because each of
    /// several tabs goes to the log-in page by itself and should say it.
    pub async fn end(&self, now: OffsetDateTime) -> Option<EndReason> {
        let record = self.0.as_ref()?;
        let left: LeftEnd = record.read(END).await.unwrap_or_else(lost)?;
        if !left.is_news(now) {
            log_lost(record.remove(END).await);
            return None;
        }
        Some(left.reason)
    }

    /// Remembers this browser's pending sign-up and those before it. Returns `false` if there is no room; the mail's
    /// link works without it.
    ///
    /// # Errors
    /// 503, because the code could not be entered without it.
    pub async fn remember_confirmation(
        &self,
        id: ConfirmationId,
        email: &Email,
    ) -> Result<bool, Problem> {
        let before = self.confirmation().await?;
        let earlier = before.map_or_else(Vec::new, |before| before.ids);
        let waiting = Waiting {
            id: id.0,
            email: email.as_str().to_owned(),
            earlier: earlier.into_iter().map(|id| id.0).take(EARLIER_MAX).collect(),
        };
        let record = self.0.as_ref().ok_or_else(Problem::unavailable)?;
        // Such as the wrong code of another sign-up.
        record.remove(FLASH).await.map_err(unavailable)?;
        if !record.put(CONFIRMATION, &waiting).await.map_err(unavailable)? {
            return Ok(false);
        }
        // Saved before the response, so that the response can report a failed store.
        record.save().await.map_err(unavailable)?;
        Ok(true)
    }

    /// The pending sign-ups of this browser.
    ///
    /// # Errors
    /// 503 if the store is unavailable: "no pending sign-up" would be wrong.
    pub async fn confirmation(&self) -> Result<Option<WaitingSignUps>, Problem> {
        let Some(record) = &self.0 else { return Ok(None) };
        let waiting: Option<Waiting> = record.read(CONFIRMATION).await.map_err(unavailable)?;
        Ok(waiting.map(|Waiting { id, email, earlier }| WaitingSignUps {
            email: Email::from_stored(email),
            ids: std::iter::once(id).chain(earlier).map(ConfirmationId).collect(),
        }))
    }

    /// Forgets the sign-ups.
    pub async fn forget_confirmation(&self) {
        if let Some(record) = &self.0 {
            log_lost(record.remove(CONFIRMATION).await);
        }
    }

    /// Forgets everything, because the next person in this browser may be another one.
    pub async fn forget(&self) {
        if let Some(record) = &self.0 {
            log_lost(record.clear().await);
        }
    }

    /// Gives the visitor session a new id, so that an id planted before a log-in is worthless after it. Forgets the end
    /// of the previous session.
    pub async fn renew(&self) {
        let Some(record) = &self.0 else { return };
        let renewed = match record.remove(END).await {
            Ok(()) => record.renew().await,
            Err(error) => Err(error),
        };
        log_lost(renewed);
    }
}

/// Returns whether `viewer` may see the form: only its owner may see a member's.
fn is_for(form: &RefusedForm, viewer: Option<MemberId>) -> bool {
    let owner = form.member_id.as_deref();
    owner.is_none_or(|owner| viewer.is_some_and(|viewer| viewer.to_string() == owner))
}

/// Logs data that cannot be read, and treats it as missing.
fn lost<T>(error: Error) -> Option<T> {
    log_lost(Err(error));
    None
}

fn log_lost(result: Result<(), Error>) {
    if let Err(error) = result {
        tracing::warn!(error = %domain::causes(&error), "visitor.lost");
    }
}

fn unavailable(error: Error) -> Problem {
    tracing::error!(error = %domain::causes(&error), "visitor.failed");
    Problem::unavailable()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_shown_for_five_minutes_even_if_another_clock_is_ahead() {
        let left = LeftEnd { reason: EndReason::Revoked, at: 1_000_000 };
        for (seconds, is_news) in [(-30, true), (0, true), (299, true), (300, false)] {
            let now = OffsetDateTime::from_unix_timestamp(left.at + seconds).unwrap();
            assert_eq!(left.is_news(now), is_news, "{seconds}");
        }
    }
}

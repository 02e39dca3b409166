//! A new password after the old one was forgotten. The mail's link is the proof. It is used up, every session ends, and
//! this browser goes on in a new one (OWASP ASVS 6.4.3, 7.4.3).

use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::{
    Resources, StoreError,
    account::ports::PasswordChange,
    audit::{self, Details, Event},
    credentials::{
        log_in::LoggedIn,
        password::{Asker, HashError, Password, PasswordContext},
        password_reset::{OpenReset, find_reset},
    },
    fields::{FieldErrors, FieldProblem},
    mail::password_notice::send_password_notice,
    session::{
        Client, EndReason, Persistence,
        authenticate::Presented,
        endings::{close_all, uncancellable},
        start_session::{SignIn, if_started, replace_session},
    },
};

/// Input of a reset.
pub struct ResetPassword<'a> {
    /// The link's token
    pub token: &'a str,
    /// The new password as typed
    pub password: &'a str,
    /// The browser
    pub client: Client,
    /// The presented tokens, whose session ends when another one begins
    pub presented: Presented<'a>,
}

/// Outcome for this browser.
#[derive(Debug)]
pub enum PasswordReset {
    /// It goes on in a new session.
    SignedIn(LoggedIn),
    /// The password is changed, but no session could begin, or the member is suspended; the log-in tells which.
    NotSignedIn,
}

/// Reason why the password stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum ResetPasswordError {
    /// A field is not acceptable, or the link does not work: unknown, used, expired, or not the newest.
    #[error("a field is not acceptable")]
    Fields(FieldErrors),
    /// The password could not be hashed, or not now. The link still works.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Uses up a link: changes the password, ends every session of the member, and begins one for this browser.
///
/// # Errors
/// [`ResetPasswordError`]
pub async fn reset_password(
    resources: &Resources,
    reset: ResetPassword<'_>,
    now: OffsetDateTime,
) -> Result<PasswordReset, ResetPasswordError> {
    let ResetPassword { token, password, client, presented } = reset;
    let (OpenReset { credentials, hashes }, password) =
        read(resources, token, password, &client).await?;
    let details = Details::by(&client).of(credentials.member_id);
    let new_hash = resources.hasher.hash(&password, &Asker::stranger(&client)).await?;

    let id = credentials.member_id;
    let changed = uncancellable(resources, move |resources| async move {
        let changed = resources.authority.reset_password(id, &hashes, &new_hash).await?;
        let Some(PasswordChange { authority_version, ended }) = changed else { return Ok(None) };
        audit::record(Event::PasswordChanged, details.because("reset"));
        close_all(&resources.session, ended, EndReason::PasswordChanged, details).await;
        Ok(Some(authority_version))
    });
    let Some(authority_version) = changed.await? else {
        // Used, or replaced by a newer one, since it was read.
        audit::record(Event::PasswordResetFailed, details.because("expired"));
        return Err(ResetPasswordError::Fields(expired()));
    };
    send_password_notice(resources, &credentials, now);
    let sign_in =
        SignIn { member_id: id, authority_version, persistence: Persistence::Browser, client };
    // The link is used up, so an error would only lead to a second try that must fail.
    let started = if_started(replace_session(&resources.session, sign_in, presented, now).await);
    Ok(started.map_or(PasswordReset::NotSignedIn, |tokens| {
        PasswordReset::SignedIn(LoggedIn { tokens, locale: credentials.locale })
    }))
}

/// Reads the form. The link comes first: the password must not be its member's address.
async fn read(
    resources: &Resources,
    token: &str,
    password: &str,
    client: &Client,
) -> Result<(OpenReset, Password), ResetPasswordError> {
    let found = find_reset(resources, token).await?;
    if found.is_none() {
        audit::record(Event::PasswordResetFailed, Details::by(client).because("expired"));
    }
    let member = match &found {
        Some(it) => resources.members.find(it.credentials.member_id).await?,
        None => None,
    };
    let (typed, password_min) = (Zeroizing::new(password.to_owned()), resources.password_min);
    let parse = move || {
        let context = PasswordContext::of(member.as_ref());
        Password::parse_new(&typed, password_min, context)
    };
    let password = resources.hasher.aside(&Asker::stranger(client), parse).await?;
    let mut errors = FieldErrors::default();
    let found = errors.take("token", found.ok_or(FieldProblem::Expired));
    match (found, errors.take("password", password)) {
        (Some(found), Some(password)) => Ok((found, password)),
        _ => Err(ResetPasswordError::Fields(errors)),
    }
}

fn expired() -> FieldErrors {
    FieldErrors::one("token", FieldProblem::Expired)
}

#[cfg(test)]
mod tests;

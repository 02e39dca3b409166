//! The proof that an address is the member's, which makes the member. By the code in a browser that asked;
//! or by the mail's link, in another browser together with the sign-up's password. Only a browser that asked is
//! signed in by it.
//!
//! The threat: somebody signs up a stranger's address with a password of their own. The stranger, who opens the
//! link that came unasked, must not make that password good.

use time::OffsetDateTime;

use crate::{
    Resources, StoreError,
    account::{
        confirmation::{CODE_TRIES, Code, Confirmation, ConfirmationId, LinkToken},
        email::Email,
        member::MemberId,
        ports::Completed,
    },
    audit::{self, Details, Event},
    credentials::{
        log_in::LoggedIn,
        password::{Asker, HashError, Password, Verified},
    },
    limits::Limit,
    session::{
        Client, Persistence,
        authenticate::Presented,
        log_out::log_out,
        start_session::{SignIn, StartSessionError, start_session},
    },
};

/// Proof of the address.
pub enum Proof {
    /// The typed code
    Code(Code),
    /// The link's token
    Link(String),
}

impl Proof {
    /// Reads the form's `code` field, which holds the link's token on the page that the link opens.
    /// `None`: neither.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let code = Code::parse(raw).map(Self::Code);
        code.or_else(|| raw.contains('.').then(|| Self::Link(raw.trim().to_owned())))
    }
}

/// Outcome of a valid proof.
#[derive(Debug)]
pub enum Confirmed {
    /// The browser asked for the sign-up: it is signed in.
    SignedIn(LoggedIn),
    /// The member is not signed in and logs in next: another browser asked, or no session could begin.
    NotSignedIn,
    /// The address was confirmed before, by this sign-up or another: log in.
    Before,
}

/// Reason why an address was not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// Not the mailed code.
    #[error("the code is not the mailed one")]
    Wrong,
    /// The code or the link of a mail that a newer one has replaced.
    #[error("the mail is not the newest")]
    OlderMail,
    /// No try is left for this code, or for this mailbox.
    #[error("the code was tried too often")]
    TooManyTries,
    /// Expired, used, or of another browser.
    #[error("the sign-up does not wait any more")]
    Expired,
    /// The link needs the sign-up's password here.
    #[error("the sign-up's password is missing")]
    PasswordRequired,
    /// Not the sign-up's password.
    #[error("the password is not the sign-up's")]
    PasswordWrong,
    /// No try is left for the sign-up's password.
    #[error("the sign-up's password was tried too often")]
    PasswordTooManyTries,
    /// The password could not be compared, or not now.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A store is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Input of a confirmation.
pub struct Confirm<'a> {
    /// The address in the form
    pub email: Email,
    /// The code or the link
    pub proof: Proof,
    /// The sign-up's password, which a link needs in a browser that did not ask
    pub password: Option<Password>,
    /// The sign-ups that this browser remembers, the newest first
    pub asked: &'a [ConfirmationId],
    /// The browser
    pub client: Client,
    /// The presented tokens, whose session ends when another one begins
    pub presented: Presented<'a>,
}

impl ConfirmError {
    /// The reason in the audit event; `None` if nothing was refused.
    fn audited_as(&self) -> Option<&'static str> {
        match self {
            Self::Wrong => Some("wrong"),
            Self::OlderMail => Some("older_mail"),
            Self::TooManyTries => Some("too_many_tries"),
            Self::Expired => Some("expired"),
            Self::PasswordRequired => Some("password_required"),
            Self::PasswordWrong => Some("password_wrong"),
            Self::PasswordTooManyTries => Some("password_too_many_tries"),
            Self::Hash(_) | Self::Store(_) => None,
        }
    }
}

/// Confirms an address. Name and password of the sign-up that the proof names become the member's.
///
/// # Errors
/// [`ConfirmError`]
pub async fn confirm_email(
    resources: &Resources,
    confirm: Confirm<'_>,
    now: OffsetDateTime,
) -> Result<Confirmed, ConfirmError> {
    let details = Details::by(&confirm.client);
    let confirmed = prove_and_sign_in(resources, confirm, now).await;
    if let Err(error) = &confirmed
        && let Some(reason) = error.audited_as()
    {
        audit::record(Event::ConfirmationFailed, details.because(reason));
    }
    confirmed
}

async fn prove_and_sign_in(
    resources: &Resources,
    confirm: Confirm<'_>,
    now: OffsetDateTime,
) -> Result<Confirmed, ConfirmError> {
    let Confirm { email, proof, password, asked, client, presented } = confirm;
    let proven = match proof {
        Proof::Code(code) => verify_code(resources, &email, &code, asked).await?,
        Proof::Link(token) => {
            let typed = Typed { password: password.as_ref(), client: &client };
            verify_link(resources, &email, &token, asked, typed).await?
        }
    };
    let Proven::Waiting(confirmation) = proven else { return Ok(Confirmed::Before) };
    let completed = resources.confirmations.complete(confirmation.id, MemberId::random()).await?;
    let (member, authority_version) = match completed {
        Completed::Member { member, authority_version } => (member, authority_version),
        Completed::AddressTaken => return Ok(Confirmed::Before),
        // A second press of the button was faster.
        Completed::Gone if resources.confirmations.was_completed(confirmation.id).await? => {
            return Ok(Confirmed::Before);
        }
        Completed::Gone => return Err(ConfirmError::Expired),
    };
    audit::record(Event::UserCreated, Details::by(&client).of(member.id));
    if !asked.contains(&confirmation.id) {
        return Ok(Confirmed::NotSignedIn);
    }
    if let Err(error) = log_out(&resources.session, presented, &client, now).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "sign_up.session_failed");
        return Ok(Confirmed::NotSignedIn);
    }
    let sign_in = SignIn {
        member_id: member.id,
        authority_version,
        persistence: Persistence::Browser,
        client,
    };
    match start_session(&resources.session, sign_in, now).await {
        Ok(tokens) => Ok(Confirmed::SignedIn(LoggedIn { tokens, locale: member.profile.locale })),
        // The member exists now: go to the log-in page.
        Err(StartSessionError::MemberChanged) => Ok(Confirmed::NotSignedIn),
        Err(StartSessionError::Store(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "sign_up.session_failed");
            Ok(Confirmed::NotSignedIn)
        }
    }
}

/// Target of a mail's link.
#[derive(Debug)]
pub enum Linked {
    /// A sign-up that waits, by its newest mail
    Waiting(Confirmation),
    /// A sign-up that waits, by a mail that a newer one has replaced
    Replaced,
    /// An address that is confirmed
    Confirmed,
    /// Nothing, or no longer anything
    Nothing,
}

/// Returns the current target of a mail's link.
///
/// # Errors
/// The database is unavailable.
pub async fn follow_link(resources: &Resources, token: &str) -> Result<Linked, StoreError> {
    let Some(link) = LinkToken::verify(token, &resources.keys) else { return Ok(Linked::Nothing) };
    Ok(match resources.confirmations.find(link.id).await? {
        Some(confirmation) if confirmation.mail == link.mail => Linked::Waiting(confirmation),
        Some(_) => Linked::Replaced,
        None if resources.confirmations.was_completed(link.id).await? => Linked::Confirmed,
        None => Linked::Nothing,
    })
}

/// Subject of a valid proof.
enum Proven {
    Waiting(Confirmation),
    Before,
}

async fn verify_code(
    resources: &Resources,
    email: &Email,
    code: &Code,
    asked: &[ConfirmationId],
) -> Result<Proven, ConfirmError> {
    let mut others_wait = false;
    for (place, id) in asked.iter().enumerate() {
        match resources.confirmations.find(*id).await? {
            Some(waiting) if waiting.email.is_same_as(email) => {
                if let Some(confirmation) = resources.confirmations.spend_try(*id).await? {
                    return try_code(resources, code, confirmation, &asked[place + 1..]).await;
                }
                // Otherwise a second press of the button has just completed it.
                if resources.confirmations.find(*id).await?.is_some() {
                    return Err(ConfirmError::TooManyTries);
                }
            }
            Some(_) => others_wait = true,
            // Completed, expired, or never mailed because the mailbox had received too many.
            None => {}
        }
    }
    match verify_late(resources, email, code).await {
        Err(ConfirmError::Expired) if others_wait => Err(ConfirmError::Wrong),
        verified => verified,
    }
}

/// Compares a code with that of a sign-up whose try has been counted. `older`: those that this browser asked for
/// before.
async fn try_code(
    resources: &Resources,
    code: &Code,
    confirmation: Confirmation,
    older: &[ConfirmationId],
) -> Result<Proven, ConfirmError> {
    debug_assert!(confirmation.tries_left < CODE_TRIES, "a spent try is counted");
    let mailbox = confirmation.email.mailbox();
    if resources.limits.take(Limit::ProofsOfMailbox, &mailbox).await.is_err() {
        return Err(ConfirmError::TooManyTries);
    }
    if code.matches(&resources.keys, confirmation.id, &confirmation.code) {
        resources.limits.give_back(Limit::ProofsOfMailbox, &mailbox).await;
        return Ok(Proven::Waiting(confirmation));
    }
    if is_of_older_mail(resources, code, older).await? {
        return Err(ConfirmError::OlderMail);
    }
    Err(if confirmation.tries_left == 0 { ConfirmError::TooManyTries } else { ConfirmError::Wrong })
}

/// Returns whether the code is that of an earlier sign-up of this browser.
async fn is_of_older_mail(
    resources: &Resources,
    code: &Code,
    older: &[ConfirmationId],
) -> Result<bool, StoreError> {
    for id in older {
        let found = resources.confirmations.find(*id).await?;
        if found.is_some_and(|it| code.matches(&resources.keys, it.id, &it.code)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Verifies a code of a sign-up that no longer waits: the button was pressed twice, or the first response was lost with
/// what this browser remembered.
async fn verify_late(
    resources: &Resources,
    email: &Email,
    code: &Code,
) -> Result<Proven, ConfirmError> {
    let completed = resources.confirmations.completed_lately(email).await?;
    let mailbox = email.mailbox();
    // Otherwise guesses would reveal which addresses have just become members.
    if completed.is_empty()
        || resources.limits.take(Limit::ProofsOfMailbox, &mailbox).await.is_err()
        || !completed.iter().any(|it| code.matches(&resources.keys, it.id, &it.code))
    {
        return Err(ConfirmError::Expired);
    }
    resources.limits.give_back(Limit::ProofsOfMailbox, &mailbox).await;
    Ok(Proven::Before)
}

/// Input beside a link.
struct Typed<'a> {
    password: Option<&'a Password>,
    client: &'a Client,
}

async fn verify_link(
    resources: &Resources,
    email: &Email,
    token: &str,
    asked: &[ConfirmationId],
    typed: Typed<'_>,
) -> Result<Proven, ConfirmError> {
    let confirmation = match follow_link(resources, token).await? {
        Linked::Waiting(confirmation) => confirmation,
        Linked::Replaced => return Err(ConfirmError::OlderMail),
        Linked::Confirmed => return Ok(Proven::Before),
        Linked::Nothing => return Err(ConfirmError::Expired),
    };
    if !confirmation.email.is_same_as(email) {
        return Err(ConfirmError::Wrong);
    }
    if !asked.contains(&confirmation.id) {
        let password = typed.password.ok_or(ConfirmError::PasswordRequired)?;
        verify_password(resources, &confirmation, password, &Asker::stranger(typed.client)).await?;
    }
    Ok(Proven::Waiting(confirmation))
}

/// Its tries are counted by the sign-up alone: the holder of the link reads the mailbox, and must get in even if
/// strangers have used up the tries that need no link.
async fn verify_password(
    resources: &Resources,
    confirmation: &Confirmation,
    password: &Password,
    asker: &Asker,
) -> Result<(), ConfirmError> {
    if resources.confirmations.spend_try(confirmation.id).await?.is_none() {
        return Err(ConfirmError::PasswordTooManyTries);
    }
    match resources.hasher.verify(password, Some(&confirmation.password_hash), asker).await? {
        Verified::Right { .. } => Ok(()),
        Verified::Wrong => Err(ConfirmError::PasswordWrong),
    }
}

#[cfg(test)]
mod tests;

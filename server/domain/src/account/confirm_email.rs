//! Confirmation of an address, which makes the member of a sign-up. The proof is the mailed code, in a browser that
//! asked for the sign-up; or the mail's link, in any other browser together with the sign-up's password. Only a browser
//! that asked is signed in.
//!
//! The threat: somebody signs up with a stranger's address and a password of their own. The stranger who opens the
//! unexpected link must not make that password valid.

mod by_code;

use time::OffsetDateTime;

use crate::{
    Resources, StoreError,
    account::{
        confirmation::{Code, Confirmation, ConfirmationId, LinkToken},
        email::Email,
        member::MemberId,
        ports::Completed,
    },
    audit::{self, Details, Event},
    credentials::{
        log_in::LoggedIn,
        password::{Asker, HashError, Password, Verified},
    },
    session::{
        Client, Persistence,
        authenticate::Presented,
        start_session::{SignIn, if_started, replace_session},
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

/// Reason why an address was not confirmed. Its name is the reason in the audit event.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
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
    #[error("the sign-up no longer waits")]
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

/// Confirms an address. The name and the password of the proven sign-up become the member's.
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
    match &confirmed {
        // Nothing was refused.
        Ok(_) | Err(ConfirmError::Hash(_) | ConfirmError::Store(_)) => {}
        Err(refusal) => audit::record(Event::ConfirmationFailed, details.because(refusal.into())),
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
        Proof::Code(code) => by_code::verify(resources, &email, &code, asked).await?,
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
    let persistence = Persistence::Browser;
    let sign_in = SignIn { member_id: member.id, authority_version, persistence, client };
    let started = replace_session(&resources.session, sign_in, presented, now).await;
    Ok(if_started(started).map_or(Confirmed::NotSignedIn, |tokens| {
        Confirmed::SignedIn(LoggedIn { tokens, locale: member.profile.locale })
    }))
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
    /// No sign-up: unknown, or no longer stored
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

/// Verifies the sign-up's password. Tries are counted per sign-up alone, not per mailbox: whoever holds the link can
/// read the mailbox, and must get in even if strangers have used up the mailbox's tries.
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

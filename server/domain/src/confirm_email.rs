//! The proof that an address is the member's, which makes the member. By the code in the browser that
//! asked, or by the mail's link in any browser; only the browser that asked is signed in by it.

use time::OffsetDateTime;

use crate::{
    audit::{self, Details, Event},
    authenticate::Presented,
    confirmation::{CODE_TRIES, Code, Confirmation, ConfirmationId, LinkToken},
    email::Email,
    log_in::LoggedIn,
    log_out::end_presented,
    member::MemberId,
    ports::{Completed, Ports, StoreError},
    session::{Client, Persistence},
    start_session::{SignIn, StartSessionError, start_session},
};

/// What proves the address.
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
        if raw.contains('.') {
            return Some(Self::Link(raw.trim().to_owned()));
        }
        Code::parse(raw).map(Self::Code)
    }
}

/// What came of a right proof.
#[derive(Debug)]
pub enum Confirmed {
    /// The browser that asked: a member, signed in.
    SignedIn(LoggedIn),
    /// A member who is not signed in: another browser asked, or no session could begin. Logs in next.
    NotSignedIn,
    /// The address was confirmed before, by another sign-up: log in.
    Before,
}

/// Why an address was not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// Not the mailed code.
    #[error("the code is not the mailed one")]
    Wrong,
    /// No try is left for this code.
    #[error("the code was tried too often")]
    TooManyTries,
    /// Expired, used, or of another browser.
    #[error("the sign-up does not wait any more")]
    Expired,
    /// A store could not say.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a browser confirms with.
pub struct Confirm<'a> {
    /// The address that the form names
    pub email: Email,
    /// The code or the link
    pub proof: Proof,
    /// The sign-up that this browser remembers
    pub asked: Option<ConfirmationId>,
    /// The browser
    pub client: Client,
    /// The tokens that came along: their session ends when another one begins
    pub presented: Presented<'a>,
}

impl ConfirmError {
    /// The reason in the audit event; none where nothing was refused.
    fn audited_as(&self) -> Option<&'static str> {
        match self {
            Self::Wrong => Some("wrong"),
            Self::TooManyTries => Some("too_many_tries"),
            Self::Expired => Some("expired"),
            Self::Store(_) => None,
        }
    }
}

/// Confirms an address.
///
/// # Errors
/// [`ConfirmError`]
pub async fn confirm_email(
    ports: &Ports,
    confirm: Confirm<'_>,
    now: OffsetDateTime,
) -> Result<Confirmed, ConfirmError> {
    let details = Details::by(&confirm.client);
    let confirmed = prove_and_sign_in(ports, confirm, now).await;
    if let Err(error) = &confirmed
        && let Some(reason) = error.audited_as()
    {
        audit::record(Event::ConfirmationFailed, details.because(reason));
    }
    confirmed
}

async fn prove_and_sign_in(
    ports: &Ports,
    confirm: Confirm<'_>,
    now: OffsetDateTime,
) -> Result<Confirmed, ConfirmError> {
    let Confirm { email, proof, asked, client, presented } = confirm;
    let confirmation = match proof {
        Proof::Code(code) => verify_code(ports, &code, asked).await?,
        Proof::Link(token) => find_by_link(ports, &token).await?.ok_or(ConfirmError::Expired)?,
    };
    if !confirmation.email.is_same_as(&email) {
        return Err(ConfirmError::Wrong);
    }
    let completed = ports.confirmations.complete(confirmation.id, MemberId::random()).await?;
    let member = match completed {
        Completed::Member(member) => member,
        Completed::AddressTaken => return Ok(Confirmed::Before),
        Completed::Gone => return Err(ConfirmError::Expired),
    };
    audit::record(Event::UserCreated, Details::by(&client).of(member.id));
    if asked != Some(confirmation.id) {
        return Ok(Confirmed::NotSignedIn);
    }
    if let Err(error) = end_presented(ports, presented, &client, now).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "sign_up.session_failed");
        return Ok(Confirmed::NotSignedIn);
    }
    let sign_in = SignIn {
        member_id: member.id,
        verified_hash: confirmation.password_hash,
        persistence: Persistence::Browser,
        client,
    };
    match start_session(ports, sign_in, now).await {
        Ok(tokens) => Ok(Confirmed::SignedIn(LoggedIn { tokens, locale: member.locale })),
        // The member exists now, and a second try could only say "expired": to the log-in page.
        Err(StartSessionError::MemberChanged) => Ok(Confirmed::NotSignedIn),
        Err(StartSessionError::Store(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "sign_up.session_failed");
            Ok(Confirmed::NotSignedIn)
        }
    }
}

/// The sign-up that a mail's link names, if it still waits.
///
/// # Errors
/// The database could not say.
pub async fn find_by_link(ports: &Ports, token: &str) -> Result<Option<Confirmation>, StoreError> {
    match LinkToken::verify(token, &ports.keys) {
        Some(id) => ports.confirmations.find(id).await,
        None => Ok(None),
    }
}

async fn verify_code(
    ports: &Ports,
    code: &Code,
    asked: Option<ConfirmationId>,
) -> Result<Confirmation, ConfirmError> {
    let id = asked.ok_or(ConfirmError::Expired)?;
    let Some(confirmation) = ports.confirmations.spend_try(id).await? else {
        let waits = ports.confirmations.find(id).await?.is_some();
        return Err(if waits { ConfirmError::TooManyTries } else { ConfirmError::Expired });
    };
    debug_assert!(confirmation.tries_left < CODE_TRIES, "a spent try is counted");
    if code.matches(&ports.keys, &confirmation) {
        return Ok(confirmation);
    }
    Err(if confirmation.tries_left == 0 { ConfirmError::TooManyTries } else { ConfirmError::Wrong })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        confirmation::MAILS_MAX,
        mail::Message,
        member::Locale,
        memory::{InMemory, noon},
        resend_confirmation::{ResendError, resend_confirmation},
        session::EndReason,
        sign_up::{SignUp, sign_up},
    };

    async fn signed_up(world: &InMemory, email: &str) -> ConfirmationId {
        let typed = SignUp::parse(email, "Hana", "a tree by the gate", 15).unwrap();
        sign_up(&world.ports(), typed, &Client::default(), Locale::En).await.unwrap()
    }

    fn mailed(world: &InMemory) -> (String, String) {
        match world.mails().pop().map(|mail| mail.message) {
            Some(Message::Confirm { code, link }) => {
                (code.to_string(), link.split_once("link=").unwrap().1.to_owned())
            }
            other => panic!("no code was mailed: {other:?}"),
        }
    }

    async fn confirm(
        world: &InMemory,
        raw: &str,
        asked: Option<ConfirmationId>,
    ) -> Result<Confirmed, ConfirmError> {
        let email = Email::parse("hana@example.com").unwrap();
        let confirm = Confirm {
            email,
            proof: Proof::parse(raw).unwrap(),
            asked,
            client: Client::default(),
            presented: Presented::default(),
        };
        confirm_email(&world.ports(), confirm, noon()).await
    }

    fn other_than(code: &str) -> &'static str {
        if code == "000000" { "000001" } else { "000000" }
    }

    #[tokio::test]
    async fn the_right_code_in_the_browser_that_asked_signs_in() {
        let world = InMemory::default();
        let id = signed_up(&world, "hana@example.com").await;
        let (code, _) = mailed(&world);
        let confirmed = confirm(&world, &code, Some(id)).await.unwrap();
        assert!(matches!(confirmed, Confirmed::SignedIn(..)), "{confirmed:?}");
    }

    #[tokio::test]
    async fn a_confirmed_sign_up_ends_the_session_whose_cookies_came_along() {
        let world = InMemory::default();
        let before = world.signed_in(Persistence::Browser).await;
        let id = signed_up(&world, "hana@example.com").await;
        let (code, _) = mailed(&world);
        let confirm = Confirm {
            email: Email::parse("hana@example.com").unwrap(),
            proof: Proof::parse(&code).unwrap(),
            asked: Some(id),
            client: Client::default(),
            presented: before.presented(),
        };
        confirm_email(&world.ports(), confirm, noon()).await.unwrap();
        let row = world.ports().sessions.find(before.session_id).await.unwrap().unwrap();
        assert_eq!(row.ended(), Some(EndReason::Logout));
    }

    #[tokio::test]
    async fn the_right_code_in_another_browser_confirms_nothing() {
        let world = InMemory::default();
        signed_up(&world, "hana@example.com").await;
        let (code, _) = mailed(&world);
        let refused = confirm(&world, &code, None).await;
        assert!(matches!(refused, Err(ConfirmError::Expired)), "{refused:?}");
    }

    #[tokio::test]
    async fn the_link_confirms_in_any_browser_and_signs_in_only_the_one_that_asked() {
        let world = InMemory::default();
        signed_up(&world, "hana@example.com").await;
        let (_, link) = mailed(&world);
        let confirmed = confirm(&world, &link, None).await.unwrap();
        assert!(matches!(confirmed, Confirmed::NotSignedIn), "{confirmed:?}");
        let again = confirm(&world, &link, None).await;
        assert!(matches!(again, Err(ConfirmError::Expired)), "{again:?}");
    }

    #[tokio::test]
    async fn five_wrong_codes_void_the_right_one() {
        let world = InMemory::default();
        let id = signed_up(&world, "hana@example.com").await;
        let (code, _) = mailed(&world);
        for _ in 0..4 {
            let refused = confirm(&world, other_than(&code), Some(id)).await;
            assert!(matches!(refused, Err(ConfirmError::Wrong)), "{refused:?}");
        }
        for raw in [other_than(&code), &code] {
            let refused = confirm(&world, raw, Some(id)).await;
            assert!(matches!(refused, Err(ConfirmError::TooManyTries)), "{refused:?}");
        }
    }

    #[tokio::test]
    async fn a_new_code_voids_the_old_one_and_mails_are_bounded() {
        let world = InMemory::default();
        let id = signed_up(&world, "hana@example.com").await;
        let (old, _) = mailed(&world);
        resend_confirmation(&world.ports(), id).await.unwrap();
        let (new, _) = mailed(&world);
        if old != new {
            assert!(confirm(&world, &old, Some(id)).await.is_err());
        }
        for _ in 2..MAILS_MAX {
            resend_confirmation(&world.ports(), id).await.unwrap();
        }
        let refused = resend_confirmation(&world.ports(), id).await;
        assert!(matches!(refused, Err(ResendError::Gone)), "{refused:?}");
        let (newest, _) = mailed(&world);
        assert!(confirm(&world, &newest, Some(id)).await.is_ok());
    }

    #[tokio::test]
    async fn of_two_sign_ups_for_one_address_the_second_to_confirm_is_told_to_log_in() {
        let world = InMemory::default();
        let one = signed_up(&world, "hana@example.com").await;
        let (first, _) = mailed(&world);
        let two = signed_up(&world, "Hana@example.com").await;
        let (second, _) = mailed(&world);
        assert!(matches!(confirm(&world, &first, Some(one)).await, Ok(Confirmed::SignedIn(..))));
        assert!(matches!(confirm(&world, &second, Some(two)).await, Ok(Confirmed::Before)));
    }

    #[tokio::test]
    async fn a_member_who_cannot_be_signed_in_now_is_a_member_all_the_same() {
        let world = InMemory::default();
        let id = signed_up(&world, "hana@example.com").await;
        let (code, _) = mailed(&world);
        world.break_live_sessions();
        let confirmed = confirm(&world, &code, Some(id)).await.unwrap();
        assert!(matches!(confirmed, Confirmed::NotSignedIn), "{confirmed:?}");
    }

    #[tokio::test]
    async fn a_failed_database_is_no_wrong_code() {
        let world = InMemory::default();
        let id = signed_up(&world, "hana@example.com").await;
        let (code, _) = mailed(&world);
        world.break_database();
        let refused = confirm(&world, &code, Some(id)).await;
        assert!(matches!(refused, Err(ConfirmError::Store(_))), "{refused:?}");
    }
}

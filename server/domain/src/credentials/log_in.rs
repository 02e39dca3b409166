//! Log-in with e-mail address and password. Always begins a new session, and ends the presented one, so that nobody can
//! plant a session before somebody else's log-in (OWASP ASVS 7.2.4).

use time::OffsetDateTime;

use crate::{
    Resources, StoreError,
    account::{
        email::Email,
        member::{Language, MemberId, Standing},
        ports::Credentials,
    },
    audit::{self, Details, Event},
    counters::{self, LogInResult},
    credentials::{
        device::Device,
        log_in_tries::Tries,
        password::{Asker, HashError, Password, Verified},
    },
    fields::FieldErrors,
    limits::Limited,
    session::{
        Client, IssuedTokens, Persistence,
        authenticate::Presented,
        start_session::{SignIn, StartSessionError, replace_session},
    },
};

/// The submitted log-in form, and the browser.
#[derive(Debug)]
pub struct LogIn {
    /// The address
    pub email: Email,
    /// The password
    pub password: Password,
    /// "Keep me signed in"
    pub persistence: Persistence,
    /// The browser, if it is known to some account
    pub device: Option<Device>,
}

impl LogIn {
    /// Reads the form.
    ///
    /// # Errors
    /// The fields that are empty or malformed.
    pub fn parse(
        email: &str,
        password: &str,
        persistence: Persistence,
    ) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let email = errors.take("email", Email::parse_typed(email));
        let password = errors.take("password", Password::parse_typed(password));
        match (email, password) {
            (Some(email), Some(password)) => {
                Ok(Self { email, password, persistence, device: None })
            }
            _ => Err(errors),
        }
    }

    /// Adds the browser, if some account knows it.
    #[must_use]
    pub fn on(self, device: Option<Device>) -> Self {
        Self { device, ..self }
    }
}

/// A successful log-in.
#[derive(Debug)]
pub struct LoggedIn {
    /// Both tokens
    pub tokens: IssuedTokens,
    /// The language that the member chose
    pub locale: Language,
}

/// Reason why a log-in failed.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// No such address, or not its password; the error does not tell which.
    #[error("address or password is wrong")]
    BadCredentials,
    /// The right password of a suspended member.
    #[error("the member is suspended")]
    Suspended,
    /// Too many log-ins have failed; the error does not tell whether this one would have.
    #[error(transparent)]
    Limited(#[from] Limited),
    /// The password could not be hashed, or not now.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A store is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The member's password, standing or role changed during every attempt: try again.
    #[error("the member kept changing")]
    Contended,
}

impl LogInError {
    fn counted_as(&self) -> LogInResult {
        match self {
            Self::BadCredentials => LogInResult::BadCredentials,
            Self::Suspended => LogInResult::Suspended,
            Self::Limited(_) => LogInResult::Limited,
            Self::Hash(HashError::Busy | HashError::TooManyFromAddress) => LogInResult::Busy,
            Self::Hash(HashError::Failed(_)) | Self::Store(_) | Self::Contended => {
                LogInResult::Failed
            }
        }
    }
}

/// Number of attempts when the member's password, standing or role changes meanwhile.
const ATTEMPTS: usize = 2;

/// Logs a member in. Each try is counted, and each success and each refusal is an audit event.
///
/// # Errors
/// [`LogInError`]
pub async fn log_in(
    resources: &Resources,
    typed: &LogIn,
    client: Client,
    presented: Presented<'_>,
    now: OffsetDateTime,
) -> Result<LoggedIn, LogInError> {
    let details = Details::by(&client);
    let tried = try_log_in(resources, typed, client, presented, now).await;
    match &tried {
        Ok(LoggedIn { tokens, .. }) => {
            counters::logged_in(LogInResult::Success);
            let details = details.of(tokens.member_id).in_session(tokens.session_id);
            audit::record(Event::LogInSucceeded, details);
        }
        Err(error) => counters::logged_in(error.counted_as()),
    }
    tried
}

async fn try_log_in(
    resources: &Resources,
    typed: &LogIn,
    client: Client,
    presented: Presented<'_>,
    now: OffsetDateTime,
) -> Result<LoggedIn, LogInError> {
    for _ in 0..ATTEMPTS {
        let credentials = verify(resources, typed, &client).await?;
        let sign_in = SignIn {
            member_id: credentials.member_id,
            authority_version: credentials.authority_version,
            persistence: typed.persistence,
            client: client.clone(),
        };
        match replace_session(&resources.session, sign_in, presented, now).await {
            Ok(tokens) => return Ok(LoggedIn { tokens, locale: credentials.locale }),
            Err(StartSessionError::MemberChanged) => {}
            Err(StartSessionError::Store(error)) => return Err(error.into()),
        }
    }
    Err(LogInError::Contended)
}

/// The credentials of the member whose password was typed.
async fn verify(
    resources: &Resources,
    typed: &LogIn,
    client: &Client,
) -> Result<Credentials, LogInError> {
    let credentials = resources.members.credentials(&typed.email).await?;
    let member = credentials.as_ref().map(|known| known.member_id);
    let tries =
        Tries::take(resources, (&typed.email, member), typed.device.as_ref(), client).await?;
    let stored = credentials.as_ref().map(|known| &known.password_hash);
    let asker = Asker::stranger(client);
    let verified = resources.hasher.verify(&typed.password, stored, &asker).await;
    if !matches!(verified, Ok(Verified::Wrong)) {
        tries.give_back().await;
    }
    let (Verified::Right { rehashed }, Some(credentials)) = (verified?, credentials) else {
        return refuse(member, client, LogInError::BadCredentials);
    };
    if credentials.standing == Standing::Suspended {
        return refuse(member, client, LogInError::Suspended);
    }
    if let Some(new) = rehashed {
        let (id, old) = (credentials.member_id, &credentials.password_hash);
        resources.members.replace_hash(id, old, &new).await?;
    }
    Ok(credentials)
}

/// Records the refusal for the staff, with the member, whom the client does not learn.
fn refuse<T>(
    member: Option<MemberId>,
    client: &Client,
    error: LogInError,
) -> Result<T, LogInError> {
    let details = Details { member, ..Details::by(client) };
    audit::record(Event::LogInFailed, details.because(error.counted_as().as_str()));
    Err(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{memory::InMemory, session::EndReason};

    const PASSWORD: &str = "a tree by the gate";

    async fn world_with_hana() -> (InMemory, MemberId) {
        let world = InMemory::default();
        let member = world.add_member("hana@example.com", PASSWORD).await;
        (world, member)
    }

    async fn try_log_in(
        world: &InMemory,
        (email, password): (&str, &str),
        presented: Presented<'_>,
    ) -> Result<LoggedIn, LogInError> {
        let typed = LogIn::parse(email, password, Persistence::Browser).unwrap();
        log_in(&world.resources(), &typed, Client::default(), presented, world.now()).await
    }

    const RIGHT: (&str, &str) = ("HANA@example.com", PASSWORD);
    const WRONG: (&str, &str) = ("hana@example.com", "another tree");

    #[tokio::test]
    async fn the_right_password_logs_the_member_in() {
        let (world, member) = world_with_hana().await;
        let logged_in = try_log_in(&world, RIGHT, Presented::default()).await.unwrap();
        assert_eq!(logged_in.tokens.member_id, member);
    }

    #[tokio::test]
    async fn an_unknown_address_and_a_wrong_password_look_the_same() {
        let (world, _) = world_with_hana().await;
        for typed in [WRONG, ("ken@example.com", PASSWORD)] {
            let refused = try_log_in(&world, typed, Presented::default()).await;
            assert_matches!(refused, Err(LogInError::BadCredentials));
        }
    }

    #[tokio::test]
    async fn a_suspended_member_is_told_so_only_with_the_right_password() {
        let (world, member) = world_with_hana().await;
        world.suspend(member);
        let right = try_log_in(&world, RIGHT, Presented::default()).await;
        assert_matches!(right, Err(LogInError::Suspended));
        let wrong = try_log_in(&world, WRONG, Presented::default()).await;
        assert_matches!(wrong, Err(LogInError::BadCredentials));
    }

    #[tokio::test]
    async fn a_log_in_ends_the_browsers_previous_session() {
        let (world, _) = world_with_hana().await;
        let before = world.signed_in(Persistence::Browser).await;
        let after = try_log_in(&world, RIGHT, before.presented()).await.unwrap();
        assert_ne!(after.tokens.session_id, before.session_id);
        assert_eq!(before.refusal(&world).await, EndReason::Logout);
    }

    #[tokio::test]
    async fn a_failed_store_is_no_wrong_password() {
        let (world, _) = world_with_hana().await;
        let before = world.signed_in(Persistence::Browser).await;
        world.break_database();
        let refused = try_log_in(&world, RIGHT, Presented::default()).await;
        assert_matches!(refused, Err(LogInError::Store(_)));
        world.mend_database();
        world.break_live_sessions();
        let refused = try_log_in(&world, RIGHT, before.presented()).await;
        assert_matches!(refused, Err(LogInError::Store(_)));
        assert_eq!(world.ended(before.session_id), None, "the session that is there stays");
    }

    #[test]
    fn an_empty_form_names_both_fields() {
        let errors = LogIn::parse(" ", "", Persistence::Browser).unwrap_err();
        let fields: Vec<_> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["email", "password"]);
    }
}

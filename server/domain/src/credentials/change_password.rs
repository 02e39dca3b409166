//! Change of password. Every session ends, including the current one, and this browser gets a new one: a stolen copy of
//! any old token, even of this browser's, no longer works (OWASP ASVS 7.4.3).

use time::OffsetDateTime;

use crate::{
    Resources, StoreError,
    account::ports::PasswordChange,
    audit::{self, Details, Event},
    credentials::{
        password::{Asker, Password, PasswordContext},
        prove_password::{ProveError, prove_password},
    },
    fields::FieldErrors,
    mail::password_notice::send_password_notice,
    session::{
        Client, EndReason, IssuedTokens, Persistence,
        authenticate::Authenticated,
        endings::{close_all, uncancellable},
        start_session::{SignIn, if_started, start_session},
    },
};

/// The form's field for the current password.
const CURRENT: &str = "current_password";

/// The submitted form.
#[derive(Debug)]
pub struct ChangePassword {
    /// The current password
    pub current: Password,
    /// The new password
    pub new: Password,
}

impl ChangePassword {
    /// Reads the form. `password_min` is in characters. Like [`Password::parse_new`], it may take milliseconds.
    ///
    /// # Errors
    /// The fields that are not acceptable.
    pub fn parse(
        current: &str,
        new: &str,
        password_min: usize,
        context: PasswordContext<'_>,
    ) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let current = errors.take(CURRENT, Password::parse_typed(current));
        let new = errors.take("new_password", Password::parse_new(new, password_min, context));
        match (current, new) {
            (Some(current), Some(new)) => Ok(Self { current, new }),
            _ => Err(errors),
        }
    }
}

/// Outcome for this browser.
#[derive(Debug)]
pub enum PasswordChanged {
    /// It goes on in a new session.
    SignedIn(IssuedTokens),
    /// The password is changed, but no session could begin: the member logs in.
    NotSignedIn,
}

/// Changes the password, and begins a session for `client` in place of all others.
///
/// # Errors
/// [`ProveError`]
pub async fn change_password(
    resources: &Resources,
    who: &Authenticated,
    typed: &ChangePassword,
    client: Client,
    now: OffsetDateTime,
) -> Result<PasswordChanged, ProveError> {
    let member_id = who.session.member_id;
    let details = Details::by_member(who, &client);
    let credentials = prove_password(resources, who, &client, CURRENT, &typed.current)
        .await
        .inspect_err(|error| error.record(Event::PasswordChangeFailed, details))?;
    let new_hash = resources.hasher.hash(&typed.new, &Asker::member(&client)).await?;
    let persistence = persistence_of(resources, who).await?;

    let verified = credentials.password_hash.clone();
    let changed = uncancellable(resources, move |resources| async move {
        let changed = resources.authority.change_password(member_id, &verified, &new_hash).await?;
        let Some(PasswordChange { authority_version, ended }) = changed else { return Ok(None) };
        audit::record(Event::PasswordChanged, details);
        close_all(&resources.session, ended, EndReason::PasswordChanged, details).await;
        Ok(Some(authority_version))
    });
    // `None`: it has changed since it was verified.
    let authority_version = changed.await?.ok_or_else(|| ProveError::wrong(CURRENT))?;
    send_password_notice(resources, &credentials, now);
    let sign_in = SignIn { member_id, authority_version, persistence, client };
    let started = if_started(start_session(&resources.session, sign_in, now).await);
    Ok(started.map_or(PasswordChanged::NotSignedIn, PasswordChanged::SignedIn))
}

async fn persistence_of(
    resources: &Resources,
    who: &Authenticated,
) -> Result<Persistence, StoreError> {
    let stored = resources.session.rows.find(who.claims.session_id).await?;
    Ok(stored.and_then(|it| it.open()).map_or(Persistence::Browser, |row| row.persistence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        credentials::log_in::{LogIn, log_in},
        fields::FieldProblem,
        mail::Message,
        memory::{InMemory, SignedInBrowser},
        session::authenticate::Presented,
    };

    const OLD: &str = "a tree by the gate";
    const NEW: &str = "a pond behind the house";

    async fn change(
        world: &InMemory,
        who: &Authenticated,
        current: &str,
        new: &str,
    ) -> Result<PasswordChanged, ProveError> {
        let typed = ChangePassword::parse(current, new, 15, PasswordContext::default()).unwrap();
        change_password(&world.resources(), who, &typed, Client::default(), world.now()).await
    }

    async fn signed_in(persistence: Persistence) -> (InMemory, SignedInBrowser, Authenticated) {
        let world = InMemory::default();
        let here = world.signed_in(persistence).await;
        let who = here.authenticated(&world).await;
        (world, here, who)
    }

    #[tokio::test]
    async fn every_session_ends_and_this_browser_has_a_new_one() {
        let (world, here, who) = signed_in(Persistence::Remembered).await;
        let there = world.signed_in_as(here.member_id, Persistence::Browser).await;
        let changed = change(&world, &who, OLD, NEW).await.unwrap();
        let PasswordChanged::SignedIn(tokens) = changed else { panic!("{changed:?}") };
        assert_eq!(tokens.persistence, Persistence::Remembered);
        assert_ne!(tokens.session_id, here.session_id);
        for old in [&here, &there] {
            assert_eq!(world.ended(old.session_id), Some(EndReason::PasswordChanged));
            assert_eq!(old.refusal(&world).await, EndReason::PasswordChanged);
        }
    }

    #[tokio::test]
    async fn only_the_new_password_logs_in_after_a_change() {
        let (world, here, who) = signed_in(Persistence::Browser).await;
        change(&world, &who, OLD, NEW).await.unwrap();
        let (resources, email) = (world.resources(), world.email_of(here.member_id));
        for (password, is_right) in [(OLD, false), (NEW, true)] {
            let form = LogIn::parse(&email, password, Persistence::Browser).unwrap();
            let (client, presented) = (Client::default(), Presented::default());
            let answer = log_in(&resources, &form, client, presented, world.now()).await;
            assert_eq!(answer.is_ok(), is_right, "{password}");
        }
    }

    #[tokio::test]
    async fn a_wrong_password_changes_nothing() {
        let (world, here, who) = signed_in(Persistence::Browser).await;
        let refused = change(&world, &who, "another tree", NEW).await;
        let Err(ProveError::Fields(errors)) = refused else { panic!("{refused:?}") };
        assert_eq!(errors, FieldErrors::one("current_password", FieldProblem::Wrong));
        assert_eq!(world.ended(here.session_id), None);
    }

    #[tokio::test]
    async fn a_change_of_password_with_a_failed_live_session_store_ends_every_session() {
        let (world, here, who) = signed_in(Persistence::Browser).await;
        world.break_live_sessions();
        assert_matches!(change(&world, &who, OLD, NEW).await, Ok(PasswordChanged::NotSignedIn));
        assert_eq!(world.ended(here.session_id), Some(EndReason::PasswordChanged));
    }

    #[tokio::test]
    async fn a_change_of_password_is_mailed_and_a_failed_mail_undoes_nothing() {
        let (world, here, who) = signed_in(Persistence::Browser).await;
        change(&world, &who, OLD, NEW).await.unwrap();
        let [mail] = &world.mails_sent().await[..] else { panic!("not one mail") };
        let Message::PasswordChanged { at, .. } = mail.message else { panic!("{mail:?}") };
        assert_eq!((mail.to.as_str(), at), (&*world.email_of(here.member_id), world.now()));

        world.break_mailer();
        let here = world.signed_in_as(here.member_id, Persistence::Browser).await;
        let who = here.authenticated(&world).await;
        assert_matches!(change(&world, &who, NEW, OLD).await, Ok(PasswordChanged::SignedIn(_)));
    }

    #[test]
    fn a_change_of_password_form_reports_every_problem_at_once() {
        let errors =
            ChangePassword::parse("", "short", 15, PasswordContext::default()).unwrap_err();
        let expected = [
            ("current_password", FieldProblem::Required),
            ("new_password", FieldProblem::TooShort),
        ];
        assert_eq!(errors.iter().collect::<Vec<_>>(), expected);
    }
}

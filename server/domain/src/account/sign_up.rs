//! Sign-up: stores the form until the address is proven. The response, its cost and its time are the same whether or
//! not the address is known (OWASP ASVS 6.3.8); a member who has an account already is informed by mail.

use zeroize::Zeroizing;

use crate::{
    Resources, StoreError,
    account::{
        confirmation::{Code, ConfirmationId, Link, LinkToken, NewConfirmation},
        email::Email,
        member::{DisplayName, Language},
    },
    credentials::password::{Asker, HashError, Password, PasswordContext},
    fields::FieldErrors,
    mail::{
        Mail, Message,
        counted::{counted, may_mail},
        ports::MailError,
    },
    session::Client,
};

/// The submitted sign-up form.
#[derive(Debug)]
pub struct SignUp {
    /// The address to be proven
    pub email: Email,
    /// The chosen name
    pub display_name: DisplayName,
    /// The chosen password
    pub password: Password,
}

impl SignUp {
    /// Reads the form. `password_min` is in characters. Like [`Password::parse_new`], it may take milliseconds.
    ///
    /// # Errors
    /// Every field that is not acceptable.
    pub fn parse(
        email: &str,
        display_name: &str,
        password: &str,
        password_min: usize,
    ) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let email = errors.take("email", Email::parse(email));
        let display_name = errors.take("display_name", DisplayName::parse(display_name));
        let context =
            PasswordContext { email: email.as_ref(), display_name: display_name.as_ref() };
        let password =
            errors.take("password", Password::parse_new(password, password_min, context));
        match (email, display_name, password) {
            (Some(email), Some(display_name), Some(password)) => {
                Ok(Self { email, display_name, password })
            }
            _ => Err(errors),
        }
    }
}

/// Reason why a sign-up was not stored.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// The password could not be hashed, or not now.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A store is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The mail could not be sent; the member tries again.
    #[error(transparent)]
    Mail(#[from] MailError),
}

/// Stores a sign-up and sends its mail. Does neither if the mailbox has received too many mails: the newest one
/// received stays valid. The browser that asked remembers the returned id.
///
/// # Errors
/// [`SignUpError`]
pub async fn sign_up(
    resources: &Resources,
    typed: SignUp,
    client: &Client,
    locale: Language,
) -> Result<ConfirmationId, SignUpError> {
    let password_hash = resources.hasher.hash(&typed.password, &Asker::stranger(client)).await?;
    let (id, code) = (ConfirmationId::random(), Code::random());
    if !may_mail(resources, &typed.email).await {
        return Ok(id);
    }
    let to = typed.email;
    let new = NewConfirmation {
        id,
        email: to.clone(),
        display_name: typed.display_name,
        password_hash,
        locale,
        code: code.hash(&resources.keys, id),
    };
    let sending = async {
        resources.confirmations.insert(&new).await?;
        let mail = mail_for(resources, to.clone(), locale, Link { id, mail: 1 }, &code).await?;
        resources.mailer.send(&mail).await?;
        Ok(id)
    };
    counted(resources, &to, sending).await
}

/// The mail of a sign-up: the code and its link. If the address is a member's, it has a link to the log-in page
/// instead.
pub(crate) async fn mail_for(
    resources: &Resources,
    to: Email,
    locale: Language,
    link: Link,
    code: &Code,
) -> Result<Mail, StoreError> {
    let message = if resources.members.credentials(&to).await?.is_some() {
        Message::AlreadyMember { log_in: format!("{}/login", resources.public_url) }
    } else {
        let token = LinkToken::issue(&resources.keys, link);
        let link = format!("{}/signup/confirm?link={}", resources.public_url, token.expose());
        Message::Confirm {
            code: Zeroizing::new(code.expose().to_owned()),
            link: Zeroizing::new(link),
        }
    };
    Ok(Mail { to, locale, message })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{fields::FieldProblem, memory::InMemory};

    async fn sign_up_with(world: &InMemory, email: &str) -> Result<ConfirmationId, SignUpError> {
        let typed = SignUp::parse(email, "Hana", "a tree by the gate", 15).unwrap();
        sign_up(&world.resources(), typed, &Client::default(), Language::En).await
    }

    #[test]
    fn a_sign_up_form_reports_every_problem_at_once() {
        let errors = SignUp::parse("hana", "", "short", 15).unwrap_err();
        let expected = [
            ("email", FieldProblem::Invalid),
            ("display_name", FieldProblem::Required),
            ("password", FieldProblem::TooShort),
        ];
        assert_eq!(errors.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_password_of_a_sign_up_is_neither_its_address_nor_its_name() {
        for (name, password, problem) in [
            ("Hana", "hanako.sato@example.com", FieldProblem::SameAsEmail),
            ("Hanako Yamamoto", "Hanako Yamamoto", FieldProblem::SameAsName),
        ] {
            let errors = SignUp::parse("hanako.sato@example.com", name, password, 15).unwrap_err();
            assert_eq!(errors, FieldErrors::one("password", problem));
        }
    }

    #[tokio::test]
    async fn a_new_address_is_mailed_a_code_and_a_known_one_a_link_to_the_log_in() {
        let world = InMemory::default();
        world.add_member("hana@example.com", "a tree by the gate").await;
        for email in ["ken@example.com", "Hana@Example.com"] {
            sign_up_with(&world, email).await.unwrap();
        }
        let messages: Vec<_> = world.mails().into_iter().map(|mail| mail.message).collect();
        assert_matches!(&messages[..], [Message::Confirm { .. }, Message::AlreadyMember { .. }]);
    }

    #[tokio::test]
    async fn over_a_mailboxs_limit_no_mail_is_sent_and_the_answer_is_the_same() {
        let world = InMemory::default();
        world.add_member("hana@example.com", "a tree by the gate").await;
        for email in ["hana@example.com", "ken@example.com"] {
            for _ in 0..5 {
                sign_up_with(&world, email).await.unwrap();
                sign_up_with(&world, &email.to_uppercase()).await.unwrap();
            }
        }
        assert_eq!(world.mails().len(), 2 * 3);
        world.pass(Duration::from_secs(600));
        sign_up_with(&world, "ken@example.com").await.unwrap();
        assert_eq!(world.mails().len(), 2 * 3 + 1);
    }

    #[tokio::test]
    async fn a_mailbox_gets_eight_mails_a_day_however_they_are_spread() {
        let world = InMemory::default();
        for _ in 0..16 {
            sign_up_with(&world, "ken@example.com").await.unwrap();
            world.pass(Duration::from_secs(600));
        }
        assert_eq!(world.mails().len(), 8);
    }

    #[tokio::test]
    async fn a_mail_that_could_not_be_sent_is_an_error_and_does_not_count() {
        let world = InMemory::default();
        world.break_mailer();
        for _ in 0..5 {
            assert_matches!(
                sign_up_with(&world, "ken@example.com").await,
                Err(SignUpError::Mail(MailError::Failed(_)))
            );
        }
        world.mend_mailer();
        sign_up_with(&world, "ken@example.com").await.unwrap();
        assert_eq!(world.mails().len(), 1);
    }

    #[tokio::test]
    async fn a_failed_database_keeps_nothing_sends_nothing_and_counts_no_mail() {
        let world = InMemory::default();
        world.break_database();
        for _ in 0..9 {
            let refused = sign_up_with(&world, "ken@example.com").await;
            assert_matches!(refused, Err(SignUpError::Store(_)));
        }
        assert!(world.mails().is_empty());
        world.mend_database();
        sign_up_with(&world, "ken@example.com").await.unwrap();
        assert_eq!(world.mails().len(), 1);
    }
}

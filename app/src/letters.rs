//! The words of each mail in the member's language, as plain text and as HTML.
//!
//! The greeting has no name on purpose: anybody can choose the name at a sign-up, and so could have their own words
//! mailed to a stranger's address.

use std::fmt;

use domain::{
    account::confirmation::CODE_LIFETIME,
    credentials::password_reset::RESET_LIFETIME,
    mail::{Mail, Message},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, UtcOffset, macros::format_description};

use crate::{
    html::html_of,
    i18n::{Locale, locale_of, tr},
};

/// A mail as it is sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderedMail {
    pub to: String,
    pub subject: String,
    pub text: String,
    /// The same words as HTML
    pub html: String,
}

/// A mail holds an address and may hold a code, neither of which may be logged.
impl fmt::Debug for RenderedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RenderedMail(redacted)")
    }
}

enum Paragraph {
    Words(String),
    Code(String),
    Link(String),
}

/// Puts a mail into words.
#[must_use]
pub fn render(mail: &Mail) -> RenderedMail {
    let locale = locale_of(mail.locale);
    let (subject, body) = match &mail.message {
        Message::Confirm { code, link } => confirm(locale, code, link),
        Message::AlreadyMember { log_in } => already_member(locale, log_in),
        Message::Reuse { sessions } => reuse(locale, sessions),
        Message::PasswordReset { link } => password_reset(locale, link),
        Message::PasswordChanged { at, forgot, sessions } => {
            password_changed(locale, *at, forgot, sessions)
        }
    };
    let mut paragraphs = vec![Paragraph::Words(tr!(locale, mails.greeting).to_owned())];
    paragraphs.extend(body);
    paragraphs.push(Paragraph::Words(tr!(locale, mails.sign).to_owned()));
    RenderedMail {
        to: mail.to.as_str().to_owned(),
        text: as_text(&paragraphs),
        html: as_page(mail.locale.as_str(), &subject, &paragraphs),
        subject,
    }
}

fn confirm(locale: Locale, code: &str, link: &str) -> (String, Vec<Paragraph>) {
    let minutes = CODE_LIFETIME.as_secs() / 60;
    let words = vec![
        Paragraph::Words(tr!(locale, mails.confirm.intro).to_owned()),
        Paragraph::Code(code.to_owned()),
        Paragraph::Words(tr!(locale, mails.confirm.valid, minutes = minutes)),
        Paragraph::Words(tr!(locale, mails.confirm.or_link).to_owned()),
        Paragraph::Link(link.to_owned()),
        Paragraph::Words(tr!(locale, mails.confirm.not_you).to_owned()),
    ];
    (tr!(locale, mails.confirm.subject, code = code), words)
}

fn already_member(locale: Locale, log_in: &str) -> (String, Vec<Paragraph>) {
    let words = vec![
        Paragraph::Words(tr!(locale, mails.already_member.intro).to_owned()),
        Paragraph::Words(tr!(locale, mails.already_member.log_in).to_owned()),
        Paragraph::Link(log_in.to_owned()),
        Paragraph::Words(tr!(locale, mails.already_member.not_you).to_owned()),
    ];
    (tr!(locale, mails.already_member.subject).to_owned(), words)
}

fn reuse(locale: Locale, sessions: &str) -> (String, Vec<Paragraph>) {
    let words = vec![
        Paragraph::Words(tr!(locale, mails.reuse.intro).to_owned()),
        Paragraph::Words(tr!(locale, mails.reuse.what_to_do).to_owned()),
        Paragraph::Link(sessions.to_owned()),
        Paragraph::Words(tr!(locale, mails.reuse.harmless).to_owned()),
    ];
    (tr!(locale, mails.reuse.subject).to_owned(), words)
}

fn password_reset(locale: Locale, link: &str) -> (String, Vec<Paragraph>) {
    let minutes = RESET_LIFETIME.as_secs() / 60;
    let words = vec![
        Paragraph::Words(tr!(locale, mails.password_reset.intro).to_owned()),
        Paragraph::Link(link.to_owned()),
        Paragraph::Words(tr!(locale, mails.password_reset.valid, minutes = minutes)),
        Paragraph::Words(tr!(locale, mails.password_reset.not_you).to_owned()),
    ];
    (tr!(locale, mails.password_reset.subject).to_owned(), words)
}

fn password_changed(
    locale: Locale,
    at: OffsetDateTime,
    forgot: &str,
    sessions: &str,
) -> (String, Vec<Paragraph>) {
    let words = vec![
        Paragraph::Words(tr!(locale, mails.password_changed.intro, time = moment(at))),
        Paragraph::Words(tr!(locale, mails.password_changed.sessions).to_owned()),
        Paragraph::Link(sessions.to_owned()),
        Paragraph::Words(tr!(locale, mails.password_changed.not_you).to_owned()),
        Paragraph::Link(forgot.to_owned()),
    ];
    (tr!(locale, mails.password_changed.subject).to_owned(), words)
}

/// A time in a form that reads the same in every language. The member's time zone is unknown.
fn moment(at: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    at.to_offset(UtcOffset::UTC).format(&format).unwrap_or_default()
}

fn as_text(paragraphs: &[Paragraph]) -> String {
    let words: Vec<_> = paragraphs
        .iter()
        .map(|paragraph| match paragraph {
            Paragraph::Words(words) | Paragraph::Code(words) | Paragraph::Link(words) => {
                words.as_str()
            }
        })
        .collect();
    words.join("\n\n") + "\n"
}

fn as_page(lang: &'static str, subject: &str, paragraphs: &[Paragraph]) -> String {
    let body: Vec<_> = paragraphs
        .iter()
        .map(|paragraph| match paragraph {
            Paragraph::Words(words) => view! { <p>{words.clone()}</p> }.into_any(),
            Paragraph::Code(code) => view! {
                <p style="font-size: 2em; letter-spacing: .2em"><strong>{code.clone()}</strong></p>
            }
            .into_any(),
            Paragraph::Link(url) => {
                view! { <p><a href=url.clone()>{url.clone()}</a></p> }.into_any()
            }
        })
        .collect();
    html_of(view! {
        <!DOCTYPE html>
        <html lang=lang>
            <head>
                <meta charset="utf-8"/>
                <title>{subject.to_owned()}</title>
            </head>
            <body>{body}</body>
        </html>
    })
}

#[cfg(test)]
mod tests {
    use contract::Language;
    use domain::account::email::Email;
    use time::macros::datetime;
    use zeroize::Zeroizing;

    use super::*;

    fn mail(locale: Language) -> RenderedMail {
        mail_with(
            locale,
            Message::Confirm {
                code: Zeroizing::new("012345".to_owned()),
                link: Zeroizing::new("https://genkan.example/signup/confirm?link=a&b".to_owned()),
            },
        )
    }

    fn mail_with(locale: Language, message: Message) -> RenderedMail {
        render(&Mail { to: Email::parse("hana@example.com").unwrap(), locale, message })
    }

    #[test]
    fn the_code_and_the_link_are_in_the_text_and_the_html_of_a_mail() {
        for locale in [Language::En, Language::Ja] {
            let mail = mail(locale);
            assert!(mail.subject.contains("012345"));
            assert!(mail.text.contains("\n\n012345\n\n"), "{}", mail.text);
            assert!(mail.text.contains("https://genkan.example/signup/confirm?link=a&b\n"));
            assert!(mail.html.contains("012345"));
            assert!(
                mail.html.contains("href=\"https://genkan.example/signup/confirm?link=a&amp;b\"")
            );
        }
    }

    #[test]
    fn a_mail_is_in_the_language_of_the_sign_up() {
        assert!(mail(Language::Ja).html.contains("lang=\"ja\""));
        assert_ne!(mail(Language::Ja).text, mail(Language::En).text);
    }

    #[test]
    fn a_mail_about_a_changed_password_says_when_and_what_to_do_in_each_language() {
        for locale in [Language::En, Language::Ja] {
            let mail = mail_with(
                locale,
                Message::PasswordChanged {
                    at: datetime!(2026-11-01 09:05:59 +9),
                    forgot: "https://genkan.example/forgot".to_owned(),
                    sessions: "https://genkan.example/settings/sessions".to_owned(),
                },
            );
            for part in ["2026-11-01 00:05 UTC", "/forgot\n", "/settings/sessions\n"] {
                assert!(mail.text.contains(part), "{part} is not in {}", mail.text);
            }
        }
    }
}

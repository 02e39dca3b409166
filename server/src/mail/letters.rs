//! The words of each mail, as text and as a page of the same words.

use domain::mail::{Mail, Message};

use super::RenderedMail;

/// Puts a mail into words.
#[must_use]
pub fn render(mail: &Mail) -> RenderedMail {
    let (subject, paragraphs, link) = match &mail.message {
        Message::Confirm { code, link } => (
            format!("{} is your Genkan code", code.as_str()),
            vec![
                format!("Your code is {}. It is good for ten minutes.", code.as_str()),
                "Type it where you signed up, or open this page and confirm there:".to_owned(),
            ],
            link.as_str(),
        ),
        Message::AlreadyMember { log_in } => (
            "You already have an account".to_owned(),
            vec![
                "Somebody, perhaps you, signed up with this address. You are a member already, so \
                 nothing was changed. Log in here:"
                    .to_owned(),
            ],
            log_in.as_str(),
        ),
    };
    let text = format!("{}\n\n{link}\n", paragraphs.join("\n\n"));
    let body: String =
        paragraphs.iter().map(|words| format!("<p>{}</p>\n", escape(words))).collect();
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{}</title>\n{body}\
         <p><a href=\"{link}\">{link}</a></p>\n</html>\n",
        escape(&subject),
        link = escape(link),
    );
    RenderedMail { to: mail.to.as_str().to_owned(), subject, text, html }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

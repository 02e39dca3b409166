//! Tests against mail servers on loopback that fall silent when a test wants them to. Complete conversations are in
//! `tests/it/stores/smtp.rs`.

use app::letters;
use domain::{
    account::{email::Email, member::Language},
    mail::{Mail, Message, ports::Mailer},
};
use futures_util::FutureExt;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::*;
use crate::mail::Delivery;

/// Much longer than a conversation takes.
const SOON: Duration = Duration::from_secs(20);

async fn mail_server() -> (TcpListener, Smtp) {
    mail_server_at("smtp://ADDRESS").await
}

async fn mail_server_at(url: &str) -> (TcpListener, Smtp) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = url.replace("ADDRESS", &listener.local_addr().unwrap().to_string());
    (listener, Smtp::new(&url, "genkan@example.org".parse().unwrap()).unwrap())
}

/// The server's side of a conversation.
struct Conversation(BufReader<TcpStream>);

impl Conversation {
    async fn accept(listener: &TcpListener) -> Self {
        Self(BufReader::new(listener.accept().await.unwrap().0))
    }

    /// Accepts a connection and agrees to everything until DATA, to which it does not answer.
    async fn until_data(listener: &TcpListener) -> Self {
        let mut conversation = Self::accept(listener).await;
        conversation.say("220 localhost").await;
        while conversation.hear().await != "DATA\r\n" {
            conversation.say("250 OK").await;
        }
        conversation
    }

    /// Answers to DATA, and returns the message.
    async fn take_message(mut self) -> String {
        self.say("354 Go on").await;
        let mut message = String::new();
        while !message.ends_with("\r\n.\r\n") {
            message += &self.hear().await;
        }
        self.say("250 OK").await;
        assert_eq!(self.hear().await, "QUIT\r\n");
        self.say("221 Bye").await;
        message
    }

    async fn say(&mut self, answer: &str) {
        self.0.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
    }

    async fn hear(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        assert_ne!(line, "", "the connection was closed");
        line
    }
}

fn mail_to(address: &str) -> Mail {
    let message = Message::AlreadyMember { log_in: format!("https://example.org/?{address}") };
    Mail { to: Email::parse(address).unwrap(), locale: Language::Ja, message }
}

fn assert_is_whole(message: &str, mail: &Mail) {
    let parsed = mailparse::parse_mail(message.as_bytes()).unwrap();
    let text = parsed.subparts[0].get_body().unwrap().replace("\r\n", "\n");
    assert_eq!(text, letters::render(mail).text);
}

#[tokio::test]
async fn a_mail_server_that_falls_silent_fails_its_mail_and_not_the_next_one() {
    let (listener, smtp) = mail_server().await;
    let impatient = Smtp { timeout: Duration::from_secs(1), ..smtp.clone() };
    let mail = mail_to("hana@example.com");
    let rendered = letters::render(&mail);
    let give_up = || timeout(SOON, impatient.send(&rendered));
    // One is never greeted, and one gets no answer to DATA.
    let fall_silent = async {
        (Conversation::accept(&listener).await, Conversation::until_data(&listener).await)
    };
    let (one, other, _silent) = tokio::join!(give_up(), give_up(), fall_silent);
    for sent in [one, other] {
        assert!(matches!(sent, Ok(Err(MailError::Failed(_)))), "{sent:?}");
    }

    let take = async { Conversation::until_data(&listener).await.take_message().await };
    let (sent, message) = tokio::join!(smtp.send(&rendered), take);
    sent.unwrap();
    assert_is_whole(&message, &mail);
}

#[tokio::test]
async fn the_mail_of_a_dropped_request_arrives_and_so_does_the_next_one() {
    let (listener, smtp) = mail_server().await;
    let delivery = Delivery::Smtp(smtp);
    let (first, second) = (mail_to("hana@example.com"), mail_to("ken@example.com"));
    let conversation = tokio::select! {
        _ = delivery.send(&first) => unreachable!("the server has not accepted it"),
        conversation = Conversation::until_data(&listener) => conversation,
    };
    // `select!` has dropped the first mail's future.
    let take_next = async { Conversation::until_data(&listener).await.take_message().await };
    let (sent, next) = tokio::join!(delivery.send(&second), take_next);
    sent.unwrap();
    assert_is_whole(&next, &second);
    assert_is_whole(&conversation.take_message().await, &first);
}

#[tokio::test]
async fn a_fifth_mail_waits_for_one_of_four_connections() {
    let (listener, smtp) = mail_server().await;
    let rendered = letters::render(&mail_to("hana@example.com"));
    let mut sending = JoinSet::new();
    for _ in 0..5 {
        let (smtp, rendered) = (smtp.clone(), rendered.clone());
        sending.spawn(async move { smtp.send(&rendered).await });
    }
    let mut conversations = Vec::new();
    for _ in 0..4 {
        conversations.push(Conversation::until_data(&listener).await);
    }
    assert!(listener.accept().now_or_never().is_none());
    conversations.pop().unwrap().take_message().await;
    conversations.push(Conversation::until_data(&listener).await);
    for conversation in conversations {
        conversation.take_message().await;
    }
    for sent in sending.join_all().await {
        sent.unwrap();
    }
}

#[tokio::test]
async fn a_failed_mail_has_its_cause_but_neither_the_servers_words_nor_the_password() {
    let rendered = letters::render(&mail_to("hana@example.com"));
    let (listener, smtp) = mail_server().await;
    drop(listener);
    let refused = format!("{:?}", smtp.send(&rendered).await);
    assert!(refused.contains("ConnectionRefused"), "{refused}");

    for (url, answers, cause) in [
        ("smtp://genkan:sesame@ADDRESS", "220 localhost\r\n250 OK", "No compatible authentication"),
        ("smtp://ADDRESS?tls=required", "220 localhost\r\n250 OK", "STARTTLS is not supported"),
        ("smtp://ADDRESS", "hana@example.com is unknown", "no valid answer"),
    ] {
        let (listener, smtp) = mail_server_at(url).await;
        let answer = async {
            let mut conversation = Conversation::accept(&listener).await;
            conversation.say(answers).await;
            conversation
        };
        let (sent, _open) = tokio::join!(smtp.send(&rendered), answer);
        let failed = format!("{sent:?}");
        assert!(failed.contains(cause), "{failed}");
        assert!(!failed.contains("sesame") && !failed.contains("hana"), "{failed}");
    }
}

#[test]
fn only_a_response_about_the_recipient_refuses_the_recipient() {
    for (code, words) in [
        (550, "Mailbox unavailable"),
        (550, "5.1.1 User unknown"),
        (550, "5.1.10 Recipient not found"),
        (552, "5.2.2 Mailbox full"),
        (553, ""),
        (554, "5.1.1 <somebody>: no such user"),
        (556, "5.1.10 Domain takes no mail"),
    ] {
        assert!(refuses_recipient(code, words), "{code} {words}");
    }
    for (code, words) in [
        (421, "4.3.2 Come again"),
        (450, "4.2.1 Greylisted"),
        (452, "4.2.2 Mailbox full"),
        (500, "Syntax error"),
        (530, "5.7.0 Authentication required"),
        (535, "5.7.8 Bad credentials"),
        (550, "5.7.1 Relaying denied"),
        (553, "5.1.8 Sender's domain does not exist"),
        (554, "Transaction failed"),
        (554, "5.7.1 Spam"),
    ] {
        assert!(!refuses_recipient(code, words), "{code} {words}");
    }
}

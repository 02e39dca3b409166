//! Mail over SMTP on loopback.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    time::Duration,
};

use app::letters::{self, RenderedMail};
use domain::{
    account::member::Language,
    mail::{
        Mail, Message,
        ports::{MailError, Mailer},
    },
};
use mailin::{Action, Handler, Response, SessionBuilder, response};
use mailparse::MailHeaderMap;
use metrics_exporter_prometheus::PrometheusBuilder;
use server::mail::{Delivery, Smtp};
use zeroize::Zeroizing;

use super::email;

/// A mail as received by the server.
pub(crate) struct Received {
    from: String,
    to: Vec<String>,
    data: Vec<u8>,
}

/// The server's side of one conversation.
#[derive(Clone)]
struct Inbox {
    received: Sender<Received>,
    envelope: Option<(String, Vec<String>)>,
    data: Vec<u8>,
}

impl Handler for Inbox {
    fn rcpt(&mut self, to: &str) -> Response {
        if to.starts_with("nobody") {
            response::NO_MAILBOX
        } else if to.starts_with("later") {
            response::OUT_OF_SPACE
        } else {
            response::OK
        }
    }

    fn data_start(&mut self, _: &str, from: &str, _: bool, to: &[String]) -> Response {
        self.envelope = Some((from.to_owned(), to.to_vec()));
        self.data.clear();
        response::OK
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.data.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let (from, to) = self.envelope.take().expect("data follows an envelope");
        let mail = Received { from, to, data: std::mem::take(&mut self.data) };
        self.received.send(mail).map_or(response::INTERNAL_ERROR, |()| response::OK)
    }
}

pub(crate) fn mail_server() -> (SocketAddr, Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (received, inbox) = channel();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let handler = Inbox { received: received.clone(), envelope: None, data: Vec::new() };
            std::thread::spawn(move || converse(connection.unwrap(), handler));
        }
    });
    (address, inbox)
}

fn converse(mut connection: TcpStream, handler: Inbox) -> io::Result<()> {
    let client: IpAddr = connection.peer_addr()?.ip();
    let mut lines = BufReader::new(connection.try_clone()?);
    let mut session = SessionBuilder::new("localhost").build(client, handler);
    session.greeting().write_to(&mut connection)?;
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let answer = session.process(&line);
        line.clear();
        match answer.action {
            Action::Reply => connection.write_all(&answer.buffer()?)?,
            Action::NoReply => {}
            Action::Close | Action::UpgradeTls => return answer.write_to(&mut connection),
        }
    }
    Ok(())
}

fn smtp(address: SocketAddr) -> Smtp {
    Smtp::new(&format!("smtp://{address}"), "Genkan <genkan@example.org>".parse().unwrap()).unwrap()
}

fn rendered(to: &str) -> RenderedMail {
    RenderedMail {
        to: to.into(),
        subject: "玄関へようこそ".into(),
        text: "コードは 123456 です。\n".into(),
        html: "<p>コードは <b>123456</b> です。</p>\n".into(),
    }
}

#[tokio::test]
async fn a_mail_arrives_with_both_bodies_and_all_required_headers() {
    let (address, inbox) = mail_server();
    let mail = rendered("hana@example.com");
    smtp(address).send(&mail).await.unwrap();

    let received = inbox.recv_timeout(Duration::from_secs(5)).unwrap();
    assert_eq!(received.from, "genkan@example.org");
    assert_eq!(received.to, ["hana@example.com"]);
    let parsed = mailparse::parse_mail(&received.data).unwrap();
    let header = |name: &str| parsed.headers.get_first_value(name).unwrap_or_default();
    assert_eq!(header("Subject"), mail.subject);
    assert_eq!(header("From"), "Genkan <genkan@example.org>");
    assert_eq!(header("To"), "hana@example.com");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert!(mailparse::dateparse(&header("Date")).is_ok(), "{}", header("Date"));
    let id = header("Message-ID");
    assert!(id.starts_with('<') && id.ends_with("@example.org>"), "{id}");

    assert_eq!(parsed.ctype.mimetype, "multipart/alternative");
    let bodies: Vec<_> = parsed
        .subparts
        .iter()
        .map(|part| (part.ctype.mimetype.as_str(), part.get_body().unwrap().replace("\r\n", "\n")))
        .collect();
    assert_eq!(bodies, [("text/plain", mail.text), ("text/html", mail.html)]);
}

#[tokio::test]
async fn mails_are_sent_sequentially_and_concurrently() {
    let (address, inbox) = mail_server();
    let smtp = smtp(address);
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let smtp = smtp.clone();
        sending.spawn(async move { smtp.send(&rendered("hana@example.com")).await });
    }
    while let Some(sent) = sending.join_next().await {
        sent.unwrap().unwrap();
    }
    smtp.send(&rendered("hana@example.com")).await.unwrap();
    assert_eq!(inbox.try_iter().count(), 11);
}

fn confirmation_to(address: &str) -> Mail {
    Mail {
        to: email(address),
        locale: Language::En,
        message: Message::Confirm {
            code: Zeroizing::new("123456".into()),
            link: Zeroizing::new("https://example.org/signup/confirm?token=a.b&x=y".into()),
        },
    }
}

#[tokio::test]
async fn the_domains_mail_is_rendered_and_sent() {
    let (address, inbox) = mail_server();
    let mail = confirmation_to("hana@example.com");
    Delivery::Smtp(smtp(address)).send(&mail).await.unwrap();
    let received = inbox.recv_timeout(Duration::from_secs(5)).unwrap();
    let parsed = mailparse::parse_mail(&received.data).unwrap();
    let text = parsed.subparts[0].get_body().unwrap().replace("\r\n", "\n");
    assert_eq!(text, letters::render(&mail).text);
    assert!(
        text.contains("123456")
            && text.contains("https://example.org/signup/confirm?token=a.b&x=y")
    );
}

#[tokio::test]
async fn a_refused_recipient_is_distinguished_from_a_failing_or_unreachable_mail_server() {
    let (address, inbox) = mail_server();
    let refused = smtp(address).send(&rendered("nobody@example.com")).await;
    assert!(matches!(refused, Err(MailError::Undeliverable(_))), "{refused:?}");
    assert!(!format!("{refused:?}").contains("nobody"), "{refused:?}");
    let later = smtp(address).send(&rendered("later@example.com")).await;
    assert!(matches!(later, Err(MailError::Failed(_))), "{later:?}");
    assert_eq!(inbox.try_iter().count(), 0);

    let nobody_listens = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let away = smtp(nobody_listens).send(&rendered("hana@example.com")).await;
    assert!(matches!(away, Err(MailError::Failed(_))), "{away:?}");
}

#[tokio::test]
async fn a_refused_recipient_does_not_count_as_a_failure_of_the_mail_server() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _local = metrics::set_default_local_recorder(&recorder);
    let (address, _inbox) = mail_server();
    let delivery = Delivery::Smtp(smtp(address));
    for (to, is_sent) in
        [("hana@example.com", true), ("nobody@example.com", false), ("later@example.com", false)]
    {
        assert_eq!(delivery.send(&confirmation_to(to)).await.is_ok(), is_sent, "{to}");
    }
    let shown = recorder.handle().render();
    for count in [r#"{result="ok"} 2"#, r#"{result="error"} 1"#] {
        let line = format!("mail_delivery_duration_seconds_count{count}");
        assert!(shown.contains(&line), "{line} in {shown}");
    }
}

#[tokio::test]
async fn debug_output_hides_the_mail_servers_password() {
    let from = "genkan@example.org".parse().unwrap();
    let smtp = Smtp::new("smtps://hana:sesame@mail.example.org", from).unwrap();
    assert!(!format!("{smtp:?}").contains("sesame"));
}

use std::{cell::RefCell, collections::HashSet, io, sync::Once};

use strum::VariantArray;

use super::*;
use crate::session::{
    Client, MemberId, SessionId,
    audit::{SessionEvent, is_name},
};

thread_local! {
    /// `None` if this thread captures nothing.
    static WRITTEN: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Writes each thread's log lines to its own buffer.
struct OfThisThread;

impl io::Write for OfThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.with_borrow_mut(|written| written.as_mut().map(|it| it.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Captures log lines with a subscriber for the whole program: a thread's own would miss events whose callsite another
/// thread has registered first.
fn capture() {
    static SUBSCRIBED: Once = Once::new();
    SUBSCRIBED.call_once(|| {
        let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(|| OfThisThread);
        tracing::subscriber::set_global_default(lines.finish()).unwrap();
    });
    WRITTEN.set(Some(Vec::new()));
}

/// This thread's audit events so far, without timestamps.
fn events() -> Vec<String> {
    let text = String::from_utf8(WRITTEN.with_borrow(Clone::clone).unwrap()).unwrap();
    let events = text.lines().filter_map(|line| line.split_once(" audit: "));
    events.map(|(_, event)| event.to_owned()).collect()
}

#[test]
fn an_event_has_only_the_known_fields() {
    capture();
    let (member, session) = (MemberId::random(), SessionId::random());
    let client = Client { user_agent: "a browser".into(), ip: Some([192, 0, 2, 7].into()) };
    let details = Details::by(&client).of(member).in_session(session);
    record(Event::LogInSucceeded, details);
    record(Event::LogInFailed, Details::by(&Client::default()).because("bad_credentials"));
    record(Event::RoleChanged, Details::by_staff().of(member).because("admin"));
    assert_eq!(
        events(),
        [
            format!(
                "authn_login_success member.id={member} session.id={session} by=\"client\" \
                 client.address=192.0.2.7"
            ),
            "authn_login_fail by=\"client\" reason=\"bad_credentials\"".to_owned(),
            format!("authz_change member.id={member} by=\"staff\" reason=\"admin\""),
        ]
    );
}

#[test]
fn an_event_is_one_line_whatever_its_values() {
    capture();
    let client =
        Client { user_agent: "x\r\nWARN audit: forged".into(), ip: "2001:db8::1".parse().ok() };
    for reason in ["two\nlines", "\u{1b}[31mred", "a\u{2028}b", "hana@example.com", &"a".repeat(65)]
    {
        record(Event::Refused, Details::by(&client).because(reason));
    }
    let line = "authz_fail by=\"client\" client.address=2001:db8::1 reason=\"other\"";
    assert_eq!(events(), vec![line; 5]);
}

#[test]
fn every_event_has_a_name_of_its_own() {
    let own = Event::VARIANTS.iter().map(|event| <&str>::from(*event));
    let of_sessions = SessionEvent::VARIANTS.iter().map(|event| <&str>::from(*event));
    let names: Vec<_> = own.chain(of_sessions).filter(|name| *name != "authz_fail").collect();
    assert!(names.iter().all(|name| is_name(name)), "{names:?}");
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
}

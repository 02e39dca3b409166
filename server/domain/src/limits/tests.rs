use super::*;

#[test]
fn a_limit_admits_a_burst_and_then_one_attempt_at_a_time() {
    let rate = Rate { burst: 3, every: Duration::from_secs(10) };
    let mut arrival = None;
    for _ in 0..3 {
        arrival = Some(step(rate, arrival, Duration::from_secs(100)).unwrap());
    }
    assert_eq!(step(rate, arrival, Duration::from_secs(100)), Err(Duration::from_secs(10)));
    assert_eq!(step(rate, arrival, Duration::from_secs(104)), Err(Duration::from_secs(6)));
    arrival = Some(step(rate, arrival, Duration::from_secs(110)).unwrap());
    assert_eq!(step(rate, arrival, Duration::from_secs(110)), Err(Duration::from_secs(10)));
    assert!(step(rate, arrival, Duration::from_secs(500)).is_ok());
}

#[test]
fn keys_of_limits_differ_by_limit_and_subject_and_reveal_neither() {
    let limits = Limits::new(Arc::new(Unlimited), &crate::memory::key_ring());
    let name = |limit, subject| limits.key(limit, subject).name();
    let one = name(Limit::MailsToMailbox, "hana@example.com");
    assert_ne!(one, name(Limit::MailsToMailbox, "ken@example.com"));
    assert_ne!(one, name(Limit::MailsToMailboxADay, "hana@example.com"));
    assert!(!one.contains("hana"), "{one}");
}

#[test]
fn limits_count_an_ipv4_address_by_itself_and_an_ipv6_address_by_its_network() {
    let subject = |ip: &str| {
        let client = Client { ip: ip.parse().ok(), ..Client::default() };
        address_subject(&client)
    };
    assert_ne!(subject("192.0.2.1"), subject("192.0.2.2"));
    assert_eq!(subject("192.0.2.1"), subject("::ffff:192.0.2.1"));
    assert_eq!(subject("2001:db8:1:2::1"), subject("2001:db8:1:2:ffff::9"));
    assert_ne!(subject("2001:db8:1:2::1"), subject("2001:db8:1:3::1"));
}

#[tokio::test]
async fn checking_a_limit_does_not_count_an_attempt() {
    let limits = crate::memory::InMemory::default().resources().limits;
    for _ in 0..5 {
        assert!(!limits.is_used_up(Limit::LogInFailuresOfAccount, "hana").await);
        limits.take(Limit::LogInFailuresOfAccount, "hana").await.unwrap();
    }
    assert!(limits.is_used_up(Limit::LogInFailuresOfAccount, "hana").await);
}

#[test]
fn the_limits_in_the_docs_are_those_in_the_code() {
    let table = include_str!("../../../../docs/limits.md");
    for limit in Limit::VARIANTS.iter().copied() {
        let Rate { burst, every } = limit.rate();
        let every = match (every.as_secs(), every.as_millis()) {
            (0, milliseconds) => format!("{milliseconds} ms"),
            (seconds, _) if seconds % 3600 == 0 => format!("{} h", seconds / 3600),
            (seconds, _) if seconds % 60 == 0 => format!("{} min", seconds / 60),
            (seconds, _) => format!("{seconds} s"),
        };
        let rate = format!("| {burst}, 1 every {every} |");
        let name = format!("| `{}` |", limit.as_str());
        let row = table.lines().find(|row| row.contains(&name));
        assert!(row.is_some_and(|row| row.ends_with(&rate)), "{name} {rate}: {row:?}");
    }
    assert!(table.contains(&format!("| `{HASHES_FROM_ADDRESS}` |")));
}

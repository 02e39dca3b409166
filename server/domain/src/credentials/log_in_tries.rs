//! Limits failed log-ins (OWASP ASVS 6.1.1, 6.3.1; NIST SP 800-63B-4 §3.2.2). Those from a browser that the account
//! does not know count against the account and the client's address. Those from a browser that it knows count against
//! that browser alone, so that no stranger locks a member out. Unknown addresses count like known ones.

use crate::{
    Resources,
    account::{email::Email, member::MemberId},
    credentials::device::Device,
    limits::{Limit, Limited, address_subject},
    session::Client,
};

/// A log-in that counts as failed until it is given back: if it were counted afterwards, a hundred parallel guesses
/// would all pass.
pub(crate) struct Tries<'a> {
    resources: &'a Resources,
    taken: Vec<(Limit, String)>,
}

impl<'a> Tries<'a> {
    /// Counts a log-in as failed. `member` has this address, if anybody has it; `device` is the browser, if some
    /// account knows it.
    ///
    /// # Errors
    /// There were too many; this one was not counted.
    pub(crate) async fn take(
        resources: &'a Resources,
        (email, member): (&Email, Option<MemberId>),
        device: Option<&Device>,
        client: &Client,
    ) -> Result<Self, Limited> {
        let known = device.zip(member);
        let counted = match known.filter(|(device, member)| device.knows(&resources.keys, *member))
        {
            Some((device, member)) => {
                vec![(Limit::LogInFailuresOnDevice, format!("{member} {}", device.id()))]
            }
            None => vec![
                (Limit::LogInFailuresFromAddress, address_subject(client)),
                (Limit::LogInFailuresOfAccount, email.mailbox()),
            ],
        };
        let mut tries = Self { resources, taken: Vec::new() };
        for (limit, subject) in counted {
            if let Err(limited) = resources.limits.take(limit, &subject).await {
                tries.give_back().await;
                return Err(limited);
            }
            tries.taken.push((limit, subject));
        }
        Ok(tries)
    }

    /// Gives the try back: the log-in did not fail.
    pub(crate) async fn give_back(self) {
        for (limit, subject) in self.taken {
            self.resources.limits.give_back(limit, &subject).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use futures_util::future::join_all;

    use super::*;
    use crate::{
        credentials::log_in::{LogIn, LogInError, LoggedIn, log_in},
        memory::InMemory,
        session::{Persistence, authenticate::Presented},
    };

    const PASSWORD: &str = "a tree by the gate";

    fn typed(email: &str, password: &str) -> LogIn {
        LogIn::parse(email, password, Persistence::Browser).unwrap()
    }

    fn elsewhere(number: u8) -> Client {
        Client { ip: Some(IpAddr::from([192, 0, 2, number])), ..Client::default() }
    }

    async fn try_from(
        world: &InMemory,
        typed: &LogIn,
        client: Client,
    ) -> Result<LoggedIn, LogInError> {
        log_in(&world.resources(), typed, client, Presented::default(), world.now()).await
    }

    #[tokio::test]
    async fn guesses_at_one_account_are_limited_wherever_they_come_from() {
        for email in ["hana@example.com", "nobody@example.com"] {
            let world = InMemory::default();
            world.add_member("hana@example.com", PASSWORD).await;
            for number in 0..5 {
                let refused =
                    try_from(&world, &typed(email, "another tree"), elsewhere(number)).await;
                assert!(matches!(refused, Err(LogInError::BadCredentials)), "{refused:?}");
            }
            let shouted = typed(&email.to_uppercase(), PASSWORD);
            let refused = try_from(&world, &shouted, elsewhere(9)).await;
            let Err(LogInError::Limited(limited)) = refused else { panic!("{refused:?}") };
            assert_eq!(limited.limit, Limit::LogInFailuresOfAccount);
            world.pass(limited.retry_after);
            let again = try_from(&world, &typed(email, PASSWORD), elsewhere(9)).await;
            assert!(!matches!(again, Err(LogInError::Limited(_))), "{again:?}");
        }
    }

    #[tokio::test]
    async fn guesses_from_one_address_are_limited_over_all_accounts() {
        let world = InMemory::default();
        world.add_member("hana@example.com", PASSWORD).await;
        for number in 0..20 {
            let typed = typed(&format!("ken{number}@example.com"), PASSWORD);
            let refused = try_from(&world, &typed, elsewhere(1)).await;
            assert!(matches!(refused, Err(LogInError::BadCredentials)), "{refused:?}");
        }
        let hana = typed("hana@example.com", PASSWORD);
        let refused = try_from(&world, &hana, elsewhere(1)).await;
        let Err(LogInError::Limited(limited)) = refused else { panic!("{refused:?}") };
        assert_eq!(limited.limit, Limit::LogInFailuresFromAddress);
        try_from(&world, &hana, elsewhere(2)).await.unwrap();
    }

    #[tokio::test]
    async fn log_ins_that_succeed_are_not_counted() {
        let world = InMemory::default();
        world.add_member("hana@example.com", PASSWORD).await;
        for _ in 0..30 {
            try_from(&world, &typed("hana@example.com", PASSWORD), elsewhere(1)).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_hundred_concurrent_guesses_get_no_more_tries_than_sequential_ones() {
        let world = InMemory::default();
        world.add_member("hana@example.com", PASSWORD).await;
        let resources = world.resources();
        let guess = typed("hana@example.com", "another tree");
        let guesses = (0..100).map(|number| {
            log_in(&resources, &guess, elsewhere(number), Presented::default(), world.now())
        });
        let answers = join_all(guesses).await;
        let tried = answers.iter().filter(|it| matches!(it, Err(LogInError::BadCredentials)));
        assert_eq!(tried.count(), 5);
    }

    #[tokio::test]
    async fn a_stranger_never_locks_a_member_out_of_a_browser_that_the_account_knows() {
        let world = InMemory::default();
        let member = world.add_member("hana@example.com", PASSWORD).await;
        let device = Device::after_sign_in(None, &world.resources().keys, member);
        let own = |password| typed("hana@example.com", password).on(Some(device.clone()));
        for _ in 0..10 {
            // Even from the same address.
            _ = try_from(&world, &typed("hana@example.com", "another tree"), elsewhere(1)).await;
        }
        let refused = try_from(&world, &typed("hana@example.com", PASSWORD), elsewhere(1)).await;
        assert!(matches!(refused, Err(LogInError::Limited(_))), "{refused:?}");
        try_from(&world, &own(PASSWORD), elsewhere(1)).await.unwrap();

        for _ in 0..10 {
            let refused = try_from(&world, &own("another tree"), elsewhere(1)).await;
            assert!(matches!(refused, Err(LogInError::BadCredentials)), "{refused:?}");
        }
        let refused = try_from(&world, &own(PASSWORD), elsewhere(1)).await;
        let Err(LogInError::Limited(limited)) = refused else { panic!("{refused:?}") };
        assert_eq!(limited.limit, Limit::LogInFailuresOnDevice);
    }

    #[tokio::test]
    async fn a_browser_known_to_another_account_counts_as_a_strangers() {
        let world = InMemory::default();
        world.add_member("hana@example.com", PASSWORD).await;
        let ken = world.add_member("ken@example.com", PASSWORD).await;
        let device = Device::after_sign_in(None, &world.resources().keys, ken);
        for _ in 0..5 {
            let guess = typed("hana@example.com", "another tree").on(Some(device.clone()));
            _ = try_from(&world, &guess, elsewhere(1)).await;
        }
        let refused = try_from(&world, &typed("hana@example.com", PASSWORD), elsewhere(1)).await;
        let Err(LogInError::Limited(limited)) = refused else { panic!("{refused:?}") };
        assert_eq!(limited.limit, Limit::LogInFailuresOfAccount);
    }
}

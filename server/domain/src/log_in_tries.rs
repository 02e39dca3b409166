//! Limits failed log-ins (OWASP ASVS 6.1.1, 6.3.1; NIST SP 800-63B-4 §3.2.2). From browsers that the account does
//! not know they count against the account and the client's address; from one that it knows, against this browser
//! alone, so that no stranger locks a member out. Unknown addresses count like known ones.

use crate::{
    limits::{Limit, Limited, address_subject},
    log_in::LogIn,
    member::MemberId,
    ports::Ports,
    session::Client,
};

/// A log-in that counts as failed until it is given back: counted afterwards, a hundred guesses at once would all
/// come first.
pub(crate) struct Tries<'a> {
    ports: &'a Ports,
    taken: Vec<(Limit, String)>,
}

impl<'a> Tries<'a> {
    /// Counts a log-in as failed. `member` has the address that was typed, if anybody has.
    ///
    /// # Errors
    /// There were too many; this one was not counted.
    pub(crate) async fn take(
        ports: &'a Ports,
        typed: &LogIn,
        client: &Client,
        member: Option<MemberId>,
    ) -> Result<Self, Limited> {
        let known = typed.device.as_ref().zip(member);
        let counted = match known.filter(|(device, member)| device.knows(&ports.keys, *member)) {
            Some((device, member)) => {
                vec![(Limit::LogInFailuresOnDevice, format!("{member} {}", device.id()))]
            }
            None => vec![
                (Limit::LogInFailuresFromAddress, address_subject(client)),
                (Limit::LogInFailuresOfAccount, typed.email.as_str().to_ascii_lowercase()),
            ],
        };
        let mut tries = Self { ports, taken: Vec::new() };
        for (limit, subject) in counted {
            if let Err(limited) = ports.limits.take(limit, &subject).await {
                tries.give_back().await;
                return Err(limited);
            }
            tries.taken.push((limit, subject));
        }
        Ok(tries)
    }

    /// It was no failed log-in.
    pub(crate) async fn give_back(self) {
        for (limit, subject) in self.taken {
            self.ports.limits.give_back(limit, &subject).await;
        }
    }
}

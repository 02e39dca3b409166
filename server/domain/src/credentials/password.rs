//! Passwords: parsed, and hashed (Argon2id, RFC 9106) by a bounded number of hashers that reuse their memory. The rules
//! for new ones are in `rules`.
//!
//! One hash takes 19 MiB and some 7 ms of a core. Without a bound, a burst of log-ins would take the machine's memory.
//! So at most `permits` run, a bounded number wait ([`queue`]), and the next one is refused ([`HashError::Busy`]).

mod hashing;
mod queue;
mod rules;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use argon2::Params;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

pub use self::{hashing::HashLibrary, queue::Asker, rules::PasswordContext};
use self::{
    hashing::{Workspace, compare, has_cost_of, new_hash, waste},
    queue::Queue,
};
use crate::fields::FieldProblem;

/// The longest password, in code points. Far beyond the 64 that NIST asks to allow.
pub use contract::limits::PASSWORD_MAX;
/// Number of passwords that may wait for each hasher before the next one is refused.
const WAITING_PER_PERMIT: usize = 32;
/// The most costs that a refusal pays besides today's. A site changes its cost every few years.
const COSTS_MAX: usize = 3;
const HASH_BYTES: usize = 32;

/// A password, normalised (NFKC) so that every keyboard gives the same, full-width letters included. All stored hashes
/// are of this form. The length of a new password is checked before.
#[derive(derive_more::Debug, Clone)]
#[debug("Password(redacted)")]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Reads a new password. It may take milliseconds: call it in [`PasswordHasher::aside`].
    ///
    /// # Errors
    /// `Required`, `TooShort` (`min` code points), `TooLong` ([`PASSWORD_MAX`]), or the reason why it is easy to
    /// guess: `SameAsEmail`, `SameAsName`, `SiteName`, `Repeated`, `Common`.
    pub fn parse_new(
        raw: &str,
        min: usize,
        context: PasswordContext<'_>,
    ) -> Result<Self, FieldProblem> {
        let length = raw.chars().count();
        if length == 0 {
            return Err(FieldProblem::Required);
        }
        if length < min {
            return Err(FieldProblem::TooShort);
        }
        if length > PASSWORD_MAX {
            return Err(FieldProblem::TooLong);
        }
        let password = Self::normalised(raw);
        rules::check(&password.0, min, context)?;
        // Also as typed: normalisation can turn one character into eighteen.
        rules::refuse_repetition(raw, min)?;
        Ok(password)
    }

    /// Reads a password that is only to be compared.
    ///
    /// # Errors
    /// `Required` or `TooLong`.
    pub fn parse_typed(raw: &str) -> Result<Self, FieldProblem> {
        if raw.is_empty() {
            return Err(FieldProblem::Required);
        }
        let password = Self::normalised(raw);
        // Of the two lengths the shorter: a keyboard may type accents as characters of their own.
        if raw.chars().count().min(password.0.chars().count()) > PASSWORD_MAX {
            return Err(FieldProblem::TooLong);
        }
        Ok(password)
    }

    fn normalised(raw: &str) -> Self {
        Self(Zeroizing::new(raw.nfkc().collect()))
    }
}

/// A password's hash in the PHC string format, with its own parameters and salt.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
#[debug("PasswordHash(redacted)")]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes a hash from the database.
    #[must_use]
    pub fn from_stored(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string, for the database alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The cost of a hash. The default is OWASP's recommendation: 19 MiB, two passes, one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCost {
    /// Memory in KiB
    pub memory_kib: u32,
    /// Passes over it
    pub passes: u32,
    /// Lanes
    pub lanes: u32,
}

impl Default for HashCost {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}

/// Reason why a password was not hashed or compared.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many are waiting. Try again in a few seconds.
    #[error("all password hashers are busy")]
    Busy,
    /// The client address already has its share of the places. Try again in a second.
    #[error("too many passwords are hashed for one client address")]
    TooManyFromAddress,
    /// A stored hash cannot be read, or the hasher broke.
    #[error("hashing failed: {0}")]
    Failed(String),
}

/// Result of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// The password is right.
    Right {
        /// A hash with today's cost, if the stored one has another
        rehashed: Option<PasswordHash>,
    },
    /// The password is wrong, or there was nothing to compare with.
    Wrong,
}

/// The hashers. Cloning shares them.
#[derive(Clone)]
pub struct PasswordHasher {
    params: Params,
    library: HashLibrary,
    queue: Queue,
    workspaces: Arc<Mutex<Vec<Workspace>>>,
    /// The costs of the hashes that were verified, other than today's
    met: Arc<Mutex<Vec<Params>>>,
}

impl PasswordHasher {
    /// At most `permits` hashes at once, each of the given cost.
    ///
    /// # Errors
    /// The cost is outside what Argon2 allows (RFC 9106 §3.1).
    pub fn new(cost: HashCost, permits: usize) -> Result<Self, argon2::Error> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(HASH_BYTES))?;
        Ok(Self {
            params,
            library: HashLibrary::default(),
            queue: Queue::new(permits, permits * (1 + WAITING_PER_PERMIT)),
            workspaces: Arc::default(),
            met: Arc::default(),
        })
    }

    /// Hashes by another library.
    #[must_use]
    pub fn by(self, library: HashLibrary) -> Self {
        Self { library, ..self }
    }

    /// Lets one client address take every place.
    #[must_use]
    pub fn without_shares(self) -> Self {
        Self { queue: self.queue.without_shares(), ..self }
    }

    /// Frees the memory that no hash has used since the last call.
    pub fn release_idle(&self) {
        let is_kept = |it: &mut Workspace| std::mem::take(&mut it.is_in_use);
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).retain_mut(is_kept);
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`HashError`]
    pub async fn hash(
        &self,
        password: &Password,
        asker: &Asker,
    ) -> Result<PasswordHash, HashError> {
        let (password, params) = (password.clone(), self.params.clone());
        self.run(asker, move |workspace| new_hash(&password, &params, workspace)).await
    }

    /// Runs something that takes as long as a small hash, off the threads that serve requests, and counts it as a hash
    /// in the queue.
    ///
    /// # Errors
    /// [`HashError`]
    pub async fn aside<T: Send + 'static>(
        &self,
        asker: &Asker,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        self.run(asker, move |_| Ok(work())).await
    }

    /// Compares a password with a stored hash. Every `Wrong` takes the same work, whether or not there is a hash and
    /// whatever its cost, so that the time does not reveal whether an address is known (OWASP ASVS 6.3.8): one hash of
    /// today's cost, and one of each other cost met since the start.
    ///
    /// # Errors
    /// [`HashError`]
    pub async fn verify(
        &self,
        password: &Password,
        stored: Option<&PasswordHash>,
        asker: &Asker,
    ) -> Result<Verified, HashError> {
        let (password, today) = (password.clone(), self.params.clone());
        let (stored, met) = (stored.cloned(), Arc::clone(&self.met));
        self.run(asker, move |workspace| {
            let mut paid = None;
            if let Some(stored) = stored {
                let (params, is_right) = compare(&password, &stored, workspace)?;
                if is_right {
                    let rehashed = if has_cost_of(&params, &today) {
                        None
                    } else {
                        Some(new_hash(&password, &today, workspace)?)
                    };
                    return Ok(Verified::Right { rehashed });
                }
                paid = Some(params);
            }
            for params in costs_to_pay(&met, &today, paid.as_ref()) {
                waste(&password, &params, workspace)?;
            }
            Ok(Verified::Wrong)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        asker: &Asker,
        work: impl FnOnce(&mut Workspace) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let turn = self.queue.turn(asker).await?;
        let (workspaces, library) = (Arc::clone(&self.workspaces), self.library);
        tokio::task::spawn_blocking(move || {
            // Held by the work and not by the caller: dropping the caller must not free a hasher that is still running.
            let _turn = turn;
            let lock = || workspaces.lock().unwrap_or_else(PoisonError::into_inner);
            let mut workspace = lock().pop().unwrap_or_else(|| Workspace::new(library));
            let result = work(&mut workspace);
            workspace.is_in_use = true;
            lock().push(workspace);
            result
        })
        .await
        .map_err(failed)?
    }
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHasher").field("params", &self.params).finish_non_exhaustive()
    }
}

/// Costs that a refusal still has to pay after a hash of the cost `paid` was compared. Remembers that cost, for later
/// refusals.
fn costs_to_pay(met: &Mutex<Vec<Params>>, today: &Params, paid: Option<&Params>) -> Vec<Params> {
    let mut met = met.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(paid) = paid
        && met.len() < COSTS_MAX
        && !met.iter().chain([today]).any(|known| has_cost_of(known, paid))
    {
        met.push(paid.clone());
    }
    let is_left = |params: &&Params| paid.is_none_or(|paid| !has_cost_of(params, paid));
    met.iter().chain([today]).filter(is_left).cloned().collect()
}

fn failed(error: impl fmt::Display) -> HashError {
    HashError::Failed(error.to_string())
}

#[cfg(test)]
mod tests;

//! Passwords: the rule a new one has to meet (NIST SP 800-63B-4 §3.1.1, OWASP ASVS 6.2), and the
//! hashing (Argon2id, RFC 9106) with a bounded number of hashers that use their memory again.
//!
//! One hash takes 19 MiB and some 15 ms of a core. Unbounded, a burst of log-ins would take the machine's
//! memory; so at most `permits` run, a bounded number wait ([`queue`]), and whoever comes after that is told to
//! come again ([`HashError::Busy`]).

mod queue;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{Ident, Output, ParamsString, PasswordHash as Phc, Salt, SaltString},
};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

pub use self::queue::Asker;
use self::queue::Queue;
use crate::{email::Email, fields::FieldProblem};

/// The longest password, in characters. Far beyond the 64 that NIST asks to allow.
pub const PASSWORD_MAX: usize = 256;
/// How many may wait for each hasher before the next one is turned away.
const WAITING_PER_PERMIT: usize = 32;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// A password as it was typed, normalised (NFKC, as NIST asks) so that every keyboard gives the same.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Reads a new password.
    ///
    /// # Errors
    /// `Required`, `TooShort` (`min` characters), `TooLong` ([`PASSWORD_MAX`]) or `SameAsEmail`.
    /// There are no rules about kinds of characters: they make passwords worse (NIST SP 800-63B-4).
    pub fn parse_new(raw: &str, min: usize, email: Option<&Email>) -> Result<Self, FieldProblem> {
        let password = Self::parse_typed(raw)?;
        if password.0.chars().count() < min {
            return Err(FieldProblem::TooShort);
        }
        if email.is_some_and(|email| password.gives_away(email)) {
            return Err(FieldProblem::SameAsEmail);
        }
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
        let normalised: Zeroizing<String> = Zeroizing::new(raw.nfkc().collect());
        if normalised.chars().count() > PASSWORD_MAX {
            return Err(FieldProblem::TooLong);
        }
        Ok(Self(normalised))
    }

    /// Whether it is the address, or its local part and little else.
    #[must_use]
    pub fn gives_away(&self, email: &Email) -> bool {
        let password = Zeroizing::new(self.0.to_lowercase());
        let local_part = email.local_part().to_lowercase();
        *password == email.as_str().to_lowercase()
            || (local_part.len() >= 6
                && password.contains(&local_part)
                && password.len() < local_part.len() + 6)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(redacted)")
    }
}

/// A password's hash in the PHC string format, with its own parameters and salt.
#[derive(Clone, PartialEq, Eq)]
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

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(redacted)")
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

/// Why there is no answer about a password.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many wait already. Try again in a few seconds.
    #[error("all password hashers are busy")]
    Busy,
    /// This client address has its share of the places already. Try again in a second.
    #[error("too many passwords are hashed for one client address")]
    TooManyFromAddress,
    /// A stored hash cannot be read, or the hasher broke.
    #[error("hashing failed: {0}")]
    Failed(String),
}

/// Whether a password was the right one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// It was.
    Right {
        /// A hash with today's cost, if the stored one has another
        rehashed: Option<PasswordHash>,
    },
    /// It was not, or there was nothing to compare with.
    Wrong,
}

/// The hashers. Cloning shares them.
#[derive(Clone)]
pub struct PasswordHasher {
    params: Params,
    queue: Queue,
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
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
            queue: Queue::new(permits, permits * (1 + WAITING_PER_PERMIT)),
            memory: Arc::default(),
        })
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
        self.run(asker, move |memory| new_hash(&password, &params, memory)).await
    }

    /// Compares a password with a stored hash. Without one it works as long and says `Wrong`, so that
    /// the time does not tell whether an address is known (OWASP ASVS 6.3.8).
    ///
    /// # Errors
    /// [`HashError`]
    pub async fn verify(
        &self,
        password: &Password,
        stored: Option<&PasswordHash>,
        asker: &Asker,
    ) -> Result<Verified, HashError> {
        let (password, params) = (password.clone(), self.params.clone());
        let stored = stored.cloned();
        self.run(asker, move |memory| {
            let Some(stored) = stored else {
                new_hash(&password, &params, memory)?;
                return Ok(Verified::Wrong);
            };
            let phc = Phc::new(&stored.0).map_err(failed)?;
            let stored_params = Params::try_from(&phc).map_err(failed)?;
            let mut salt_bytes = [0; Salt::RECOMMENDED_LENGTH * 4];
            let salt = phc
                .salt
                .ok_or_else(|| HashError::Failed("the stored hash has no salt".into()))?
                .decode_b64(&mut salt_bytes)
                .map_err(failed)?;
            let output = digest(&password, salt, &stored_params, memory)?;
            // `Output` compares in constant time.
            if phc.hash != Some(output) {
                return Ok(Verified::Wrong);
            }
            let is_of_today = stored_params.m_cost() == params.m_cost()
                && stored_params.t_cost() == params.t_cost()
                && stored_params.p_cost() == params.p_cost();
            let rehashed =
                if is_of_today { None } else { Some(new_hash(&password, &params, memory)?) };
            Ok(Verified::Right { rehashed })
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        asker: &Asker,
        work: impl FnOnce(&mut Vec<Block>) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let turn = self.queue.turn(asker).await?;
        let memory = Arc::clone(&self.memory);
        tokio::task::spawn_blocking(move || {
            // It goes with the work, not with the caller: a caller who leaves does not free a hasher that
            // still runs.
            let _turn = turn;
            let lock = || memory.lock().unwrap_or_else(PoisonError::into_inner);
            let mut blocks = lock().pop().unwrap_or_default();
            let result = work(&mut blocks);
            lock().push(blocks);
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

fn new_hash(
    password: &Password,
    params: &Params,
    memory: &mut Vec<Block>,
) -> Result<PasswordHash, HashError> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).map_err(failed)?;
    let output = digest(password, &salt, params, memory)?;
    let salt = SaltString::encode_b64(&salt).map_err(failed)?;
    let phc = Phc {
        algorithm: Ident::from(Algorithm::Argon2id),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(failed)?,
        salt: Some(salt.as_salt()),
        hash: Some(output),
    };
    Ok(PasswordHash(phc.to_string()))
}

fn digest(
    password: &Password,
    salt: &[u8],
    params: &Params,
    memory: &mut Vec<Block>,
) -> Result<Output, HashError> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    if memory.len() < params.block_count() {
        memory.resize(params.block_count(), Block::default());
    }
    let mut out = Zeroizing::new([0; HASH_BYTES]);
    argon2
        .hash_password_into_with_memory(
            password.0.as_bytes(),
            salt,
            out.as_mut_slice(),
            memory.as_mut_slice(),
        )
        .map_err(failed)?;
    Output::new(out.as_slice()).map_err(failed)
}

fn failed(error: impl fmt::Display) -> HashError {
    HashError::Failed(error.to_string())
}

#[cfg(test)]
mod tests;

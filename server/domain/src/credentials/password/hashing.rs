//! Argon2id (RFC 9106) in reused memory, and the work that it takes.

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{Ident, Output, ParamsString, PasswordHash as Phc, Salt, SaltString},
};
use argon2_rust::params::{Memory, TagLen};
use strum::EnumString;
use zeroize::Zeroizing;

use super::{HASH_BYTES, HashError, Password, PasswordHash, failed};

const SALT_BYTES: usize = 16;

/// The library that computes Argon2. The hashes are the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum HashLibrary {
    /// RustCrypto's
    Argon2,
    /// More than twice as fast, by vector instructions
    #[default]
    Argon2Rust,
}

/// Memory of a hasher.
pub(super) struct Workspace {
    memory: WorkspaceMemory,
    /// Number of blocks filled so far
    pub(super) filled: u64,
    /// Used since [`PasswordHasher::release_idle`](super::PasswordHasher::release_idle) was last called
    pub(super) is_in_use: bool,
}

enum WorkspaceMemory {
    Argon2(Vec<Block>),
    Argon2Rust(argon2_rust::Hasher),
}

impl Workspace {
    pub(super) fn new(library: HashLibrary) -> Self {
        let memory = match library {
            HashLibrary::Argon2 => WorkspaceMemory::Argon2(Vec::new()),
            HashLibrary::Argon2Rust => {
                WorkspaceMemory::Argon2Rust(argon2_rust_with(argon2_rust::Params::DEFAULT).hasher())
            }
        };
        Self { memory, filled: 0, is_in_use: true }
    }
}

/// Returns the parameters of the stored hash, and whether the password matches.
pub(super) fn compare(
    password: &Password,
    stored: &PasswordHash,
    workspace: &mut Workspace,
) -> Result<(Params, bool), HashError> {
    let phc = Phc::new(&stored.0).map_err(failed)?;
    let params = Params::try_from(&phc).map_err(failed)?;
    let mut salt_bytes = [0; Salt::RECOMMENDED_LENGTH * 4];
    let salt = phc
        .salt
        .ok_or_else(|| HashError::Failed("the stored hash has no salt".into()))?
        .decode_b64(&mut salt_bytes)
        .map_err(failed)?;
    let output = digest(password, salt, &params, workspace)?;
    // `Output` compares in constant time.
    Ok((params, phc.hash == Some(output)))
}

/// Returns whether both cost the same.
pub(super) fn has_cost_of(one: &Params, other: &Params) -> bool {
    let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    cost(one) == cost(other)
}

/// Number of blocks that a hash of this cost fills.
fn work_of(params: &Params) -> u64 {
    params.block_count() as u64 * u64::from(params.t_cost())
}

/// Does the work of one hash, and drops the result.
pub(super) fn waste(
    password: &Password,
    params: &Params,
    workspace: &mut Workspace,
) -> Result<(), HashError> {
    digest(password, &[0; SALT_BYTES], params, workspace).map(drop)
}

/// A new hash, with a salt of its own.
pub(super) fn new_hash(
    password: &Password,
    params: &Params,
    workspace: &mut Workspace,
) -> Result<PasswordHash, HashError> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).map_err(failed)?;
    let output = digest(password, &salt, params, workspace)?;
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
    workspace: &mut Workspace,
) -> Result<Output, HashError> {
    let password = password.0.as_bytes();
    let mut out = Zeroizing::new([0; HASH_BYTES]);
    match &mut workspace.memory {
        WorkspaceMemory::Argon2(blocks) => {
            if blocks.len() < params.block_count() {
                blocks.resize(params.block_count(), Block::default());
            }
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
                .hash_password_into_with_memory(password, salt, out.as_mut_slice(), blocks)
                .map_err(failed)?;
        }
        WorkspaceMemory::Argon2Rust(hasher) => {
            let params = argon2_rust::Params::builder()
                .memory(Memory::kib(params.m_cost().into()))
                .passes(params.t_cost())
                .lanes(params.p_cost())
                .tag_len(TagLen::bytes(HASH_BYTES as u64));
            hasher.set_argon2(argon2_rust_with(params.build().map_err(failed)?));
            hasher.hash_into(password, salt, out.as_mut_slice()).map_err(failed)?;
        }
    }
    workspace.filled += work_of(params);
    Output::new(out.as_slice()).map_err(failed)
}

const fn argon2_rust_with(params: argon2_rust::Params) -> argon2_rust::Argon2 {
    let (algorithm, version) = (argon2_rust::Algorithm::Argon2id, argon2_rust::Version::V0x13);
    argon2_rust::Argon2::new(algorithm, version, params)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn digest_by(library: HashLibrary, password: &str, salt: &[u8], params: &Params) -> Output {
        let password = Password(Zeroizing::new(password.to_owned()));
        let mut workspace = Workspace::new(library);
        // In memory that an earlier hash, of another cost, has left.
        let earlier = Params::new(64, 1, 1, Some(HASH_BYTES)).unwrap();
        digest(&password, b"another salt", &earlier, &mut workspace).unwrap();
        digest(&password, salt, params, &mut workspace).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn both_libraries_compute_the_same_hash(
            password in ".{0,300}",
            salt in vec(any::<u8>(), 8..48),
            memory_kib in 8_u32..160,
            passes in 1_u32..5,
            lanes in 1_u32..5,
        ) {
            let params = Params::new(memory_kib.max(8 * lanes), passes, lanes, Some(HASH_BYTES)).unwrap();
            prop_assert_eq!(
                digest_by(HashLibrary::Argon2Rust, &password, &salt, &params),
                digest_by(HashLibrary::Argon2, &password, &salt, &params)
            );
        }
    }

    #[test]
    fn both_libraries_compute_the_same_hash_at_the_recommended_costs() {
        // OWASP's alternatives of equal strength, and RFC 9106's for little memory.
        for (memory_kib, passes, lanes) in [
            (47_104, 1, 1),
            (19_456, 2, 1),
            (12_288, 3, 1),
            (9216, 4, 1),
            (7168, 5, 1),
            (65_536, 3, 4),
        ] {
            let params = Params::new(memory_kib, passes, lanes, Some(HASH_BYTES)).unwrap();
            assert_eq!(
                digest_by(
                    HashLibrary::Argon2Rust,
                    "a tree by the gate",
                    b"sixteen bytes ..",
                    &params
                ),
                digest_by(HashLibrary::Argon2, "a tree by the gate", b"sixteen bytes ..", &params),
                "{memory_kib} KiB, {passes} passes, {lanes} lanes"
            );
        }
    }
}

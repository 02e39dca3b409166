//! Argon2id (RFC 9106) in reused memory, and the work that it takes.

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{Ident, Output, ParamsString, PasswordHash as Phc, Salt, SaltString},
};
use zeroize::Zeroizing;

use super::{HASH_BYTES, HashError, Password, PasswordHash, failed};

const SALT_BYTES: usize = 16;

/// Memory of a hasher.
#[derive(Default)]
pub(super) struct Workspace {
    blocks: Vec<Block>,
    /// Number of blocks filled so far
    pub(super) filled: u64,
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
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let Workspace { blocks, filled } = workspace;
    if blocks.len() < params.block_count() {
        blocks.resize(params.block_count(), Block::default());
    }
    let mut out = Zeroizing::new([0; HASH_BYTES]);
    argon2
        .hash_password_into_with_memory(
            password.0.as_bytes(),
            salt,
            out.as_mut_slice(),
            blocks.as_mut_slice(),
        )
        .map_err(failed)?;
    *filled += work_of(params);
    Output::new(out.as_slice()).map_err(failed)
}

//! Sessions of the members that a bench has added.

use std::time::Instant;

use anyhow::Result;

use super::{
    bench::{POLL, SETTLES_WITHIN, member},
    browser::Browser,
    door::Door,
};

/// Sessions of members in turn that have not counted. Where a session stays with its instance and requests do not, the
/// first change would already be refused.
pub async fn log_in(door: &mut Door, count: usize) -> Result<Vec<Browser>> {
    in_turn(door, count, Browser::log_in).await
}

/// Sessions of members in turn, each with a counter.
pub async fn sign_in(door: &mut Door, count: usize) -> Result<Vec<Browser>> {
    in_turn(door, count, Browser::sign_in).await
}

async fn in_turn(
    door: &mut Door,
    count: usize,
    begin: impl AsyncFn(&str, &mut Door) -> Result<Browser>,
) -> Result<Vec<Browser>> {
    let mut sessions = Vec::with_capacity(count);
    for number in 0..count {
        sessions.push(begin(&member(number), door).await?);
    }
    Ok(sessions)
}

/// The session of a member whose log-in is repeated while a store does not answer in time.
///
/// # Errors
/// It has failed for [`SETTLES_WITHIN`].
pub async fn sign_in_once_served(number: usize, door: &mut Door) -> Result<Browser> {
    let deadline = Instant::now() + SETTLES_WITHIN;
    loop {
        match Browser::sign_in(&member(number), door).await {
            Err(_) if Instant::now() < deadline => tokio::time::sleep(POLL).await,
            signed_in => return signed_in,
        }
    }
}

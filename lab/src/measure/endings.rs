//! How long something that was taken away still works: a session after its log-out, for somebody who has copied its
//! cookies before, and a role.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{
    bench::{Bench, MEMBERS, member},
    browser::{Answer, Browser},
    door::Door,
    variants::Topology,
};
use crate::results::Access;

/// Tokens live as short as the product allows, since it is waited for. A session that is used does not end for being
/// idle.
const ACCESS_TTL: Duration = Duration::from_secs(4);
/// Longer than a token lives.
const WATCHED: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);
/// The members, who are none of those whose sessions wait meanwhile: with some approaches a change of role ends all
/// sessions of its member.
const LEAVING: usize = MEMBERS - 1;
const DEMOTED: usize = MEMBERS - 2;

/// A copied session after its log-out, and a role that was taken away, in this order.
pub async fn watch(bench: &Bench<'_>) -> Result<[Access; 2]> {
    let changes = [("LAB_ACCESS_TTL", ACCESS_TTL.as_secs().to_string())];
    let first = bench.instance(&changes).await?;
    // Where instances do not know each other's sessions, another one would refuse them anyway.
    let second = match bench.variant.topology() {
        Topology::Shared => Some(bench.instance(&changes).await?),
        Topology::Alone | Topology::Balanced => None,
    };
    let elsewhere = second.as_ref().map_or(first.address, |instance| instance.address);
    let mut door = Door::to(first.address);

    let mut session = Browser::sign_in(&member(LEAVING), &mut door).await?;
    let copy = session.clone();
    let mut demoted = Browser::sign_in(&member(DEMOTED), &mut door).await?;
    ensure!(demoted.get(&mut door, "/page").await?.shows_role("admin"), "no role to take away");

    let answer = session.post(&mut door, "/logout", "").await?;
    ensure!(answer.status == 204, "a log-out returned {}", answer.status);
    let after_log_out = until(copy, Door::to(elsewhere), |page| page.status != 200);
    let form = format!("member={}&role=member", member(DEMOTED));
    let answer = Browser::default().post(&mut door, "/role", &form).await?;
    ensure!(answer.status == 204, "a change of role returned {}", answer.status);
    let after_role_change = until(demoted, Door::to(elsewhere), |page| !page.shows_role("admin"));
    let (log_out, role) = tokio::join!(after_log_out, after_role_change);
    Ok([log_out?, role?])
}

/// Loads the page, refreshing when that is needed, until it is over.
async fn until(
    mut session: Browser,
    mut door: Door,
    is_over: impl Fn(&Answer) -> bool,
) -> Result<Access> {
    let began = Instant::now();
    let mut access = Access {
        ended_after_s: None,
        watched_s: WATCHED.as_secs_f64(),
        lifetime_s: ACCESS_TTL.as_secs_f64(),
    };
    while began.elapsed() < WATCHED {
        if is_over(&session.page(&mut door).await?) {
            access.ended_after_s = Some(began.elapsed().as_secs_f64());
            break;
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(access)
}

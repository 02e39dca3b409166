//! What the staff has to be able to look up: every sign that a token is in more than one hand. Lines with the
//! target `audit`, which a log collector keeps for longer than the rest.

use crate::{rotation::Move, session::SessionRow};

const TARGET: &str = "audit";

pub(crate) fn refreshed(row: &SessionRow, by: Move) {
    match by {
        Move::LateReplay => {
            tracing::warn!(target: TARGET, { session.id = %row.id, member.id = %row.member_id }, "session.late_replay");
        }
        Move::Ahead => {
            tracing::warn!(target: TARGET, { session.id = %row.id, member.id = %row.member_id }, "session.ahead");
        }
        Move::Rotate | Move::Renew | Move::Replay => {
            tracing::debug!(session.id = %row.id, outcome = by.as_str(), "session.refreshed");
        }
    }
}

pub(crate) fn reuse(row: &SessionRow) {
    tracing::warn!(target: TARGET, { session.id = %row.id, member.id = %row.member_id }, "session.reuse");
}

pub(crate) fn too_far_ahead(row: &SessionRow) {
    tracing::error!(target: TARGET, { session.id = %row.id, member.id = %row.member_id }, "session.too_far_ahead");
}

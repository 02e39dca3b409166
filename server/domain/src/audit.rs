//! What the staff has to be able to look up: every sign that a token is in more than one hand, or that the database
//! has forgotten something. Lines with the
//! target `audit`, which a log collector keeps for longer than the rest.

use crate::{rotation::Move, session::SessionRow};

/// A refresh that was answered.
pub(crate) fn refreshed(row: &SessionRow, by: Move) {
    match by {
        Move::LateReplay => note(row, "session.late_replay"),
        Move::Ahead => note(row, "session.ahead"),
        Move::Rotate | Move::Renew | Move::Replay => {
            tracing::debug!(session.id = %row.id, outcome = by.as_str(), "session.refreshed");
        }
    }
}

/// A token that only a thief could present.
pub(crate) fn reuse(row: &SessionRow) {
    note(row, "session.reuse");
}

/// A token of a generation that the row cannot have had.
pub(crate) fn too_far_ahead(row: &SessionRow) {
    note(row, "session.too_far_ahead");
}

/// An end that the database did not know any more.
pub(crate) fn forgotten_end(row: &SessionRow) {
    note(row, "session.forgotten_end");
}

fn note(row: &SessionRow, what: &'static str) {
    tracing::warn!(
        target: "audit",
        { session.id = %row.id, member.id = %row.member_id, generation = row.generation },
        "{what}"
    );
}

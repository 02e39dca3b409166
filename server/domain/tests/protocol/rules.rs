//! The domain's rules of a refresh, each of which can be broken on purpose.

use std::time::Duration;

use domain::session::{
    EndReason, Lifetimes, RowState,
    rotation::{Decision, LiveState, Reading, RefreshKind, decide},
};

/// A rule to break on purpose, which must make some property fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Broken {
    NoGrace,
    RotateWithinGrace,
    OlderTokenIsForgiven,
    LateReplayAlwaysForgiven,
    LateReplayNeverForgiven,
    LateReplayForgivenOnce,
    LateReplayUnmarked,
    LateReplayKeepsGrace,
    LateReplayCommitsLate,
    UnseenIsSeen,
    SeenIsUnseen,
    UnknownIsSeen,
    CheckNotesNothing,
    OpenForgetsWhatWasSeen,
    AheadRefused,
    AheadUnbounded,
    EndIsNotRead,
    EndIsNotAsRead,
    ReplayLeavesNoTrace,
    RotateRightAfterReplay,
    ReuseRightAfterReplay,
    LateReplayIsNotAsRead,
    ReplayCommitsLate,
    ReplayIsNoChange,
    EndCommitsLate,
    LateDecisionStands,
    PatienceAsLongAsGrace,
    OpenOverTombstone,
    CheckCreates,
    CloseBeforeRow,
    CloseDeletes,
    TombstoneTooShort,
    NoCloseAgain,
    NoSweeper,
    EndCountsAsClosed,
    WipeGoesUnnoticed,
    UpdateWithoutGeneration,
    UpdateIgnoresEnd,
    RenewWithoutConfirm,
    ReplayWithoutConfirm,
    ConsumeBeforeOpen,
    StoreErrorIsLoggedOut,
    IdleIgnoresLiveSession,
    IdleWithoutSlack,
    IdleForgotten,
    AbsoluteForgotten,
    AccessOutlivesSession,
}

/// The arguments of [`decide`].
#[derive(Debug, Clone, Copy)]
pub struct Question {
    pub row: RowState,
    pub presented: u32,
    pub live: LiveState,
    pub reading: Reading,
}

/// The domain's own decision, except for the rule that is broken.
pub fn ask_the_domain(
    mut question: Question,
    lifetimes: &Lifetimes,
    broken: Option<Broken>,
) -> Decision {
    let mut lifetimes = *lifetimes;
    if let Some(broken) = broken {
        distort(&mut question, &mut lifetimes, broken);
    }
    let Question { row, presented, live, reading } = question;
    let decision = decide(&row, presented, live, reading, &lifetimes);
    broken.map_or(decision, |broken| overrule(decision, &question, &lifetimes, broken))
}

/// Breaks a rule in the input of the decision.
fn distort(question: &mut Question, lifetimes: &mut Lifetimes, broken: Broken) {
    let Question { row, live, .. } = question;
    let repeated = row.late_replay == Some(row.generation);
    match (broken, *live) {
        (Broken::NoGrace, _) => lifetimes.grace = Duration::ZERO,
        (Broken::LateReplayForgivenOnce, _) => {
            row.late_replay = row.late_replay.map(|last| last.max(row.generation - 1));
        }
        (Broken::UnseenIsSeen, LiveState::Live { .. }) => {
            *live = LiveState::Live { newest_seen: u32::MAX };
        }
        (Broken::SeenIsUnseen, LiveState::Live { .. }) => {
            *live = LiveState::Live { newest_seen: 0 };
        }
        (Broken::UnknownIsSeen, LiveState::Absent) if repeated => {
            *live = LiveState::Live { newest_seen: u32::MAX };
        }
        (Broken::LateDecisionStands, _) => question.reading = Reading::First,
        (Broken::IdleWithoutSlack, _) => row.seen_ago += lifetimes.access + lifetimes.grace,
        (Broken::IdleForgotten, _) => row.seen_ago = Duration::ZERO,
        (Broken::AbsoluteForgotten, _) => row.remaining = Duration::MAX,
        _ => {}
    }
}

/// Breaks a rule in the outcome of the decision.
fn overrule(
    decision: Decision,
    question: &Question,
    lifetimes: &Lifetimes,
    broken: Broken,
) -> Decision {
    const REUSE: Decision = Decision::End(EndReason::Reuse);
    const LATE_REPLAY: Decision = Decision::Answer(RefreshKind::LateReplay);
    let Question { row, presented, .. } = question;
    let behind = row.generation.saturating_sub(*presented);
    match (broken, decision) {
        (Broken::RotateRightAfterReplay, Decision::Answer(RefreshKind::Renew))
            if row.rotated_ago > lifetimes.grace =>
        {
            Decision::Answer(RefreshKind::Rotate)
        }
        (Broken::ReuseRightAfterReplay, Decision::Retry) if question.reading == Reading::First => {
            REUSE
        }
        (Broken::RotateWithinGrace, Decision::Answer(RefreshKind::Renew)) => {
            Decision::Answer(RefreshKind::Rotate)
        }
        (Broken::OlderTokenIsForgiven, REUSE) if behind > 1 => LATE_REPLAY,
        (Broken::LateReplayAlwaysForgiven, REUSE) if behind == 1 => LATE_REPLAY,
        (Broken::LateReplayNeverForgiven, LATE_REPLAY) => REUSE,
        (Broken::AheadRefused, Decision::Answer(RefreshKind::Ahead)) => Decision::TooFarAhead,
        (Broken::AheadUnbounded, Decision::TooFarAhead) => Decision::Answer(RefreshKind::Ahead),
        (Broken::IdleIgnoresLiveSession, Decision::CheckLiveSession)
            if row.late_replay != Some(row.generation) =>
        {
            decide(row, *presented, LiveState::Absent, Reading::First, lifetimes)
        }
        _ => decision,
    }
}

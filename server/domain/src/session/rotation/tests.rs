use super::*;
use crate::session::usual_lifetimes;

fn row(generation: u32, rotated_seconds_ago: u64) -> RowState {
    RowState {
        remaining: Duration::from_secs(3600),
        idle_timeout: Duration::from_secs(1800),
        seen_ago: Duration::from_secs(rotated_seconds_ago),
        generation,
        rotated_ago: Duration::from_secs(rotated_seconds_ago),
        late_replay: None,
    }
}

fn decide_at(row: RowState, presented: u32, live: LiveState) -> Decision {
    decide(&row, presented, live, Reading::First, &usual_lifetimes())
}

fn answer(row: RowState, presented: u32) -> Decision {
    decide_at(row, presented, LiveState::Unchecked)
}

#[test]
fn the_newest_token_rotates_once_per_grace_period() {
    assert_eq!(answer(row(5, 11), 5), Decision::Answer(RefreshKind::Rotate));
    assert_eq!(answer(row(5, 10), 5), Decision::Answer(RefreshKind::Renew));
}

#[test]
fn the_previous_token_gets_its_successor_within_the_grace_period() {
    assert_eq!(answer(row(5, 10), 4), Decision::Answer(RefreshKind::Replay));
}

#[test]
fn the_previous_token_is_forgiven_after_the_grace_period_once_in_twelve_generations() {
    assert_eq!(answer(row(5, 11), 4), Decision::Answer(RefreshKind::LateReplay));
    let reuse = Decision::End(EndReason::Reuse);
    for (last, decision) in
        [(19, reuse), (8, reuse), (7, Decision::Answer(RefreshKind::LateReplay))]
    {
        let state = RowState { late_replay: Some(last), ..row(20, 11) };
        assert_eq!(answer(state, 19), decision, "{last}");
    }
}

#[test]
fn a_repeated_late_replay_is_forgiven_while_its_answer_was_not_seen() {
    let state = RowState { late_replay: Some(20), ..row(20, 11) };
    let forgiven = Decision::Answer(RefreshKind::LateReplay);
    for (live, decision) in [
        (LiveState::Unchecked, Decision::CheckLiveSession),
        (LiveState::Absent, forgiven),
        (LiveState::Live { newest_seen: 19 }, forgiven),
        (LiveState::Live { newest_seen: 20 }, Decision::End(EndReason::Reuse)),
    ] {
        assert_eq!(decide_at(state, 19, live), decision, "{live:?}");
    }
}

#[test]
fn an_older_token_is_reuse_even_within_the_grace_period() {
    for presented in 1..=3 {
        assert_eq!(answer(row(5, 1), presented), Decision::End(EndReason::Reuse));
        assert_eq!(answer(row(5, 1000), presented), Decision::End(EndReason::Reuse));
    }
}

#[test]
fn a_token_that_was_just_replayed_is_neither_rotated_nor_reuse() {
    let replayed = RowState { seen_ago: Duration::from_secs(10), ..row(5, 11) };
    assert_eq!(answer(replayed, 5), Decision::Answer(RefreshKind::Renew));
    assert_eq!(answer(replayed, 4), Decision::Answer(RefreshKind::LateReplay));
    let forgiven = RowState { late_replay: Some(4), ..replayed };
    assert_eq!(answer(forgiven, 4), Decision::Retry);
    assert_eq!(answer(forgiven, 3), Decision::End(EndReason::Reuse));
    let long_ago = RowState { seen_ago: Duration::from_secs(11), ..forgiven };
    assert_eq!(answer(long_ago, 5), Decision::Answer(RefreshKind::Rotate));
    assert_eq!(answer(long_ago, 4), Decision::End(EndReason::Reuse));
}

#[test]
fn a_token_ahead_of_its_row_is_accepted_up_to_a_bound() {
    assert_eq!(answer(row(5, 1000), 6), Decision::Answer(RefreshKind::Ahead));
    assert_eq!(answer(row(5, 0), 37), Decision::Answer(RefreshKind::Ahead));
    assert_eq!(answer(row(5, 0), 38), Decision::TooFarAhead);
    assert_eq!(answer(row(5, 0), u32::MAX), Decision::TooFarAhead);
}

#[test]
fn a_refresh_overtaken_by_its_row_is_not_reuse() {
    let again = |row, presented| {
        decide(&row, presented, LiveState::Unchecked, Reading::Again, &usual_lifetimes())
    };
    assert_eq!(again(row(5, 11), 4), Decision::Retry);
    assert_eq!(again(row(5, 11), 3), Decision::Retry);
    assert_eq!(again(row(5, 10), 4), Decision::Answer(RefreshKind::Replay));
    assert_eq!(again(row(5, 11), 5), Decision::Answer(RefreshKind::Rotate));
}

#[test]
fn a_tombstone_refuses_every_token() {
    for reason in EndReason::ALL.iter().copied() {
        for presented in 1..=6 {
            let decision = decide_at(row(5, 11), presented, LiveState::Ended(reason));
            assert_eq!(decision, Decision::AlreadyEnded(reason));
        }
    }
}

#[test]
fn every_token_is_refused_after_the_absolute_timeout() {
    let state = RowState { remaining: Duration::ZERO, ..row(5, 11) };
    assert_eq!(answer(state, 5), Decision::End(EndReason::Absolute));
}

#[test]
fn only_the_live_session_decides_whether_a_session_is_idle() {
    let slack = 1800 + 300 + 10;
    assert_eq!(answer(row(5, slack), 5), Decision::Answer(RefreshKind::Rotate));
    let state = row(5, slack + 1);
    for (live, decision) in [
        (LiveState::Unchecked, Decision::CheckLiveSession),
        (LiveState::Absent, Decision::End(EndReason::Idle)),
        (LiveState::Live { newest_seen: 0 }, Decision::Answer(RefreshKind::Rotate)),
    ] {
        assert_eq!(decide_at(state, 5, live), decision, "{live:?}");
    }
}

#[test]
fn a_refresh_never_reverts_a_row() {
    assert_eq!(apply(row(5, 11), RefreshKind::Ahead, 5), None);
    assert_eq!(apply(row(u32::MAX, 11), RefreshKind::Rotate, u32::MAX), None);
    let ahead = apply(row(5, 11), RefreshKind::Ahead, 9).unwrap();
    assert_eq!((ahead.generation, ahead.rotated_ago), (9, Duration::ZERO));
}

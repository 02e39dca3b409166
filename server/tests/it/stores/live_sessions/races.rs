//! The rules of every live-session store under concurrent calls.

use std::time::Duration;

use domain::{
    account::member::Role,
    session::{
        EndReason, LiveSession, SessionId,
        ports::{CheckMode, Checked, Opened},
    },
};
use tokio::task::JoinSet;

use super::probe::Store;

pub(super) async fn opens_and_checks_in_flight_never_undo_a_close(store: &dyn Store) {
    let probe = store.probe().await;
    let given = probe.session();
    for _ in 0..20 {
        let id = SessionId::random();
        probe.live.open(id, &given).await.unwrap();
        let mut flights = JoinSet::new();
        for number in 0..40 {
            let live = probe.live.clone();
            flights.spawn(async move {
                if number % 2 == 0 {
                    live.open(id, &given).await.map(drop)
                } else {
                    live.check(id, CheckMode::Use { generation: number }).await.map(drop)
                }
            });
        }
        let live = probe.live.clone();
        flights.spawn(async move {
            live.close(id, EndReason::Logout).await?;
            // The end has been reported by now.
            let found = live.check(id, CheckMode::Use { generation: 99 }).await?;
            assert_eq!(found, Checked::Ended(EndReason::Logout));
            assert_eq!(live.open(id, &given).await?, Opened::Ended(EndReason::Logout));
            Ok(())
        });
        while let Some(landed) = flights.join_next().await {
            landed.unwrap().unwrap();
        }
        let found = probe.live.check(id, CheckMode::Peek).await.unwrap();
        assert_eq!(found, Checked::Ended(EndReason::Logout));
    }
}

pub(super) async fn an_open_concurrent_with_a_close_leaves_a_tombstone(store: &dyn Store) {
    let probe = store.probe().await;
    let given = probe.session();
    for _ in 0..50 {
        let id = SessionId::random();
        let (opening, closing) = (probe.live.clone(), probe.live.clone());
        let open = tokio::spawn(async move { opening.open(id, &given).await });
        let close = tokio::spawn(async move { closing.close(id, EndReason::Reuse).await });
        open.await.unwrap().unwrap();
        close.await.unwrap().unwrap();
        let found = probe.live.check(id, CheckMode::Peek).await.unwrap();
        assert_eq!(found, Checked::Ended(EndReason::Reuse));
    }
}

pub(super) async fn concurrent_opens_leave_the_highest_of_each_value(store: &dyn Store) {
    const OPENS: u32 = 20;
    let probe = store.probe().await;
    let given = probe.session();
    for _ in 0..10 {
        let id = SessionId::random();
        let mut opens = JoinSet::new();
        for number in 1..=OPENS {
            let live = probe.live.clone();
            let session = LiveSession {
                role: if number == OPENS { Role::Admin } else { Role::Member },
                authority_version: number.into(),
                newest_generation: OPENS - number,
                ..given
            };
            opens.spawn(async move { live.open(id, &session).await });
        }
        while let Some(opened) = opens.join_next().await {
            assert_eq!(opened.unwrap().unwrap(), Opened::Live);
        }
        let found = probe.live.check(id, CheckMode::Peek).await.unwrap();
        let Checked::Live { session, .. } = found else { panic!("not live: {found:?}") };
        let expected = LiveSession {
            role: Role::Admin,
            authority_version: OPENS.into(),
            newest_generation: OPENS - 1,
            ..given
        };
        assert_eq!(session, expected);
    }
}

pub(super) async fn concurrent_checks_extend_once(store: &dyn Store) {
    let probe = store.probe().await;
    probe.open(&probe.session()).await;
    probe.pass(Duration::from_secs(600)).await;
    let mut checks = JoinSet::new();
    for _ in 0..20 {
        let (live, id) = (probe.live.clone(), probe.id);
        checks.spawn(async move { live.check(id, CheckMode::Use { generation: 1 }).await });
    }
    let mut extended = 0;
    while let Some(checked) = checks.join_next().await {
        if let Checked::Live { is_extended: true, .. } = checked.unwrap().unwrap() {
            extended += 1;
        }
    }
    assert_eq!(extended, 1);
}

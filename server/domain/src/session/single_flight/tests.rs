use std::{
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

use super::*;

/// Calls that wait until they are allowed to end. Each returns its number.
#[derive(Clone, Default)]
struct Calls {
    flight: SingleFlight<&'static str, usize>,
    started: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
    permission: Arc<Notify>,
}

#[derive(Clone, Copy)]
enum Sealing {
    AtOnce,
    AtItsEnd,
}

impl Calls {
    async fn join(&self, key: &'static str, sealing: Sealing) -> usize {
        let calls = self.clone();
        let call = move |mut seal: Seal<_, _>| async move {
            let number = calls.started.fetch_add(1, Ordering::Relaxed);
            if let Sealing::AtOnce = sealing {
                seal.seal();
            }
            calls.permission.notified().await;
            calls.ended.fetch_add(1, Ordering::Relaxed);
            number
        };
        self.flight.join(key, call).await.unwrap()
    }

    fn started(&self) -> usize {
        self.started.load(Ordering::Relaxed)
    }

    fn open(&self) -> usize {
        self.flight.lock().len()
    }
}

/// Lets every task run until it waits.
async fn settled() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

fn is_waiting(call: &mut (impl Future<Output = usize> + Unpin)) -> bool {
    call.now_or_never().is_none()
}

#[tokio::test]
async fn calls_with_equal_keys_share_one_output() {
    let calls = Calls::default();
    let mut first = pin!(calls.join("a", Sealing::AtItsEnd));
    let mut second = pin!(calls.join("a", Sealing::AtItsEnd));
    assert!(is_waiting(&mut first) && is_waiting(&mut second));
    settled().await;
    assert_eq!((calls.started(), calls.open()), (1, 1));
    calls.permission.notify_one();
    assert_eq!((first.await, second.await, calls.open()), (0, 0, 0));
}

#[tokio::test]
async fn calls_with_different_keys_share_nothing() {
    let calls = Calls::default();
    let mut one = pin!(calls.join("a", Sealing::AtItsEnd));
    let mut other = pin!(calls.join("b", Sealing::AtItsEnd));
    assert!(is_waiting(&mut one) && is_waiting(&mut other));
    settled().await;
    assert_eq!((calls.started(), calls.open()), (2, 2));
}

#[tokio::test]
async fn a_sealed_call_is_not_joined_and_does_not_affect_the_next_one() {
    let calls = Calls::default();
    let mut first = pin!(calls.join("a", Sealing::AtOnce));
    assert!(is_waiting(&mut first));
    settled().await;
    assert_eq!((calls.started(), calls.open()), (1, 0));
    let mut second = pin!(calls.join("a", Sealing::AtItsEnd));
    assert!(is_waiting(&mut second));
    settled().await;
    assert_eq!((calls.started(), calls.open()), (2, 1));

    calls.permission.notify_one();
    assert_eq!(first.await, 0);
    assert_eq!(calls.open(), 1, "the end of the first call does not seal the second");
    let mut third = pin!(calls.join("a", Sealing::AtItsEnd));
    assert!(is_waiting(&mut third));
    calls.permission.notify_one();
    assert_eq!((second.await, third.await), (1, 1));
}

#[tokio::test]
async fn a_call_runs_to_its_end_after_every_caller_is_dropped() {
    let calls = Calls::default();
    {
        let mut dropped = pin!(calls.join("a", Sealing::AtItsEnd));
        assert!(is_waiting(&mut dropped));
        settled().await;
    }
    calls.permission.notify_one();
    settled().await;
    assert_eq!((calls.ended.load(Ordering::Relaxed), calls.open()), (1, 0));
}

#[tokio::test]
async fn a_call_that_panics_is_an_error_and_is_not_joined() {
    let calls = Calls::default();
    let panics = |seal: Seal<_, _>| async move {
        let _open = seal;
        panic!("on purpose")
    };
    assert!(calls.flight.join("a", panics).await.unwrap_err().is_panic());
    let panics_before_it_starts = |seal: Seal<_, _>| -> BoxFuture<'static, usize> {
        drop(seal);
        panic!("on purpose")
    };
    assert!(calls.flight.join("a", panics_before_it_starts).await.unwrap_err().is_panic());
    assert_eq!(calls.open(), 0);
    calls.permission.notify_one();
    assert_eq!(calls.join("a", Sealing::AtItsEnd).await, 0);
}

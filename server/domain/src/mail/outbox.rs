//! The outbox: mails that are sent in the background, so that the time of the response reveals nothing of the mail
//! server, nor whether there is a mail at all. It is bounded. Mails are sent one after the other, in the order in which
//! they were queued, so a member's newest mail is also the newest in the mailbox.
//!
//! Waiting mails are lost if the process crashes; an orderly shutdown waits for them ([`Outbox::emptied`]).

use std::{
    collections::VecDeque,
    error::Error,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument;

use crate::counters;

/// The most mails that may wait.
pub const WAITING_MAX: usize = 256;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;
/// The reason why a mail was not sent.
pub(crate) type NotSent = Box<dyn Error + Send + Sync>;

/// The waiting mails. Cloning shares them.
#[derive(Clone)]
pub struct Outbox {
    places: Arc<Semaphore>,
    queue: Arc<Mutex<Queue>>,
    pause: Duration,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Task>,
    is_worked_on: bool,
}

/// The outbox is full.
#[derive(Debug, thiserror::Error)]
#[error("too many mails are waiting to be sent")]
pub struct OutboxFull;

impl Outbox {
    /// An empty outbox. Work begins after a random time of up to `pause`, so that timing the requests that follow does
    /// not reveal whether there was a mail.
    #[must_use]
    pub fn new(pause: Duration) -> Self {
        counters::outbox_made(WAITING_MAX);
        Self { places: Arc::new(Semaphore::new(WAITING_MAX)), queue: Arc::default(), pause }
    }

    /// Reserves a place, before it is known whether there is a mail for it.
    ///
    /// # Errors
    /// [`OutboxFull`]
    pub(crate) fn place(&self) -> Result<Place, OutboxFull> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| OutboxFull)?;
        Ok(Place { outbox: self.clone(), permit: Permit::new(permit) })
    }

    /// Sends a notice, for which no response waits. `log` gets the reason if it is not sent.
    pub(crate) fn send_notice(
        &self,
        sending: impl Future<Output = Result<(), NotSent>> + Send + 'static,
        log: impl FnOnce(NotSent) + Send + 'static,
    ) {
        match self.place() {
            Ok(place) => place.put(async move {
                if let Err(error) = sending.await {
                    log(error);
                }
            }),
            Err(full) => log(full.into()),
        }
    }

    /// Returns once nothing waits.
    pub async fn emptied(&self) {
        let all = u32::try_from(WAITING_MAX).expect("it is a small number");
        // It is never closed, so there is no error.
        _ = self.places.acquire_many(all).await;
    }

    async fn work(self) {
        tokio::time::sleep(random_part_of(self.pause)).await;
        while let Some(task) = self.next() {
            // In a task of its own: one that panics must not leave the others waiting.
            if let Err(error) = tokio::spawn(task).await {
                tracing::error!(error = %crate::causes(&error), "outbox.failed");
            }
        }
    }

    fn next(&self) -> Option<Task> {
        let mut queue = self.queue();
        let next = queue.waiting.pop_front();
        queue.is_worked_on = next.is_some();
        next
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the outbox.
pub(crate) struct Place {
    outbox: Outbox,
    permit: Permit,
}

/// A semaphore's permit that is counted while it is held.
struct Permit(
    #[expect(dead_code, reason = "it is released when it is dropped")] OwnedSemaphorePermit,
);

impl Permit {
    fn new(permit: OwnedSemaphorePermit) -> Self {
        counters::outbox_entered();
        Self(permit)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        counters::outbox_left();
    }
}

impl Place {
    /// Queues the task that writes a mail and sends it. The task logs its own failure.
    pub(crate) fn put(self, task: impl Future<Output = ()> + Send + 'static) {
        let Self { outbox, permit } = self;
        let task = async move {
            task.await;
            drop(permit);
        };
        let mut queue = outbox.queue();
        queue.waiting.push_back(Box::pin(task.in_current_span()));
        let is_worked_on = std::mem::replace(&mut queue.is_worked_on, true);
        drop(queue);
        if !is_worked_on {
            tokio::spawn(outbox.work());
        }
    }
}

fn random_part_of(whole: Duration) -> Duration {
    let parts = getrandom::u32().expect("the operating system provides randomness");
    whole.mul_f64(f64::from(parts) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counters::tests::{counted, recorder};

    #[tokio::test]
    async fn mails_are_sent_in_the_order_of_the_outbox() {
        let outbox = Outbox::new(Duration::from_millis(1));
        let sent = Arc::new(Mutex::new(Vec::new()));
        for number in 0..50 {
            let sent = Arc::clone(&sent);
            outbox.place().unwrap().put(async move {
                tokio::task::yield_now().await;
                sent.lock().unwrap().push(number);
            });
        }
        outbox.emptied().await;
        assert_eq!(*sent.lock().unwrap(), (0..50).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_full_outbox_refuses_until_a_place_is_free() {
        let outbox = Outbox::new(Duration::ZERO);
        let mut places: Vec<_> = (0..WAITING_MAX).map(|_| outbox.place().unwrap()).collect();
        assert!(outbox.place().is_err());
        places.pop();
        assert!(outbox.place().is_ok());
    }

    #[tokio::test]
    async fn mails_are_shown_from_their_place_until_they_are_sent() {
        let recorder = recorder();
        let _local = metrics::set_default_local_recorder(&recorder);
        let outbox = Outbox::new(Duration::ZERO);
        let unused = outbox.place().unwrap();
        outbox.place().unwrap().put(async {});
        assert_eq!(counted(&recorder), ["outbox_mails 2", "outbox_mails_max 256"]);
        drop(unused);
        outbox.emptied().await;
        assert_eq!(counted(&recorder), ["outbox_mails 0", "outbox_mails_max 256"]);
    }

    #[tokio::test]
    async fn a_mail_that_panics_does_not_block_the_next_one() {
        let outbox = Outbox::new(Duration::ZERO);
        let (told, heard) = tokio::sync::oneshot::channel();
        outbox.place().unwrap().put(async { panic!("on purpose") });
        outbox.place().unwrap().put(async { told.send(()).unwrap() });
        heard.await.unwrap();
        outbox.emptied().await;
    }

    #[tokio::test]
    async fn work_resumes_after_the_outbox_was_empty() {
        let outbox = Outbox::new(Duration::ZERO);
        for _ in 0..2 {
            let (told, heard) = tokio::sync::oneshot::channel();
            outbox.place().unwrap().put(async { told.send(()).unwrap() });
            heard.await.unwrap();
            outbox.emptied().await;
        }
    }
}

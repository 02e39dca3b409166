//! The queue for the hashers: signed-in members go first, and no client address gets more than its share of the places.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use super::HashError;
use crate::{
    counters,
    limits::{HASH_SHARES, HASHES_FROM_ADDRESS, address_subject},
    session::Client,
};

/// The client on whose behalf a password is hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    address: String,
    rank: Rank,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rank {
    Member,
    Stranger,
}

impl Asker {
    /// A signed-in member.
    #[must_use]
    pub fn member(client: &Client) -> Self {
        Self { address: address_subject(client), rank: Rank::Member }
    }

    /// Anybody else.
    #[must_use]
    pub fn stranger(client: &Client) -> Self {
        Self { address: address_subject(client), rank: Rank::Stranger }
    }
}

/// The queue. Cloning shares it.
#[derive(Clone)]
pub(super) struct Queue {
    hashers: usize,
    places: usize,
    share: usize,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Idle hashers
    idle: usize,
    /// Places taken by hashes that run or wait
    taken: usize,
    taken_by_address: HashMap<String, usize>,
    members: VecDeque<oneshot::Sender<Hasher>>,
    strangers: VecDeque<oneshot::Sender<Hasher>>,
}

impl Queue {
    /// A queue with this many places for this many hashers. A running hash also holds a place.
    pub(super) fn new(hashers: usize, places: usize) -> Self {
        let state = State { idle: hashers, ..State::default() };
        let share = (places / HASH_SHARES).max(1);
        counters::hashes_max(places);
        counters::hashes(0, 0);
        Self { hashers, places, share, state: Arc::new(Mutex::new(state)) }
    }

    /// The same queue, all of it for anybody.
    pub(super) fn without_shares(self) -> Self {
        Self { share: usize::MAX, ..self }
    }

    /// Waits for a hasher.
    ///
    /// # Errors
    /// [`HashError::Busy`] or [`HashError::TooManyFromAddress`], at once. `Busy` also later, if a member takes the
    /// place of a waiting stranger.
    pub(super) async fn turn(&self, asker: &Asker) -> Result<Turn, HashError> {
        let place = self.take_place(asker)?;
        let waiting = {
            let mut state = self.lock();
            let waiting = if state.idle > 0 {
                state.idle -= 1;
                None
            } else {
                let (hand_over, waiting) = oneshot::channel();
                let line = state.line(asker.rank);
                // Waiters that were dropped must not pile up.
                line.retain(|waiting| !waiting.is_closed());
                line.push_back(hand_over);
                Some(waiting)
            };
            self.show(&state);
            waiting
        };
        let hasher = match waiting {
            None => Hasher(Some(self.clone())),
            Some(waiting) => waiting.await.map_err(|_| HashError::Busy)?,
        };
        Ok(Turn { _hasher: hasher, _place: place })
    }

    fn take_place(&self, asker: &Asker) -> Result<Place, HashError> {
        let mut state = self.lock();
        let by_address = state.taken_by_address.get(&asker.address).copied().unwrap_or(0);
        if by_address >= self.share {
            counters::limit_reached(HASHES_FROM_ADDRESS);
            return Err(HashError::TooManyFromAddress);
        }
        let has_room =
            state.taken < self.places || (asker.rank == Rank::Member && state.evict_stranger());
        if !has_room {
            return Err(HashError::Busy);
        }
        state.taken += 1;
        state.taken_by_address.insert(asker.address.clone(), by_address + 1);
        Ok(Place { queue: self.clone(), address: asker.address.clone() })
    }

    /// Gives a hasher to the next waiter.
    fn pass_on(&self) {
        loop {
            let next = {
                let mut state = self.lock();
                let next = state.members.pop_front().or_else(|| state.strangers.pop_front());
                if next.is_none() {
                    state.idle += 1;
                    self.show(&state);
                }
                next
            };
            let Some(next) = next else { return };
            match next.send(Hasher(Some(self.clone()))) {
                Ok(()) => return,
                // This waiter was dropped: try the next one.
                Err(mut hasher) => hasher.0 = None,
            }
        }
    }

    /// Shows the length of the queue, while the state is locked, so that the newest one stays.
    fn show(&self, state: &State) {
        let running = self.hashers - state.idle;
        // A hash that is done gives its hasher and its place back one after the other.
        counters::hashes(running, state.taken.saturating_sub(running));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn line(&mut self, rank: Rank) -> &mut VecDeque<oneshot::Sender<Hasher>> {
        match rank {
            Rank::Member => &mut self.members,
            Rank::Stranger => &mut self.strangers,
        }
    }

    /// Refuses the waiting stranger who came last. `false`: none is waiting.
    fn evict_stranger(&mut self) -> bool {
        while let Some(last) = self.strangers.pop_back() {
            if !last.is_closed() {
                return true;
            }
        }
        false
    }
}

/// A hasher and a place, for one hash.
pub(super) struct Turn {
    _hasher: Hasher,
    _place: Place,
}

/// The right to use a hasher; dropped, it is passed on.
struct Hasher(Option<Queue>);

impl Drop for Hasher {
    fn drop(&mut self) {
        if let Some(queue) = self.0.take() {
            queue.pass_on();
        }
    }
}

/// One of the places; dropped, it is free.
struct Place {
    queue: Queue,
    address: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.taken -= 1;
        if let Some(taken) = state.taken_by_address.get_mut(&self.address) {
            *taken -= 1;
            if *taken == 0 {
                state.taken_by_address.remove(&self.address);
            }
        }
        self.queue.show(&state);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use futures_util::FutureExt;

    use super::*;
    use crate::counters::tests::{counted, recorder};

    fn client(number: u8) -> Client {
        Client { ip: Some(IpAddr::from([192, 0, 2, number])), ..Client::default() }
    }

    fn stranger(number: u8) -> Asker {
        Asker::stranger(&client(number))
    }

    fn member(number: u8) -> Asker {
        Asker::member(&client(number))
    }

    fn at_once(queue: &Queue, asker: &Asker) -> Result<Turn, HashError> {
        queue.turn(asker).now_or_never().expect("nobody waits here")
    }

    #[tokio::test]
    async fn one_address_gets_at_most_a_quarter_of_the_places() {
        let queue = Queue::new(8, 8);
        let turns: Vec<_> =
            (0..2).map(|_| at_once(&queue, &stranger(1)).expect("a place")).collect();
        for asker in [stranger(1), member(1)] {
            assert!(matches!(at_once(&queue, &asker), Err(HashError::TooManyFromAddress)));
        }
        assert!(at_once(&queue, &stranger(2)).is_ok());
        drop(turns);
        assert!(at_once(&queue, &stranger(1)).is_ok());
    }

    #[tokio::test]
    async fn without_shares_one_address_may_take_every_place() {
        let queue = Queue::new(8, 8).without_shares();
        let turns: Vec<_> =
            (0..8).map(|_| at_once(&queue, &stranger(1)).expect("a place")).collect();
        assert!(matches!(at_once(&queue, &stranger(2)), Err(HashError::Busy)));
        drop(turns);
    }

    #[tokio::test]
    async fn members_are_served_before_strangers_who_came_earlier() {
        let queue = Queue::new(1, 8);
        let running = at_once(&queue, &stranger(1)).expect("an idle hasher");
        let mut early = Box::pin(async { queue.turn(&stranger(2)).await });
        assert!(early.as_mut().now_or_never().is_none());
        let (member, late) = (member(3), stranger(4));
        let mut first = Box::pin(async { queue.turn(&member).await });
        assert!(first.as_mut().now_or_never().is_none());
        let mut last = Box::pin(async { queue.turn(&late).await });
        assert!(last.as_mut().now_or_never().is_none());

        drop(running);
        assert!(early.as_mut().now_or_never().is_none());
        drop(first.as_mut().now_or_never().expect("the member is next"));
        assert!(last.as_mut().now_or_never().is_none());
        drop(early.as_mut().now_or_never().expect("then who came first"));
        assert!(last.now_or_never().is_some_and(|turn| turn.is_ok()));
    }

    #[tokio::test]
    async fn a_full_queue_is_busy_but_a_member_displaces_the_newest_stranger() {
        let queue = Queue::new(1, 2);
        let running = at_once(&queue, &stranger(1)).expect("an idle hasher");
        let waits = stranger(2);
        let mut waiting = Box::pin(async { queue.turn(&waits).await });
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(matches!(at_once(&queue, &stranger(3)), Err(HashError::Busy)));

        let member = member(3);
        let mut first = Box::pin(async { queue.turn(&member).await });
        assert!(first.as_mut().now_or_never().is_none());
        let sent_away = waiting.now_or_never().expect("it is told at once");
        assert!(matches!(sent_away, Err(HashError::Busy)));
        drop(running);
        assert!(first.now_or_never().is_some_and(|turn| turn.is_ok()));
    }

    #[tokio::test]
    async fn a_caller_who_stops_waiting_frees_its_place_and_holds_no_hasher() {
        let queue = Queue::new(1, 2);
        for _ in 0..10 {
            let running = at_once(&queue, &stranger(1)).expect("an idle hasher");
            let waits = stranger(2);
            let mut waiting = Box::pin(async { queue.turn(&waits).await });
            assert!(waiting.as_mut().now_or_never().is_none());
            drop(waiting);
            drop(running);
        }
        let state = queue.lock();
        assert_eq!((state.idle, state.taken, state.taken_by_address.len()), (1, 0, 0));
    }

    #[tokio::test]
    async fn running_and_waiting_hashes_are_shown() {
        let recorder = recorder();
        let _local = metrics::set_default_local_recorder(&recorder);
        let queue = Queue::new(1, 8);
        let assert_shown = |running: u8, waiting: u8| {
            assert_eq!(
                counted(&recorder),
                [
                    "password_hashes_max 8".to_owned(),
                    format!(r#"password_hashes{{state="running"}} {running}"#),
                    format!(r#"password_hashes{{state="waiting"}} {waiting}"#),
                ]
            );
        };
        assert_shown(0, 0);
        let running = at_once(&queue, &stranger(1)).expect("an idle hasher");
        let waits = stranger(2);
        let mut waiting = Box::pin(async { queue.turn(&waits).await });
        assert!(waiting.as_mut().now_or_never().is_none());
        assert_shown(1, 1);
        drop(running);
        let turn = waiting.now_or_never().expect("it is next").expect("a hasher");
        assert_shown(1, 0);
        drop(turn);
        assert_shown(0, 0);
    }
}

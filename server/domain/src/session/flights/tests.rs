use std::{
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

use super::*;
use crate::{
    memory::key_ring,
    session::{EndReason, Salt, SessionId},
};

/// An airport whose flights stay in the air until they are let down.
#[derive(Clone, Default)]
struct Airport {
    flights: Flights,
    begun: Arc<AtomicUsize>,
    landed: Arc<AtomicUsize>,
    permission: Arc<Notify>,
}

/// When a flight closes its doors.
#[derive(Clone, Copy)]
enum Doors {
    CloseAtOnce,
    StayOpen,
}

impl Airport {
    async fn board(&self, token: &RefreshToken, client: &Client, doors: Doors) -> Landing {
        let airport = self.clone();
        let fly = move |mut departure: Departure| async move {
            let number = airport.begun.fetch_add(1, Ordering::Relaxed);
            if let Doors::CloseAtOnce = doors {
                departure.close_doors();
            }
            airport.permission.notified().await;
            airport.landed.fetch_add(1, Ordering::Relaxed);
            // What tells one flight's answer from another's.
            Err(RefreshError::Ended(EndReason::ALL[number]))
        };
        self.flights.board(token.clone(), client.clone(), fly).await
    }

    fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// Lets everything go on that can.
    async fn pass(&self) {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    fn in_the_air(&self) -> usize {
        self.flights.lock().len()
    }
}

fn token() -> RefreshToken {
    token_of(SessionId::random(), 1)
}

fn token_of(id: SessionId, generation: u32) -> RefreshToken {
    let raw = RefreshToken::issue(&key_ring(), id, generation, &Salt::random());
    RefreshToken::verify(&raw, &key_ring()).unwrap()
}

/// Asks once, as a runtime would.
fn is_waiting(boarding: &mut (impl Future<Output = Landing> + Unpin)) -> bool {
    boarding.now_or_never().is_none()
}

fn flight_number(landing: &Landing) -> usize {
    match landing {
        Err(RefreshError::Ended(reason)) => {
            EndReason::ALL.iter().position(|known| known == reason).unwrap()
        }
        other => panic!("no flight of the airport's: {other:?}"),
    }
}

#[tokio::test]
async fn who_comes_while_the_doors_are_open_shares_the_flight_and_its_answer() {
    let (airport, token, client) = (Airport::default(), token(), Client::default());
    let mut first = pin!(airport.board(&token, &client, Doors::StayOpen));
    let mut second = pin!(airport.board(&token, &client, Doors::StayOpen));
    assert!(is_waiting(&mut first) && is_waiting(&mut second));
    airport.pass().await;
    assert_eq!((airport.begun(), airport.in_the_air()), (1, 1));
    airport.permission.notify_one();
    assert_eq!(flight_number(&first.await), 0);
    assert_eq!(flight_number(&second.await), 0);
    assert_eq!(airport.in_the_air(), 0);
}

#[tokio::test]
async fn who_comes_after_the_doors_have_closed_begins_a_flight_that_the_first_one_leaves_alone() {
    let (airport, token, client) = (Airport::default(), token(), Client::default());
    let mut first = pin!(airport.board(&token, &client, Doors::CloseAtOnce));
    assert!(is_waiting(&mut first));
    airport.pass().await;
    assert_eq!((airport.begun(), airport.in_the_air()), (1, 0));
    let mut second = pin!(airport.board(&token, &client, Doors::StayOpen));
    assert!(is_waiting(&mut second));
    airport.pass().await;
    assert_eq!((airport.begun(), airport.in_the_air()), (2, 1));

    airport.permission.notify_one();
    assert_eq!(flight_number(&first.await), 0);
    // The first one's landing has not shut the second one's doors.
    assert_eq!(airport.in_the_air(), 1);
    let mut third = pin!(airport.board(&token, &client, Doors::StayOpen));
    assert!(is_waiting(&mut third));
    airport.permission.notify_one();
    assert_eq!((flight_number(&second.await), flight_number(&third.await)), (1, 1));
}

#[tokio::test]
async fn a_flight_that_everybody_has_left_still_lands() {
    let (airport, token, client) = (Airport::default(), token(), Client::default());
    {
        let mut leaving = pin!(airport.board(&token, &client, Doors::StayOpen));
        assert!(is_waiting(&mut leaving));
        airport.pass().await;
    }
    airport.permission.notify_one();
    airport.pass().await;
    assert_eq!((airport.landed.load(Ordering::Relaxed), airport.in_the_air()), (1, 0));
}

#[tokio::test]
async fn a_flight_that_crashes_is_an_error_and_leaves_the_next_one_its_place() {
    let (airport, token, client) = (Airport::default(), token(), Client::default());
    let crash = |departure: Departure| async move {
        let _aboard = departure;
        panic!("on purpose")
    };
    let landing = airport.flights.board(token.clone(), client.clone(), crash).await;
    assert!(matches!(landing, Err(RefreshError::Store(_))), "{landing:?}");
    let crash_before_it_begins = |departure: Departure| -> BoxFuture<'static, Landing> {
        drop(departure);
        panic!("on purpose")
    };
    let landing =
        airport.flights.board(token.clone(), client.clone(), crash_before_it_begins).await;
    assert!(matches!(landing, Err(RefreshError::Store(_))), "{landing:?}");
    assert_eq!(airport.in_the_air(), 0);
    airport.permission.notify_one();
    assert_eq!(flight_number(&airport.board(&token, &client, Doors::StayOpen).await), 0);
}

#[tokio::test]
async fn another_browser_generation_session_or_mac_never_shares_a_flight() {
    let airport = Airport::default();
    let (id, here) = (SessionId::random(), Client::default());
    let elsewhere = Client { ip: Some([192, 0, 2, 7].into()), ..Client::default() };
    let other_browser = Client { user_agent: "another".to_owned(), ..Client::default() };
    let token = token_of(id, 1);
    // Of the same session and generation, but by another salt: its inner MAC differs.
    let forged = token_of(id, 1);
    let passages = [
        (&token, &here),
        (&token, &elsewhere),
        (&token, &other_browser),
        (&forged, &here),
        (&token_of(id, 2), &here),
        (&token_of(SessionId::random(), 1), &here),
    ];
    let mut boarding: Vec<_> = passages
        .iter()
        .map(|(token, client)| Box::pin(airport.board(token, client, Doors::StayOpen)))
        .collect();
    for waiting in &mut boarding {
        assert!(is_waiting(waiting));
    }
    airport.pass().await;
    assert_eq!((airport.begun(), airport.in_the_air()), (passages.len(), passages.len()));
}

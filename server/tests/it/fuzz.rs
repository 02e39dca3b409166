//! Thousands of odd requests. None may fail or log an ERROR. The requests are generated from a seed, which a failure
//! names and `FUZZ_SEED` sets.

mod requests;

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{body::to_bytes, http::StatusCode};
use tokio::time::sleep;
use tower::ServiceExt;
use tracing::{Level, subscriber::DefaultGuard};

use self::requests::{Dice, some_bytes, some_request};
use crate::helpers::{TestApp, wire::Wire};

const SEED: u64 = 20_261_129;
const REQUESTS: u64 = 2_500;
const RAW_REQUESTS: u64 = 500;
/// The number of tries: a busy machine may delay a store, but a failure that a request causes recurs every time.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(25);

#[tokio::test]
async fn odd_requests_cause_no_server_error() {
    let (errors, _guard) = errors_of_this_thread();
    let app = TestApp::start().await;
    let (_, member) = app.member().await;
    let (site, cookies) = (app.site(), member.cookies());
    let seed = seed();
    let (mut number, mut tries) = (0, 0);
    while number < REQUESTS {
        let Some(request) = some_request(&mut Dice::for_request(seed, number), &cookies) else {
            number += 1;
            continue;
        };
        let asked = format!("{request:?}");
        let answer = site.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let logged = std::mem::take(&mut *errors.lock().unwrap());
        if status == StatusCode::SERVICE_UNAVAILABLE && tries < TRIES {
            tries += 1;
            sleep(PAUSE).await;
            continue;
        }
        assert!(
            status.as_u16() < 500 && logged.is_empty(),
            "FUZZ_SEED={seed}, request {number}: {status} for {asked}\n{}\n{}",
            String::from_utf8_lossy(&body),
            String::from_utf8_lossy(&logged),
        );
        (number, tries) = (number + 1, 0);
    }
}

#[tokio::test]
async fn damaged_requests_cause_no_server_error() {
    let (errors, _guard) = errors_of_this_thread();
    let app = TestApp::start().await;
    let wire = Wire::to(app.site());
    let seed = seed();
    let (mut number, mut tries) = (0, 0);
    while number < RAW_REQUESTS {
        let bytes = some_bytes(&mut Dice::for_request(seed, number));
        let answer = wire.send(&bytes).await;
        let logged = std::mem::take(&mut *errors.lock().unwrap());
        let status = answer.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        if status == b"503" && tries < TRIES {
            tries += 1;
            sleep(PAUSE).await;
            continue;
        }
        assert!(
            !status.starts_with(b"5") && logged.is_empty(),
            "FUZZ_SEED={seed}, request {number}: {}\n{}\n{}",
            bytes.escape_ascii(),
            String::from_utf8_lossy(&answer),
            String::from_utf8_lossy(&logged),
        );
        (number, tries) = (number + 1, 0);
    }
}

fn seed() -> u64 {
    std::env::var("FUZZ_SEED").map_or(SEED, |seed| seed.parse().expect("FUZZ_SEED is a number"))
}

/// Captures what this thread logs at ERROR until the guard is dropped. The test's tasks all run on this thread.
fn errors_of_this_thread() -> (Arc<Mutex<Vec<u8>>>, DefaultGuard) {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::ERROR)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    tracing::error!("a test");
    assert!(!std::mem::take(&mut *lines.0.lock().unwrap()).is_empty(), "errors are heard");
    (lines.0, guard)
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

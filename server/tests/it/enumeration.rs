//! Neither responses nor response times reveal whether an address belongs to a member (OWASP ASVS 6.3.8).
//!
//! Known and unknown addresses alternate in random order, so other load on the machine affects both alike. The test
//! fails only on overwhelming evidence, and only if a second round confirms it.

use std::time::Instant;

use server::state::Genkan;
use statrs::stats_tests::{
    Alternative,
    mannwhitneyu::{MannWhitneyUMethod, mannwhitneyu},
};
use uuid::Uuid;

use crate::helpers::{Answer, Ask, Browser, PASSWORD, TestApp, answer_shape};

/// A form that takes an address.
struct Form {
    function: &'static str,
    /// The other fields
    fields: &'static [(&'static str, &'static str)],
    before: Before,
}

/// The browser's history.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    /// Has signed up with the address, so the site remembers it.
    SignedUp,
}

/// Every form that must not reveal it. The code is right once in a million.
const FORMS: &[Form] = &[
    Form { function: "login", fields: &[("password", "not the one")], before: Before::Nothing },
    Form {
        function: "signup",
        fields: &[("display_name", "Hana"), ("password", PASSWORD)],
        before: Before::Nothing,
    },
    Form { function: "request_password_reset", fields: &[], before: Before::Nothing },
    Form { function: "resend_confirmation", fields: &[], before: Before::Nothing },
    Form { function: "resend_confirmation", fields: &[], before: Before::SignedUp },
    Form { function: "confirm_email", fields: &[("code", "000000")], before: Before::Nothing },
    Form { function: "confirm_email", fields: &[("code", "000000")], before: Before::SignedUp },
];

/// The number of pairs of a known and an unknown address in a round: so many that a considerable difference is
/// overwhelming.
const PAIRS: usize = 100;
/// A hash cost that matters beside the rest of a response, so that a skipped hash shows.
const HASHES: [(&str, &str); 2] = [("HASH_MEMORY_KIB", "2048"), ("HASH_PASSES", "1")];
/// The level of significance: chance explains it in one of a million rounds.
const OVERWHELMING: f64 = 1e-6;
/// The size of the effect: how much more often than by chance one of the two takes longer …
const CONSIDERABLE: f64 = 0.2;
/// … and by which part of the time. Reading a row that is there takes some microseconds more, which shows on an idle
/// machine, and in production disappears beside a hash that takes ten times as long as these.
const NOTICEABLE: f64 = 0.1;

#[tokio::test]
async fn known_and_unknown_addresses_get_the_same_answer_in_the_same_time() {
    let app = TestApp::start_with(&HASHES).await;
    know_addresses(&app).await;
    let instance = app.instance_with(&HASHES).await;
    for form in FORMS {
        let first = measure(&instance, form).await;
        if first.is_overwhelming() {
            let second = measure(&instance, form).await;
            assert!(!second.is_overwhelming(), "{}: {first:?}, {second:?}", form.function);
        }
    }
}

#[test]
fn a_planted_timing_difference_is_detected() {
    let longer: Vec<f64> = noise(31).iter().map(|time| time + 0.5).collect();
    assert!(Difference::between(&longer, &noise(77)).is_overwhelming());
    assert!(Difference::between(&noise(31), &longer).is_overwhelming());
}

#[test]
fn equal_times_or_a_tiny_difference_are_not_reported() {
    let hardly_longer: Vec<f64> = noise(31).iter().map(|time| time + 0.01).collect();
    assert!(!Difference::between(&noise(31), &noise(77)).is_overwhelming());
    assert!(!Difference::between(&hardly_longer, &noise(77)).is_overwhelming());
}

/// The significance and the size of a difference between two samples.
#[derive(Debug)]
struct Difference {
    p: f64,
    /// The share of pairs in which the first is greater: a half without a difference
    share: f64,
    /// The difference of the medians, as a part of the greater one
    part: f64,
}

impl Difference {
    fn between(one: &[f64], other: &[f64]) -> Self {
        let method = MannWhitneyUMethod::AsymptoticInclContinuityCorrection;
        let (u, p) = mannwhitneyu(one, other, method, Alternative::TwoSided).unwrap();
        let (a, b) = (median(one), median(other));
        let part = (a - b).abs() / a.max(b);
        Self { p, share: u / (one.len() * other.len()) as f64, part }
    }

    fn is_overwhelming(&self) -> bool {
        self.p < OVERWHELMING && (self.share - 0.5).abs() > CONSIDERABLE && self.part > NOTICEABLE
    }
}

fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Creates as many members as a round has pairs, with addresses of equal length.
async fn know_addresses(app: &TestApp) {
    let (email, _) = app.member().await;
    app.sql(&format!(
        "insert into members (id, email, display_name, locale, password_hash)
         select gen_random_uuid(), 'known-' || n || '@example.com', display_name, locale, password_hash
         from members, generate_series(1000, {}) n
         where email = '{email}'",
        1000 + PAIRS
    ))
    .await;
}

/// Sends both kinds of address in random order, and compares the responses and their times.
async fn measure(instance: &Genkan, form: &Form) -> Difference {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for number in 1000..1000 + PAIRS {
        // A full outbox would refuse both kinds.
        if number % 50 == 0 {
            instance.resources.outbox.emptied().await;
        }
        let addresses =
            [format!("known-{number}@example.com"), format!("other-{number}@example.com")];
        let is_known_first = Uuid::new_v4().as_u128() & 1 == 0;
        let mut seen = [None, None];
        for which in if is_known_first { [0, 1] } else { [1, 0] } {
            let (answer, seconds) = ask(instance, form, &addresses[which]).await;
            [&mut known, &mut unknown][which].push(seconds);
            seen[which] = Some(all_but_chance(&answer, &addresses[which]));
        }
        assert_eq!(seen[0], seen[1], "{}", form.function);
    }
    Difference::between(&known, &unknown)
}

async fn ask(instance: &Genkan, form: &Form, email: &str) -> (Answer, f64) {
    let mut browser = Browser::new(instance.router());
    if let Before::SignedUp = form.before {
        browser.sign_up(email).await;
    }
    let fields = [&[("email", email)], form.fields].concat();
    let ask = Ask::call(&format!("/api/{}", form.function), &fields);
    let begun = Instant::now();
    let answer = browser.send(ask).await;
    (answer, begun.elapsed().as_secs_f64())
}

/// A response without its random values: cookies are reduced to their length.
fn all_but_chance(answer: &Answer, email: &str) -> impl PartialEq + std::fmt::Debug + use<> {
    let cookies: Vec<String> = answer
        .cookies
        .iter()
        .map(|cookie| {
            let length = cookie.value().len().to_string();
            let mut cookie = cookie.clone();
            cookie.set_value(length);
            cookie.to_string()
        })
        .collect();
    let id = answer.header("x-request-id").unwrap_or_default();
    (answer_shape(answer), cookies, answer.body.replace(email, "").replace(id, ""))
}

/// Shuffled times like those of a busy machine: between 1 and 2, with a long tail.
fn noise(step: usize) -> Vec<f64> {
    let place = |n| (n * step % 401) as f64 / 401.0;
    (1..=PAIRS).map(|n| 1.0 + place(n) + if n % 20 == 0 { 8.0 } else { 0.0 }).collect()
}

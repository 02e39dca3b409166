//! The cost of the parts of a request and of a refresh: the tokens, and each live-session store.

mod site;

use std::{sync::Arc, time::Duration};

use divan::{Bencher, black_box};
use domain::session::{
    Client, IssuedTokens,
    authenticate::{Intent, Presented, authenticate},
    ports::CheckMode,
    refresh::refresh,
    refresh_token::RefreshToken,
};
use server::state::Genkan;
use site::{SomeMember, Stores, some_email};
use time::OffsetDateTime;
use tokio::runtime::Runtime;

/// The values of `LIVE_SESSIONS`.
const STORES: [&str; 3] = ["redis", "postgres", "memory"];

fn main() {
    divan::main();
}

/// A browser signed in at an instance with this store.
struct SignedIn {
    runtime: Runtime,
    site: Genkan,
    tokens: IssuedTokens,
}

impl SignedIn {
    fn with(store: &str) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let (site, tokens) = runtime.block_on(async {
            let site = Stores::prepare().await.instance(store).await;
            let tokens = SomeMember::join(&site, &some_email()).await.sign_in(&site).await;
            (site, tokens)
        });
        Self { runtime, site, tokens }
    }

    fn presented(&self) -> Presented<'_> {
        Presented { access: Some(self.tokens.access.expose()), refresh: Some(&self.tokens.refresh) }
    }
}

#[divan::bench]
fn verify_a_remembered_access_token(bencher: Bencher) {
    let it = SignedIn::with("memory");
    let now = OffsetDateTime::now_utc();
    bencher.bench_local(|| {
        it.site.resources.session.access_tokens.verify(black_box(it.tokens.access.expose()), now)
    });
}

#[divan::bench]
fn refuse_a_forged_access_token(bencher: Bencher) {
    let it = SignedIn::with("memory");
    let now = OffsetDateTime::now_utc();
    let (signed, _) = it.tokens.access.expose().rsplit_once('.').expect("three parts");
    let forged = format!("{signed}.{}", "A".repeat(86));
    bencher.bench_local(|| it.site.resources.session.access_tokens.verify(black_box(&forged), now));
}

#[divan::bench]
fn verify_a_refresh_token(bencher: Bencher) {
    let it = SignedIn::with("memory");
    bencher.bench_local(|| {
        RefreshToken::verify(black_box(&it.tokens.refresh), &it.site.resources.keys)
    });
}

#[divan::bench(args = STORES)]
fn check_a_live_session(bencher: Bencher, store: &str) {
    let it = SignedIn::with(store);
    let look = CheckMode::Use { generation: 1 };
    bencher.bench_local(|| {
        it.runtime
            .block_on(it.site.resources.session.live.check(it.tokens.session_id, look))
            .expect("it answers")
    });
}

#[divan::bench(args = STORES)]
fn authenticate_a_request(bencher: Bencher, store: &str) {
    let it = SignedIn::with(store);
    let now = OffsetDateTime::now_utc();
    bencher.bench_local(|| {
        let asked = authenticate(&it.site.resources.session, it.presented(), Intent::Use, now);
        it.runtime.block_on(asked).expect("it is a member's")
    });
}

#[divan::bench(args = STORES)]
fn refresh_within_grace(bencher: Bencher, store: &str) {
    let it = SignedIn::with(store);
    let (client, now) = (Client::default(), OffsetDateTime::now_utc());
    bencher.bench_local(|| {
        let asked = refresh(&it.site.resources.session, &it.tokens.refresh, &client, now);
        it.runtime.block_on(asked).expect("it is renewed")
    });
}

#[divan::bench(args = STORES)]
fn refresh_and_rotate(bencher: Bencher, store: &str) {
    let mut it = SignedIn::with(store);
    // Every refresh rotates.
    Arc::make_mut(&mut it.site.resources).session.lifetimes.grace = Duration::ZERO;
    let (client, now) = (Client::default(), OffsetDateTime::now_utc());
    let mut newest = it.tokens.refresh.clone();
    bencher.bench_local(|| {
        let asked = refresh(&it.site.resources.session, &newest, &client, now);
        newest = it.runtime.block_on(asked).expect("it is rotated").refresh;
    });
}

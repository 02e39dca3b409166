use super::*;
use crate::session::Client;

fn cheap() -> HashCost {
    HashCost { memory_kib: 16, passes: 1, lanes: 1 }
}

fn somebody() -> Asker {
    Asker::stranger(&Client::default())
}

fn password(raw: &str) -> Password {
    Password::parse_typed(raw).unwrap()
}

#[test]
fn the_length_of_a_password_to_verify_is_that_of_its_shorter_form() {
    let composed = "が".repeat(PASSWORD_MAX);
    let decomposed: String = composed.nfd().collect();
    assert!(Password::parse_typed(&composed).is_ok());
    assert!(Password::parse_typed(&decomposed).is_ok());
    assert!(Password::parse_typed(&"ﷺ".repeat(PASSWORD_MAX)).is_ok());
    let long = Password::parse_typed(&"が".repeat(PASSWORD_MAX + 1));
    assert_eq!(long.unwrap_err(), FieldProblem::TooLong);
    assert_eq!(Password::parse_typed("").unwrap_err(), FieldProblem::Required);
}

#[tokio::test]
async fn only_the_right_password_verifies() {
    let hasher = PasswordHasher::new(cheap(), 2).unwrap();
    let hash = hasher.hash(&password("a tree by the gate"), &somebody()).await.unwrap();
    let verify =
        async |raw: &str| hasher.verify(&password(raw), Some(&hash), &somebody()).await.unwrap();
    assert_eq!(verify("a tree by the gate").await, Verified::Right { rehashed: None });
    assert_eq!(verify("a tree by the Gate").await, Verified::Wrong);
    assert_eq!(
        hasher.verify(&password("anything"), None, &somebody()).await.unwrap(),
        Verified::Wrong
    );
}

#[tokio::test]
async fn a_password_typed_in_another_normal_form_is_the_same() {
    let hasher = PasswordHasher::new(cheap(), 1).unwrap();
    let hash = hasher.hash(&password("がぎぐげごがぎぐげごがぎぐげご"), &somebody()).await.unwrap();
    let decomposed: String = "がぎぐげごがぎぐげごがぎぐげご".nfd().collect();
    let verified = hasher.verify(&password(&decomposed), Some(&hash), &somebody()).await.unwrap();
    assert_eq!(verified, Verified::Right { rehashed: None });
}

#[tokio::test]
async fn a_hash_of_another_cost_is_verified_and_renewed() {
    let old = PasswordHasher::new(cheap(), 1).unwrap();
    let new = PasswordHasher::new(HashCost { passes: 2, ..cheap() }, 1).unwrap();
    let hash = old.hash(&password("a tree by the gate"), &somebody()).await.unwrap();
    let verified =
        new.verify(&password("a tree by the gate"), Some(&hash), &somebody()).await.unwrap();
    let Verified::Right { rehashed: Some(rehashed) } = verified else {
        panic!("not rehashed: {verified:?}")
    };
    assert!(rehashed.expose().contains("t=2"));
    let again =
        new.verify(&password("a tree by the gate"), Some(&rehashed), &somebody()).await.unwrap();
    assert_eq!(again, Verified::Right { rehashed: None });
}

/// The number of memory blocks that a refusal fills.
async fn work_of_refusal(hasher: &PasswordHasher, stored: Option<&PasswordHash>) -> u64 {
    let filled = || hasher.workspaces.lock().unwrap().iter().map(|it| it.filled).sum::<u64>();
    let before = filled();
    let verified = hasher.verify(&password("another tree"), stored, &somebody()).await.unwrap();
    assert_eq!(verified, Verified::Wrong);
    filled() - before
}

#[tokio::test]
async fn a_refusal_costs_the_same_whatever_the_cost_of_the_stored_hash() {
    for (old, today) in [
        (cheap(), HashCost { passes: 6, ..cheap() }),
        (cheap(), HashCost { memory_kib: 64, ..cheap() }),
        (HashCost { passes: 3, ..cheap() }, HashCost { memory_kib: 64, ..cheap() }),
        (HashCost { memory_kib: 64, ..cheap() }, HashCost { passes: 6, ..cheap() }),
        (HashCost { memory_kib: 64, passes: 3, lanes: 1 }, cheap()),
    ] {
        let stored = PasswordHasher::new(old, 1).unwrap();
        let stored = stored.hash(&password("a tree by the gate"), &somebody()).await.unwrap();
        let hasher = PasswordHasher::new(today, 1).unwrap();
        let known = work_of_refusal(&hasher, Some(&stored)).await;
        assert_eq!(work_of_refusal(&hasher, None).await, known, "{old:?} {today:?}");
        let today = hasher.hash(&password("a tree by the gate"), &somebody()).await.unwrap();
        assert_eq!(work_of_refusal(&hasher, Some(&today)).await, known, "{old:?} {today:?}");
    }
}

#[tokio::test]
async fn the_recommended_cost_is_written_into_the_hash() {
    let hasher = PasswordHasher::new(HashCost::default(), 1).unwrap();
    let hash = hasher.hash(&password("a tree by the gate"), &somebody()).await.unwrap();
    assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.expose());
}

#[tokio::test]
async fn hashers_reuse_their_memory() {
    let hasher = PasswordHasher::new(cheap(), 2).unwrap();
    for _ in 0..5 {
        hasher.hash(&password("x"), &somebody()).await.unwrap();
    }
    assert_eq!(hasher.workspaces.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn memory_unused_for_a_round_is_freed() {
    let hasher = PasswordHasher::new(cheap(), 2).unwrap();
    let workspaces = || hasher.workspaces.lock().unwrap().len();
    hasher.hash(&password("x"), &somebody()).await.unwrap();
    hasher.release_idle();
    assert_eq!(workspaces(), 1);
    hasher.hash(&password("x"), &somebody()).await.unwrap();
    hasher.release_idle();
    assert_eq!(workspaces(), 1);
    hasher.release_idle();
    assert_eq!(workspaces(), 0);
}

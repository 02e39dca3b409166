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
fn a_new_password_is_counted_in_characters() {
    assert!(Password::parse_new(&"花".repeat(15), 15, None).is_ok());
    let short = Password::parse_new(&"花".repeat(14), 15, None);
    assert_eq!(short.unwrap_err(), FieldProblem::TooShort);
    let long = Password::parse_new(&"a".repeat(PASSWORD_MAX + 1), 15, None);
    assert_eq!(long.unwrap_err(), FieldProblem::TooLong);
    assert_eq!(Password::parse_new("", 15, None).unwrap_err(), FieldProblem::Required);
}

#[test]
fn a_password_that_is_the_address_is_refused() {
    let email = Email::parse("hana.sato.tokyo@example.com").unwrap();
    for raw in ["Hana.Sato.Tokyo@example.com", "hana.sato.tokyo1"] {
        let refused = Password::parse_new(raw, 15, Some(&email));
        assert_eq!(refused.unwrap_err(), FieldProblem::SameAsEmail, "{raw}");
    }
    assert!(Password::parse_new("a tree by the old gate", 15, Some(&email)).is_ok());
}

#[tokio::test]
async fn the_right_password_is_right_and_every_other_is_wrong() {
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
async fn a_hash_of_another_cost_is_verified_and_made_anew() {
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

#[tokio::test]
async fn the_recommended_cost_is_written_into_the_hash() {
    let hasher = PasswordHasher::new(HashCost::default(), 1).unwrap();
    let hash = hasher.hash(&password("a tree by the gate"), &somebody()).await.unwrap();
    assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.expose());
}

#[tokio::test]
async fn hashers_use_their_memory_again() {
    let hasher = PasswordHasher::new(cheap(), 2).unwrap();
    for _ in 0..5 {
        hasher.hash(&password("x"), &somebody()).await.unwrap();
    }
    assert_eq!(hasher.memory.lock().unwrap().len(), 1);
}

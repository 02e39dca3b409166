//! The tokens of `jwe` are standard: another implementation opens them.

use std::{
    env,
    io::Write,
    process::{Command, Stdio},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use lab::{
    approaches::{Approach, ENCRYPTION, SIGNATURE},
    site::SharedKey,
};
use serde_json::{Value, json};

use crate::instance::{Instance, KEY};

#[tokio::test]
async fn another_implementation_of_jose_opens_the_encrypted_token_and_verifies_the_signed_one() {
    let instance = Instance::of(Approach::Jwe).await;
    let member = instance.member("admin").await;
    let browser = instance.signed_in(&member).await;
    let token = browser.cookies.values().next().unwrap();

    let key = SharedKey::parse(KEY).unwrap();
    let read = read_elsewhere(&json!({
        "token": token,
        "encryption": BASE64_URL_SAFE_NO_PAD.encode(key.derive(ENCRYPTION).as_slice()),
        "signature": BASE64_URL_SAFE_NO_PAD.encode(key.derive(SIGNATURE).as_slice()),
    }));

    assert_eq!(read["sealed"], json!({ "alg": "dir", "enc": "A256GCM", "cty": "JWT" }));
    assert_eq!(read["signed"]["alg"], "HS256");
    assert_eq!(read["claims"]["name"], member.as_str());
    assert_eq!(read["claims"]["role"], "admin");
}

fn read_elsewhere(given: &Value) -> Value {
    let python = env::var("JOSE_PYTHON").expect("`cargo xtask test unit` sets it");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/approaches/jwe_reader.py");
    let mut process = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

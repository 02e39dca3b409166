//! Every accepted code is six ASCII digits.
#![no_main]

use domain::account::confirmation::Code;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &str| {
    if let Some(code) = Code::parse(raw) {
        let digits = code.expose();
        assert!(digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(Code::parse(digits).is_some_and(|it| it.expose() == digits));
    }
});

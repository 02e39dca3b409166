//! Browsers that accounts know: each has an id, and a mark for each account that has signed in there. An attacker who
//! guesses passwords has no mark, so such guesses and a member's log-ins from a known browser are limited separately. A
//! mark grants nothing and names nobody.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{
    account::member::MemberId,
    session::keys::{Key, KeyRing, Purpose},
};

/// Marks browsers that an account knows.
const DEVICE: Purpose = Purpose::new("genkan device hmac-sha256 v1");
/// The most accounts that know one browser. Beyond these, the one that signed in longest ago is forgotten.
const MARKS_MAX: usize = 4;
const BYTES: usize = 16;

/// A browser known to at least one account.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
#[debug("Device(redacted)")]
pub struct Device {
    id: [u8; BYTES],
    /// The most recent sign-in first
    marks: Vec<[u8; BYTES]>,
}

impl Device {
    /// Reads what [`Device`] displays. Marks are verified by [`Device::knows`] only.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(decode);
        let id = parts.next()??;
        let marks: Vec<_> = parts.take(MARKS_MAX + 1).collect::<Option<_>>()?;
        (1..=MARKS_MAX).contains(&marks.len()).then_some(Self { id, marks })
    }

    /// The browser after a sign-in of this member: the known one, or a new one.
    #[must_use]
    pub fn after_sign_in(known: Option<Self>, keys: &KeyRing, member: MemberId) -> Self {
        let Self { id, mut marks } = known.unwrap_or_else(Self::without_marks);
        marks.retain(|mark| !is_of(mark, keys, &id, member));
        let whole = mac(keys.signing(), &id, member).finalize().into_bytes();
        let mut newest = [0; BYTES];
        newest.copy_from_slice(&whole[..BYTES]);
        marks.insert(0, newest);
        marks.truncate(MARKS_MAX);
        Self { id, marks }
    }

    /// Returns whether this member has signed in here.
    #[must_use]
    pub fn knows(&self, keys: &KeyRing, member: MemberId) -> bool {
        self.marks.iter().any(|mark| is_of(mark, keys, &self.id, member))
    }

    /// The id as text, for the subject of a limit.
    pub(crate) fn id(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.id)
    }

    fn without_marks() -> Self {
        let mut id = [0; BYTES];
        getrandom::fill(&mut id).expect("the operating system provides randomness");
        Self { id, marks: Vec::new() }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id())?;
        self.marks.iter().try_for_each(|mark| write!(f, ".{}", BASE64_URL_SAFE_NO_PAD.encode(mark)))
    }
}

fn decode(part: &str) -> Option<[u8; BYTES]> {
    BASE64_URL_SAFE_NO_PAD.decode(part).ok()?.try_into().ok()
}

/// Returns whether a mark is this member's, by any key of the ring, so that a key rotation forgets no browser.
fn is_of(mark: &[u8; BYTES], keys: &KeyRing, id: &[u8; BYTES], member: MemberId) -> bool {
    keys.iter().any(|key| mac(key, id, member).verify_truncated_left(mark).is_ok())
}

fn mac(key: &Key, id: &[u8; BYTES], member: MemberId) -> Hmac<Sha256> {
    let mut mac = key.mac(DEVICE);
    mac.update(id);
    mac.update(member.0.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{key_ring, other_key_ring};

    fn read_back(device: &Device) -> Device {
        let text = device.to_string();
        assert!(text.len() < 128, "{text}");
        Device::read(&text).unwrap()
    }

    #[test]
    fn a_browser_is_known_only_to_the_members_who_signed_in_there() {
        let (hana, ken) = (MemberId::random(), MemberId::random());
        let device = read_back(&Device::after_sign_in(None, &key_ring(), hana));
        assert!(device.knows(&key_ring(), hana));
        assert!(!device.knows(&key_ring(), ken));
        assert!(!device.knows(&other_key_ring(), hana));

        let other = Device::after_sign_in(None, &key_ring(), ken);
        let stolen = Device { id: other.id, marks: device.marks };
        assert!(!stolen.knows(&key_ring(), hana), "a mark is good for its browser alone");
    }

    #[test]
    fn members_who_share_a_browser_are_all_known_until_there_are_too_many() {
        let members: Vec<_> = (0..=MARKS_MAX).map(|_| MemberId::random()).collect();
        let mut device = None;
        for member in &members {
            for _ in 0..2 {
                device = Some(Device::after_sign_in(device, &key_ring(), *member));
            }
        }
        let device = read_back(&device.unwrap());
        assert!(!device.knows(&key_ring(), members[0]));
        assert!(members[1..].iter().all(|member| device.knows(&key_ring(), *member)));
    }

    #[test]
    fn arbitrary_text_is_not_a_device() {
        let whole = Device::after_sign_in(None, &key_ring(), MemberId::random()).to_string();
        let (id, mark) = whole.split_once('.').unwrap();
        let crowd = format!("{id}{}", format!(".{mark}").repeat(MARKS_MAX + 1));
        for text in ["", ".", id, mark, &format!("{id}."), &format!("{id}.é"), &crowd] {
            assert!(Device::read(text).is_none(), "{text}");
        }
    }
}

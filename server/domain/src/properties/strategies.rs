//! Generators of input: any text, characters that are hard to parse, and nearly valid values.

use proptest::{prelude::*, sample::Index};

/// Characters that are invisible, change shape or direction, or mean something to a mail server or a terminal.
const AWKWARD: &str = concat!(
    " \t\r\n\0\u{1b}\u{7f}\u{85}\u{a0}\u{ad}\u{300}\u{61c}\u{1100}\u{115f}\u{200b}\u{200d}\u{200e}",
    "\u{2028}\u{202e}\u{2069}\u{3000}\u{3164}\u{fdfa}\u{fe0f}\u{feff}\u{ff0d}\u{ff11}\u{ff20}\u{ff41}",
    "\u{e0001}\u{1f469}aZßİ花05@.-_+\"<>()[],;:\\%&",
);

fn awkward() -> impl Strategy<Value = char> {
    prop::sample::select(AWKWARD.chars().collect::<Vec<_>>())
}

/// Any text that a client may send.
pub(super) fn text() -> impl Strategy<Value = String> {
    let awkward = prop::collection::vec(awkward(), 0..80);
    prop_oneof![any::<String>(), awkward.prop_map(String::from_iter)]
}

/// `right`, unchanged or with awkward characters inserted.
pub(super) fn nearly(right: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let noise = prop::collection::vec((any::<Index>(), awkward()), 0..4);
    (right, noise).prop_map(|(right, noise)| {
        let mut chars: Vec<char> = right.chars().collect();
        for (place, c) in noise {
            chars.insert(place.index(chars.len() + 1), c);
        }
        chars.into_iter().collect()
    })
}

/// A change to an ASCII text.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    Replace(Index, char),
    Insert(Index, char),
    Remove(Index),
    Swap(Index, Index),
    CutAt(Index),
    Repeat(Index),
    ChangeCase(Index),
}

/// One to four changes.
pub(super) fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let place = any::<Index>;
    let c = || prop_oneof![awkward(), prop::char::range('!', '~'), Just('='), Just('.')];
    let edit = prop_oneof![
        (place(), c()).prop_map(|(place, c)| Edit::Replace(place, c)),
        (place(), c()).prop_map(|(place, c)| Edit::Insert(place, c)),
        place().prop_map(Edit::Remove),
        (place(), place()).prop_map(|(one, other)| Edit::Swap(one, other)),
        place().prop_map(Edit::CutAt),
        place().prop_map(Edit::Repeat),
        place().prop_map(Edit::ChangeCase),
    ];
    prop::collection::vec(edit, 1..=4)
}

/// `text` with these changes.
pub(super) fn edited(text: &str, edits: &[Edit]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for edit in edits {
        if chars.is_empty() {
            break;
        }
        let end = chars.len();
        match edit {
            Edit::Replace(place, c) => chars[place.index(end)] = *c,
            Edit::Insert(place, c) => chars.insert(place.index(end + 1), *c),
            Edit::Remove(place) => _ = chars.remove(place.index(end)),
            Edit::Swap(one, other) => chars.swap(one.index(end), other.index(end)),
            Edit::CutAt(place) => chars.truncate(place.index(end)),
            Edit::Repeat(place) => chars.extend_from_within(place.index(end)..),
            Edit::ChangeCase(place) => {
                let c = &mut chars[place.index(end)];
                *c = if c.is_ascii_lowercase() {
                    c.to_ascii_uppercase()
                } else {
                    c.to_ascii_lowercase()
                };
            }
        }
    }
    chars.into_iter().collect()
}

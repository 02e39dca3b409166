//! A member's account as the member knows it: what the site may show to them.

use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use contract::attributes;
use hyper::Method;

use crate::exchange::{Answer, Ask};

/// A request whose answer was lost may be carried out until then: the site's own timeout, and some.
const CARRIED_OUT_WITHIN: Duration = Duration::from_secs(30);

/// A member's account. Its address begins with a word that all members share, and a number: `drill-017@…`. Its display
/// name is that and the number of the change, so no page that shows another member can be mistaken.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) email: String,
    pub(crate) password: String,
    /// `drill-`
    word: String,
    /// `017`
    number: String,
    /// Known after the first page
    id: OnceLock<String>,
    saved: Mutex<Saved>,
}

/// The display names that the site may show, by the number of the change.
#[derive(Debug, Default)]
struct Saved {
    last: u32,
    /// `None` until one was answered as saved
    answered: Option<u32>,
    /// Without an answer: saved or not
    doubtful: Vec<(u32, Instant)>,
}

impl Account {
    /// # Errors
    /// The address has no number.
    pub(crate) fn new(email: &str, password: &str) -> Result<Self> {
        let end = email.find('@').context("a member's address has no @")?;
        let start = email.find(|it: char| it.is_ascii_digit()).filter(|start| *start < end);
        let start = start.context("a member's address has no number")?;
        Ok(Self {
            email: email.to_owned(),
            password: password.to_owned(),
            word: email[..start].to_owned(),
            number: email[start..end].to_owned(),
            id: OnceLock::new(),
            saved: Mutex::default(),
        })
    }

    /// A display name that was never used, to be saved. In doubt until [`Self::name_saved`].
    pub(crate) fn next_name(&self) -> (u32, String) {
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        saved.last += 1;
        let change = saved.last;
        saved.doubtful.push((change, Instant::now()));
        (change, format!("{}{} r{change}", self.word, self.number))
    }

    /// The change was answered as saved.
    pub(crate) fn name_saved(&self, change: u32) {
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        saved.answered = Some(change);
        // One that is still under way may be carried out after this one.
        saved.doubtful.retain(|(it, at)| *it != change && at.elapsed() < CARRIED_OUT_WITHIN);
    }

    /// Returns whether the answer shows somebody else's data. The first page with a member's id tells this one's.
    pub(crate) fn is_contradicted_by(&self, answer: &Answer) -> bool {
        let shown = answer.attribute(attributes::MEMBER_ID).map(str::to_owned);
        let shown = shown.or_else(|| answer.json()["member"]["id"].as_str().map(str::to_owned));
        if shown.is_some_and(|id| *self.id.get_or_init(|| id.clone()) != id) {
            return true;
        }
        self.mentions(&answer.body).any(|(number, _)| number != self.number)
    }

    /// Returns whether every display name in the answer is one that was saved last, and the pages with one show it.
    pub(crate) fn is_shown_as_saved(&self, ask: &Ask, answer: &Answer) -> bool {
        let saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(answered) = saved.answered else { return true };
        let changes = self.mentions(&answer.body).filter_map(|(_, rest)| {
            let rest = rest.strip_prefix(" r")?;
            rest[..digits(rest)].parse().ok()
        });
        let changes: Vec<u32> = changes.collect();
        let is_expected = ask.method == Method::GET && ["/", "/profile"].contains(&&*ask.path);
        let may_be = |it| it == answered || saved.doubtful.iter().any(|(change, _)| *change == it);
        changes.iter().all(|change| may_be(*change)) && !(is_expected && changes.is_empty())
    }

    /// Every place in a text that names a member: the number, and the text after it.
    fn mentions<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        text.match_indices(&self.word).filter_map(|(start, word)| {
            let rest = &text[start + word.len()..];
            let end = digits(rest);
            (end > 0).then(|| rest.split_at(end))
        })
    }
}

/// The length of the number at the start of a text.
fn digits(text: &str) -> usize {
    text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len())
}

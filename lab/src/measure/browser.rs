//! A browser: its cookies, or the token that a page's script keeps, and what it sends.

use std::{collections::BTreeMap, fmt::Write};

use anyhow::{Context, Result, ensure};
use cookie::Cookie;
use serde_json::Value;

use super::door::Door;

/// A browser of one member.
#[derive(Clone, Default)]
pub struct Browser {
    cookies: BTreeMap<String, String>,
    /// Sent as `Authorization: Bearer`
    token: Option<String>,
}

/// A response.
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Browser {
    /// A browser of this member, signed in through this door.
    ///
    /// # Errors
    /// The site does not sign the member in.
    pub async fn log_in(member: &str, door: &mut Door) -> Result<Self> {
        let mut browser = Self::default();
        let answer = browser.post(door, "/login", &format!("member={member}")).await?;
        ensure!([200, 204].contains(&answer.status), "a log-in returned {}", answer.status);
        Ok(browser)
    }

    /// The same with a counter of 1. Where the counter is kept apart from the log-in, only the first change makes its
    /// record, and without it a page would not ask for one.
    ///
    /// # Errors
    /// The site does not sign the member in, or does not count.
    pub async fn sign_in(member: &str, door: &mut Door) -> Result<Self> {
        let mut browser = Self::log_in(member, door).await?;
        let count = browser.post(door, "/count", "").await?.count()?;
        ensure!(count == 1, "the first change returned {count}");
        Ok(browser)
    }

    pub async fn get(&mut self, door: &mut Door, path: &str) -> Result<Answer> {
        self.ask(door, &self.request("GET", path, "")).await
    }

    pub async fn post(&mut self, door: &mut Door, path: &str, form: &str) -> Result<Answer> {
        self.ask(door, &self.request("POST", path, form)).await
    }

    /// The page, after a refresh if the first response says 401. Other failures are returned as they are.
    pub async fn page(&mut self, door: &mut Door) -> Result<Answer> {
        let first = self.get(door, "/page").await?;
        if first.status != 401 {
            return Ok(first);
        }
        let refreshed = self.post(door, "/refresh", "").await?;
        match refreshed.status {
            200 | 204 => self.get(door, "/page").await,
            503 => Ok(refreshed),
            _ => Ok(first),
        }
    }

    /// The request as it is sent.
    pub fn request(&self, method: &str, path: &str, form: &str) -> Vec<u8> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
        if method == "POST" {
            head += "content-type: application/x-www-form-urlencoded\r\n";
            let _ = write!(head, "content-length: {}\r\n", form.len());
        }
        if !self.cookies.is_empty() {
            let _ = write!(head, "cookie: {}\r\n", self.pairs().join("; "));
        }
        if let Some(token) = &self.token {
            let _ = write!(head, "authorization: Bearer {token}\r\n");
        }
        (head + "\r\n" + form).into_bytes()
    }

    /// The length of all names and values of cookies, or of the token.
    pub fn credential_bytes(&self) -> usize {
        let cookies: usize =
            self.cookies.iter().map(|(name, value)| name.len() + value.len()).sum();
        cookies + self.token.as_ref().map_or(0, String::len)
    }

    /// The same with every credential altered, as by somebody who does not know the key or the session's id.
    #[must_use]
    pub fn forged(&self) -> Self {
        let cookies = self.cookies.iter().map(|(name, value)| (name.clone(), altered(value)));
        Self { cookies: cookies.collect(), token: self.token.as_deref().map(altered) }
    }

    fn pairs(&self) -> Vec<String> {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    async fn ask(&mut self, door: &mut Door, request: &[u8]) -> Result<Answer> {
        let response = door.ask(request).await?;
        let (head, body) =
            (response.head().to_owned(), String::from_utf8(response.body().to_vec()));
        let status = response.status();
        let body = body.context("the body is no text")?;
        self.keep(&head, &body)?;
        Ok(Answer { status, body })
    }

    /// Keeps what the response sets.
    fn keep(&mut self, head: &str, body: &str) -> Result<()> {
        for line in head.lines() {
            let Some(set) = line.strip_prefix("set-cookie: ") else { continue };
            let cookie = Cookie::parse(set).context("not a cookie")?;
            if cookie.max_age().is_some_and(|age| age.is_zero()) {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        if let Some(token) = fields(body).as_ref().and_then(|fields| fields["token"].as_str()) {
            self.token = Some(token.to_owned());
        }
        Ok(())
    }
}

impl Answer {
    /// The new counter, which is the whole body, or comes with a new token.
    pub fn count(&self) -> Result<u64> {
        let count = match fields(&self.body) {
            Some(fields) => fields["count"].as_u64(),
            None => self.body.trim().parse().ok(),
        };
        count.with_context(|| format!("{} is no counter ({})", self.body, self.status))
    }

    /// Returns whether it is a member's page with this counter.
    pub fn shows_count(&self, count: u64) -> bool {
        self.status == 200 && self.body.contains(&format!("<p id=count>{count}</p>"))
    }

    /// Returns whether it is the page of a member with this role.
    pub fn shows_role(&self, role: &str) -> bool {
        self.status == 200 && self.body.contains(&format!("<p id=role>{role}</p>"))
    }
}

/// The fields of a JSON object.
fn fields(body: &str) -> Option<Value> {
    serde_json::from_str::<Value>(body).ok().filter(Value::is_object)
}

/// Letters and digits near the end are replaced: there a token has its signature. A malformed value would not be looked
/// up, so hexadecimal digits stay hexadecimal, and the very last one stays, since in base64 not every letter may end a
/// value.
fn altered(value: &str) -> String {
    let end = value.len().saturating_sub(1);
    let places = end - (end / 4).min(12)..end;
    let other = |(place, letter): (usize, char)| match letter {
        _ if !places.contains(&place) => letter,
        'f' | 'F' => char::from(letter as u8 - 1),
        'a'..='y' | 'A'..='Y' | '0'..='8' => char::from(letter as u8 + 1),
        'z' | 'Z' | '9' => '0',
        _ => letter,
    };
    value.char_indices().map(other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_kept_and_sent_until_they_are_removed() -> Result<()> {
        let mut browser = Browser::default();
        browser.keep("HTTP/1.1 204 No Content\r\nset-cookie: id=abc; HttpOnly\r\n", "")?;
        let sent = String::from_utf8(browser.request("GET", "/page", ""))?;
        assert!(sent.contains("\r\ncookie: id=abc\r\n"), "{sent}");
        assert_eq!(browser.credential_bytes(), "idabc".len());
        browser.keep("HTTP/1.1 204 No Content\r\nset-cookie: id=; Max-Age=0\r\n", "")?;
        assert_eq!(browser.credential_bytes(), 0);
        Ok(())
    }

    #[test]
    fn a_token_is_sent_as_a_bearer() -> Result<()> {
        let mut browser = Browser::default();
        browser.keep("", r#"{"token":"a.b.c","count":3}"#)?;
        let sent = String::from_utf8(browser.request("GET", "/page", ""))?;
        assert!(sent.contains("\r\nauthorization: Bearer a.b.c\r\n"), "{sent}");
        Ok(())
    }

    #[test]
    fn a_forged_credential_is_as_long_and_another() {
        for value in ["eyJh.eyJz.c2lnbmF0dXJl", "AbCd1289", "0190-zzzz"] {
            let forged = altered(value);
            assert_ne!(forged, value);
            assert_eq!((forged.len(), forged.chars().last()), (value.len(), value.chars().last()));
        }
    }

    #[test]
    fn a_forged_uuid_is_still_one() {
        let forged = altered("00f0cfff-0123-4abc-8fff-ffffffffffff");
        assert!(forged.chars().all(|it| it == '-' || it.is_ascii_hexdigit()), "{forged}");
    }
}

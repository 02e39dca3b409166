//! A response of the site, with assertions.

use axum::{body::to_bytes, http::HeaderMap, response::Response};
use serde_json::Value;
use tower_sessions::cookie::{Cookie, SameSite, time::Duration};

use super::{ACCESS, REFRESH};

/// A complete response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// The cookies of `Set-Cookie`, in order
    pub(crate) cookies: Vec<Cookie<'static>>,
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let set = head.headers.get_all("set-cookie").iter();
        let cookies =
            set.map(|value| Cookie::parse(value.to_str().unwrap().to_owned()).unwrap()).collect();
        Self {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
            cookies,
        }
    }

    /// The value of a header, which may occur only once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let values: Vec<_> = self.headers.get_all(name).iter().collect();
        assert!(values.len() < 2, "{name} is there {} times", values.len());
        values.first().map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    /// The names of the cookies that are set or removed, sorted.
    pub(crate) fn cookie_names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.cookies.iter().map(Cookie::name).collect();
        names.sort_unstable();
        names
    }

    pub(crate) fn cookie(&self, name: &str) -> &Cookie<'static> {
        let found: Vec<_> = self.cookies.iter().filter(|cookie| cookie.name() == name).collect();
        assert_eq!(found.len(), 1, "{name} among {:?}", self.cookie_names());
        found[0]
    }

    /// Asserts that both cookies of a session are set with their attributes.
    pub(crate) fn assert_signs_in(&self, max_age: Option<Duration>) {
        for (name, same_site) in [(ACCESS, SameSite::Lax), (REFRESH, SameSite::Strict)] {
            let cookie = self.cookie(name);
            assert!(!cookie.value().is_empty(), "{cookie}");
            assert_attributes(cookie, same_site);
            assert_eq!(cookie.max_age(), max_age, "{cookie}");
            assert_eq!(cookie.expires(), None, "{cookie}");
        }
    }

    /// Asserts that both cookies of a session are removed.
    pub(crate) fn assert_signs_out(&self) {
        for (name, same_site) in [(ACCESS, SameSite::Lax), (REFRESH, SameSite::Strict)] {
            let cookie = self.cookie(name);
            assert_eq!((cookie.value(), cookie.max_age()), ("", Some(Duration::ZERO)), "{cookie}");
            assert_attributes(cookie, same_site);
        }
    }

    /// Asserts that no cookie is set or removed.
    pub(crate) fn assert_leaves_cookies(&self) {
        assert!(self.cookies.is_empty(), "{:?}", self.cookies);
    }

    /// Asserts a 303 with an empty body and `no-store`.
    pub(crate) fn assert_goes_to(&self, path: &str) {
        assert_eq!((self.status, self.header("location")), (303, Some(path)), "{}", self.body);
        assert_eq!((self.header("cache-control"), self.body.as_str()), (Some("no-store"), ""));
    }

    /// Asserts problem details (RFC 9457) with `no-store`.
    pub(crate) fn assert_problem(&self, status: u16, reason: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        let problem = self.json();
        assert_eq!((&problem["status"], &problem["reason"]), (&status.into(), &reason.into()));
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
        let retry = self.header("retry-after").and_then(|seconds| seconds.parse::<u32>().ok());
        assert_eq!(retry.is_some(), [429, 503].contains(&status), "{:?}", self.headers);
    }

    /// Asserts a 422 with exactly these fields and problems.
    pub(crate) fn assert_invalid(&self, fields: &[(&str, &str)]) {
        self.assert_problem(422, "invalid_fields");
        let expected: serde_json::Map<_, _> =
            fields.iter().map(|(field, code)| ((*field).to_owned(), Value::from(*code))).collect();
        assert_eq!(self.json()["errors"], Value::from(expected));
    }

    /// Asserts a complete page with `no-store` and `no-transform`.
    pub(crate) fn assert_page(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.body);
        let content_type = self.header("content-type").unwrap();
        assert!(content_type.starts_with("text/html"), "{content_type}");
        assert_eq!(self.header("cache-control"), Some("no-store, no-transform"));
        assert!(self.body.starts_with("<!DOCTYPE html>"), "{}", self.body);
        assert_eq!(self.body.matches("</html>").count(), 1, "{}", self.body);
        let has_retry = self.header("retry-after").is_some();
        assert_eq!(has_retry, [429, 503].contains(&status), "{:?}", self.headers);
    }

    /// Asserts that the page's HTML contains this part.
    pub(crate) fn assert_holds(&self, part: &str) {
        assert!(self.body.contains(part), "{part} is not in {}", self.body);
    }

    /// Asserts that the HTML, including scripts and attributes, does not contain this part.
    pub(crate) fn assert_lacks(&self, part: &str) {
        assert!(!self.body.contains(part), "{part} is in {}", self.body);
    }

    /// Asserts that the first element that wants the focus when the page loads holds these words.
    pub(crate) fn assert_focuses(&self, words: &str) {
        let focused = self.body.split_once(" autofocus").and_then(|(_, rest)| rest.split_once('>'));
        let (_, content) = focused.expect("an element wants the focus");
        assert!(content.starts_with(words), "{words} is not at the beginning of {content}");
    }

    /// Asserts that the problem is shown beside its field, which is marked as invalid and wants the focus.
    pub(crate) fn assert_field_problem(&self, field: &str, words: &str) {
        let problem = self.element(&format!(r#"id="{field}-problem""#));
        self.assert_holds(&format!("{problem}{words}"));
        let control = self.element(&format!(r#"id="{field}""#));
        assert!(control.contains(r#"aria-invalid="true""#), "{control}");
        assert!(control.contains(" autofocus"), "{control}");
        assert!(control.contains(&format!("{field}-problem")), "{control}");
    }

    /// Asserts that no form on the page shows a problem.
    pub(crate) fn assert_no_problem(&self) {
        for place in ["role=\"alert\"", "class=\"problem\""] {
            for (start, _) in self.body.match_indices(place) {
                let tag = &self.body[self.body[..start].rfind('<').unwrap()..];
                let tag = &tag[..tag.find('>').unwrap()];
                assert!(tag.contains(" hidden"), "{tag}");
            }
        }
    }

    /// Asserts that the page is in the language with this tag.
    pub(crate) fn assert_language(&self, tag: &str) {
        let html = self.element("<html ");
        assert!(html.contains(&format!("lang=\"{tag}\"")), "{html}");
    }

    /// The start tag that has this attribute.
    pub(crate) fn element(&self, attribute: &str) -> &str {
        let place = self.body.find(attribute).unwrap_or_else(|| panic!("no {attribute}"));
        let start = self.body[..=place].rfind('<').unwrap();
        let end = self.body[place..].find('>').unwrap();
        &self.body[start..=place + end]
    }
}

/// Asserts the attributes that all of our cookies share.
pub(crate) fn assert_attributes(cookie: &Cookie<'_>, same_site: SameSite) {
    assert_eq!(cookie.secure(), Some(true), "{cookie}");
    assert_eq!(cookie.http_only(), Some(true), "{cookie}");
    assert_eq!(cookie.path(), Some("/"), "{cookie}");
    assert_eq!(cookie.same_site(), Some(same_site), "{cookie}");
    assert_eq!(cookie.domain(), None, "{cookie}");
}

/// The observable shape of a response besides its body: the status, and every header whose value is the same each time.
pub(crate) fn answer_shape(answer: &Answer) -> (u16, Vec<(String, String)>) {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| {
            !["x-request-id", "set-cookie", "content-security-policy", "content-length"]
                .contains(&name.as_str())
        })
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers
        .extend(answer.cookie_names().iter().map(|name| ("cookie".to_owned(), (*name).to_owned())));
    headers.sort();
    (answer.status, headers)
}

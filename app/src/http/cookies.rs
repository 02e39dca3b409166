//! **The only file that names a cookie.** Browsers accept the `__Host-` prefix only with `Secure`, `Path=/` and no
//! `Domain` (RFC 6265bis §4.1.3.2), and `__Host-Http-` only from a response, not from a script. `http://localhost`
//! counts as secure.

use axum::http::{HeaderMap, HeaderValue, header};
use contract::Language;
use cookie::{Cookie, SameSite, time::Duration};
use domain::{
    credentials::device::Device,
    session::{IssuedTokens, Persistence, authenticate::Presented},
};

use super::{
    answers::{discard_prefetched, forbid_storing},
    request::ServerRequest,
};

const ACCESS: &str = "__Host-Http-access";
const REFRESH: &str = "__Host-Http-refresh";
const VISITOR: &str = "__Host-Http-visitor";
const LOCALE: &str = "__Host-Http-locale";
const DEVICE: &str = "__Host-Http-device";

const LOCALE_LIFETIME: Duration = Duration::days(365);
const DEVICE_LIFETIME: Duration = Duration::days(365);

/// The tokens that came with a request.
#[derive(Clone, Default)]
pub struct RequestTokens {
    access: Option<String>,
    refresh: Option<String>,
}

impl RequestTokens {
    /// Reads them from the request's cookies.
    #[must_use]
    pub fn read(headers: &HeaderMap) -> Self {
        Self { access: token(headers, ACCESS), refresh: token(headers, REFRESH) }
    }

    /// The tokens that an inline refresh has just issued instead.
    #[must_use]
    pub fn issued(tokens: &IssuedTokens) -> Self {
        Self {
            access: Some(tokens.access.expose().to_owned()),
            refresh: Some(tokens.refresh.to_string()),
        }
    }

    /// The tokens in the domain's type.
    #[must_use]
    pub fn presented(&self) -> Presented<'_> {
        Presented { access: self.access.as_deref(), refresh: self.refresh.as_deref() }
    }
}

/// The visitor session's id, if the request has one.
#[must_use]
pub fn visitor(headers: &HeaderMap) -> Option<&str> {
    read(headers, VISITOR)
}

/// The language chosen in this browser.
#[must_use]
pub fn locale(headers: &HeaderMap) -> Option<Language> {
    Language::from_name(read(headers, LOCALE)?)
}

/// This browser, if some account knows it.
#[must_use]
pub fn device(headers: &HeaderMap) -> Option<Device> {
    Device::read(read(headers, DEVICE)?)
}

/// Both cookies of a session. They have the same lifetime; only the JWT inside expires earlier.
#[must_use]
pub fn session_cookies(tokens: &IssuedTokens) -> [HeaderValue; 2] {
    let max_age = match tokens.persistence {
        Persistence::Browser => None,
        Persistence::Remembered => Duration::try_from(tokens.session_expires_in).ok(),
    };
    [
        set(ACCESS, tokens.access.expose(), SameSite::Lax, max_age),
        set(REFRESH, &tokens.refresh, SameSite::Strict, max_age),
    ]
}

/// Removes both cookies of a session. Browsers accept a removal only with the attributes that the cookie was set with.
#[must_use]
pub fn removal_cookies() -> [HeaderValue; 2] {
    [
        set(ACCESS, "", SameSite::Lax, Some(Duration::ZERO)),
        set(REFRESH, "", SameSite::Strict, Some(Duration::ZERO)),
    ]
}

/// The cookie of a visitor session, which expires with its record.
#[must_use]
pub fn visitor_cookie(id: &str, lifetime: Duration) -> HeaderValue {
    set(VISITOR, id, SameSite::Lax, Some(lifetime))
}

/// Removes the visitor cookie.
#[must_use]
pub fn visitor_removal_cookie() -> HeaderValue {
    set(VISITOR, "", SameSite::Lax, Some(Duration::ZERO))
}

/// Returns whether a `Set-Cookie` value sets or removes a personal cookie.
#[must_use]
pub fn is_personal(set_cookie: &HeaderValue) -> bool {
    let personal = [ACCESS, REFRESH, VISITOR, DEVICE];
    parse(set_cookie).is_some_and(|cookie| personal.contains(&cookie.name()))
}

/// Returns whether a `Set-Cookie` value sets or removes a cookie of the session itself.
#[must_use]
pub fn is_of_session(set_cookie: &HeaderValue) -> bool {
    parse(set_cookie).is_some_and(|cookie| [ACCESS, REFRESH].contains(&cookie.name()))
}

/// The cookies of a new session, and the one by which the account recognises this browser for a year.
#[must_use]
pub fn sign_in(request: &ServerRequest, tokens: &IssuedTokens) -> [HeaderValue; 3] {
    let [access, refresh] = session_cookies(tokens);
    let known = request.device.clone();
    let device = Device::after_sign_in(known, &request.resources.keys, tokens.member_id);
    [access, refresh, device_cookie(&device)]
}

/// Removes the session's cookies, and with them what the browser has prefetched as that member.
pub(crate) fn remove_session(headers: &mut HeaderMap) {
    add(headers, removal_cookies());
    discard_prefetched(headers);
}

/// Adds cookies to a response unless it sets the same ones itself, as a log-in or log-out does.
pub(crate) fn add(headers: &mut HeaderMap, set: [HeaderValue; 2]) {
    for cookie in set {
        let own = headers.get_all(header::SET_COOKIE);
        if !own.iter().any(|own| is_about_the_same(own, &cookie)) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
    forbid_storing(headers);
}

/// The cookie that keeps the language for a year.
#[must_use]
pub fn locale_cookie(locale: Language) -> HeaderValue {
    set(LOCALE, locale.as_str(), SameSite::Lax, Some(LOCALE_LIFETIME))
}

/// Returns whether the browser sent none of our cookies. Every form that signs a member in sets some.
#[must_use]
pub fn has_none(headers: &HeaderMap) -> bool {
    are_nobodys(headers) && read(headers, LOCALE).is_none()
}

/// Returns whether the browser sent no personal cookie of ours.
#[must_use]
pub fn are_nobodys(headers: &HeaderMap) -> bool {
    [ACCESS, REFRESH, VISITOR, DEVICE].iter().all(|name| read(headers, name).is_none())
}

fn device_cookie(device: &Device) -> HeaderValue {
    set(DEVICE, &device.to_string(), SameSite::Lax, Some(DEVICE_LIFETIME))
}

fn is_about_the_same(one: &HeaderValue, other: &HeaderValue) -> bool {
    parse(one).map(|cookie| cookie.name().to_owned())
        == parse(other).map(|cookie| cookie.name().to_owned())
}

fn set(
    name: &'static str,
    value: &str,
    same_site: SameSite,
    max_age: Option<Duration>,
) -> HeaderValue {
    let mut cookie = Cookie::build((name, value.to_owned()))
        .secure(true)
        .http_only(true)
        .path("/")
        .same_site(same_site)
        .build();
    cookie.set_max_age(max_age);
    let mut header = HeaderValue::try_from(cookie.to_string())
        .expect("tokens, devices and language tags are visible ASCII");
    header.set_sensitive(true);
    header
}

/// Reads a token. A duplicated cookie name means that one was injected, since browsers that know the prefix keep only
/// one. Nothing shows which is ours, so both are replaced by an empty text, which is not a token.
fn token(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = values(headers, name);
    let first = values.next()?;
    Some(if values.next().is_some() { String::new() } else { first.to_owned() })
}

fn read<'a>(headers: &'a HeaderMap, name: &'a str) -> Option<&'a str> {
    values(headers, name).next()
}

/// Parses the header pair by pair, so that a cookie of another site on the same domain, which may hold anything, cannot
/// hide ours. Pairs that are not ASCII are not ours.
fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .filter(|pair| pair.is_ascii())
        .filter_map(|pair| std::str::from_utf8(pair).ok()?.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
        .filter(move |(it, value)| *it == name && !value.is_empty())
        .map(|(_, value)| value)
}

fn parse(set_cookie: &HeaderValue) -> Option<Cookie<'_>> {
    Cookie::parse(set_cookie.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removal_cookies_have_the_attributes_that_browsers_require() {
        for cookie in removal_cookies().iter().chain([&visitor_removal_cookie()]) {
            let text = cookie.to_str().unwrap();
            for attribute in ["__Host-Http-", "Secure", "HttpOnly", "Path=/", "Max-Age=0"] {
                assert!(text.contains(attribute), "{text} lacks {attribute}");
            }
            assert!(!text.contains("Domain"), "{text}");
            assert!(is_personal(cookie));
        }
    }

    #[test]
    fn tokens_are_read_from_several_cookie_headers() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; __Host-Http-access=x.y.z"));
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-Http-refresh=v1.k"));
        let tokens = RequestTokens::read(&headers);
        assert_eq!(tokens.presented().access, Some("x.y.z"));
        assert_eq!(tokens.presented().refresh, Some("v1.k"));
    }

    #[test]
    fn a_cookie_that_is_not_ascii_is_skipped_and_hides_no_other() {
        let mut headers = HeaderMap::new();
        let jar = "x=é; __Host-Http-access=x.y.z; \u{2000}__Host-Http-refresh=planted";
        headers.append(header::COOKIE, HeaderValue::from_bytes(jar.as_bytes()).unwrap());
        let tokens = RequestTokens::read(&headers);
        assert_eq!(tokens.presented().access, Some("x.y.z"));
        assert_eq!(tokens.presented().refresh, None);
    }

    #[test]
    fn an_empty_cookie_counts_as_missing() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-Http-access="));
        assert_eq!(RequestTokens::read(&headers).presented().access, None);
    }

    #[test]
    fn a_duplicated_token_cookie_is_no_token() {
        for jars in [
            &["__Host-Http-access=a.b.c; __Host-Http-access=x.y.z"][..],
            &["__Host-Http-access=a.b.c", "__Host-Http-access=a.b.c"],
        ] {
            let mut headers = HeaderMap::new();
            for jar in jars {
                headers.append(header::COOKIE, HeaderValue::from_static(jar));
            }
            assert_eq!(RequestTokens::read(&headers).presented().access, Some(""));
        }
    }

    #[test]
    fn the_device_cookie_is_personal_but_does_not_belong_to_a_session() {
        let text = "AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA";
        let cookie = device_cookie(&Device::read(text).unwrap());
        assert!(is_personal(&cookie) && !is_of_session(&cookie));
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, cookie);
        assert_eq!(device(&headers).unwrap().to_string(), text);
    }

    #[test]
    fn the_language_cookie_is_not_personal() {
        let cookie = set(LOCALE, "ja", SameSite::Lax, Some(LOCALE_LIFETIME));
        assert!(!is_personal(&cookie));
    }
}

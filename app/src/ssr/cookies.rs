//! **The only file that names a cookie.** The `__Host-` prefix lets browsers take them only with `Secure`,
//! `Path=/` and no `Domain` (RFC 6265bis §4.1.3.2), `__Host-Http-` only from a response, never from a
//! script. `http://localhost` counts as secure.

use axum::http::{HeaderMap, HeaderValue, header, request::Parts};
use cookie::{Cookie, SameSite, time::Duration};
use domain::{
    account::member::Locale,
    credentials::device::Device,
    ports::Ports,
    session::{Persistence, authenticate::Presented, start_session::IssuedTokens},
};
use leptos::prelude::expect_context;
use leptos_axum::ResponseOptions;

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

    /// The tokens that an inline refresh has just issued in their place.
    #[must_use]
    pub fn issued(tokens: &IssuedTokens) -> Self {
        Self {
            access: Some(tokens.access.expose().to_owned()),
            refresh: Some(tokens.refresh.to_string()),
        }
    }

    /// As the domain takes them.
    #[must_use]
    pub fn presented(&self) -> Presented<'_> {
        Presented { access: self.access.as_deref(), refresh: self.refresh.as_deref() }
    }
}

/// The visitor session's id, if one came along.
#[must_use]
pub fn visitor(headers: &HeaderMap) -> Option<String> {
    read(headers, VISITOR)
}

/// The language that this browser chose.
#[must_use]
pub fn locale(headers: &HeaderMap) -> Option<Locale> {
    Locale::from_name(&read(headers, LOCALE)?)
}

/// This browser, if some account knows it.
#[must_use]
pub fn device(headers: &HeaderMap) -> Option<Device> {
    Device::read(&read(headers, DEVICE)?)
}

/// Both cookies of a session. They live as long as each other: what expires earlier is the JWT inside.
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

/// Takes both cookies away. Browsers refuse that without the very attributes that they were set with.
#[must_use]
pub fn removal_cookies() -> [HeaderValue; 2] {
    [
        set(ACCESS, "", SameSite::Lax, Some(Duration::ZERO)),
        set(REFRESH, "", SameSite::Strict, Some(Duration::ZERO)),
    ]
}

/// The cookie of a visitor session, which goes with its record.
#[must_use]
pub fn visitor_cookie(id: &str, lifetime: Duration) -> HeaderValue {
    set(VISITOR, id, SameSite::Lax, Some(lifetime))
}

/// Takes the visitor cookie away.
#[must_use]
pub fn visitor_removal_cookie() -> HeaderValue {
    set(VISITOR, "", SameSite::Lax, Some(Duration::ZERO))
}

/// Whether a `Set-Cookie` value sets or removes a cookie that stands for a person. An answer to another
/// site's request must not: any site could log members out with it.
#[must_use]
pub fn is_personal(set_cookie: &HeaderValue) -> bool {
    let personal = [ACCESS, REFRESH, VISITOR, DEVICE];
    parse(set_cookie).is_some_and(|cookie| personal.contains(&cookie.name()))
}

/// Whether a `Set-Cookie` value sets or removes a cookie of the session itself.
#[must_use]
pub fn is_of_session(set_cookie: &HeaderValue) -> bool {
    parse(set_cookie).is_some_and(|cookie| [ACCESS, REFRESH].contains(&cookie.name()))
}

/// Whether two `Set-Cookie` values are about the same cookie.
#[must_use]
pub fn is_about_the_same(one: &HeaderValue, other: &HeaderValue) -> bool {
    parse(one).map(|cookie| cookie.name().to_owned())
        == parse(other).map(|cookie| cookie.name().to_owned())
}

/// Within a server function: sets both cookies of a session, and the one by which the account knows this browser
/// again for a year.
pub fn sign_in(tokens: &IssuedTokens) {
    append(session_cookies(tokens));
    let known = device(&expect_context::<Parts>().headers);
    let device = Device::after_sign_in(known, &expect_context::<Ports>().keys, tokens.member_id);
    append([device_cookie(&device)]);
}

/// Within a server function: takes both cookies away.
pub fn sign_out() {
    append(removal_cookies());
}

/// Within a server function: keeps the language for a year.
pub fn keep_locale(locale: Locale) {
    append([locale_cookie(locale)]);
}

/// Keeps the language for a year.
#[must_use]
pub fn locale_cookie(locale: Locale) -> HeaderValue {
    set(LOCALE, locale.as_str(), SameSite::Lax, Some(LOCALE_LIFETIME))
}

/// Whether a browser comes without any of our cookies. Every form that signs somebody in sets some.
#[must_use]
pub fn has_none(headers: &HeaderMap) -> bool {
    [ACCESS, REFRESH, VISITOR, LOCALE, DEVICE].iter().all(|name| read(headers, name).is_none())
}

fn device_cookie(device: &Device) -> HeaderValue {
    set(DEVICE, &device.to_string(), SameSite::Lax, Some(DEVICE_LIFETIME))
}

fn append<const N: usize>(cookies: [HeaderValue; N]) {
    let response = expect_context::<ResponseOptions>();
    for cookie in cookies {
        response.append_header(header::SET_COOKIE, cookie);
    }
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

/// A token that came twice was planted once: no browser that knows the prefix keeps two of a name. Which of
/// them is ours nobody can say, so neither is believed: the empty text stands for them, which is no token.
fn token(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = values(headers, name);
    let first = values.next()?;
    Some(if values.next().is_some() { String::new() } else { first })
}

fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    values(headers, name).next()
}

/// Pair by pair: a cookie of another site of the same domain, which may hold anything, must not hide ours.
/// Ours are ASCII, and so must be what stands for them.
fn values(headers: &HeaderMap, name: &str) -> impl Iterator<Item = String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .filter(|pair| pair.is_ascii())
        .filter_map(|pair| std::str::from_utf8(pair.trim_ascii()).ok())
        .filter_map(|pair| Cookie::parse(pair).ok())
        .filter(move |cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
        .filter(|value| !value.is_empty())
}

fn parse(set_cookie: &HeaderValue) -> Option<Cookie<'_>> {
    Cookie::parse(set_cookie.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removal_cookies_carry_what_browsers_ask_for() {
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
    fn a_cookie_that_is_not_ascii_hides_none_of_ours_and_stands_for_none() {
        let mut headers = HeaderMap::new();
        let jar = "x=é; __Host-Http-access=x.y.z; \u{2000}__Host-Http-refresh=planted";
        headers.append(header::COOKIE, HeaderValue::from_bytes(jar.as_bytes()).unwrap());
        let tokens = RequestTokens::read(&headers);
        assert_eq!(tokens.presented().access, Some("x.y.z"));
        assert_eq!(tokens.presented().refresh, None);
    }

    #[test]
    fn an_empty_cookie_is_none() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-Http-access="));
        assert_eq!(RequestTokens::read(&headers).presented().access, None);
    }

    #[test]
    fn a_token_that_came_twice_is_neither() {
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
    fn the_device_cookie_is_personal_but_no_part_of_a_session() {
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

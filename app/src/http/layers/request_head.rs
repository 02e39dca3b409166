//! Checks the head of a request before anything acts on it. Its size has the same bound in HTTP/1.1 and HTTP/2, and it
//! names one host.

use axum::{
    extract::Request,
    http::{HeaderMap, Version, header, uri::Authority},
};
use contract::Reason;

use crate::api::problem::Problem;

/// The bound of the URI and all header names and values, in bytes.
const HEAD_MAX: usize = 16 * 1024;
/// The bound of the number of header fields. Cookies count as one. hyper has the same limit for HTTP/1.1.
const FIELDS_MAX: usize = 100;

/// Refuses a head that is too large (RFC 6585 §5) or names no host (RFC 9112 §3.2).
pub(super) fn check(request: &Request) -> Result<(), Problem> {
    let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if address + size_of(request.headers()) > HEAD_MAX || count_of(request.headers()) > FIELDS_MAX {
        return Err(Problem::of_status(431));
    }
    if request.version() == Version::HTTP_11 && !names_one_host(request.headers()) {
        return Err(Problem::new(400, Reason::Malformed));
    }
    Ok(())
}

/// The size as HTTP/1.1 would send it: HTTP/2 may send each cookie as a field of its own (RFC 9113 §8.2.3).
fn size_of(headers: &HeaderMap) -> usize {
    let cookies = headers.get_all(header::COOKIE).iter().count();
    let all: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let repeated = header::COOKIE.as_str().len() - "; ".len();
    all - cookies.saturating_sub(1) * repeated
}

fn count_of(headers: &HeaderMap) -> usize {
    let cookies = headers.get_all(header::COOKIE).iter().count();
    headers.len() - cookies.saturating_sub(1)
}

/// Returns whether the request names exactly one host. The site does not depend on it, but a proxy in front might read
/// the other of two.
fn names_one_host(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    host.is_empty()
        || (!host.as_bytes().contains(&b'@') && Authority::try_from(host.as_bytes()).is_ok())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn cookies_have_the_same_size_in_both_protocols() {
        let joined = headers(&[("accept", "*/*"), ("cookie", "a=1; b=2; c=3")]);
        let apart =
            headers(&[("accept", "*/*"), ("cookie", "a=1"), ("cookie", "b=2"), ("cookie", "c=3")]);
        assert_eq!(size_of(&joined), 28);
        assert_eq!((size_of(&apart), count_of(&apart)), (28, 2));
    }

    #[test]
    fn exactly_one_valid_host_is_required() {
        for host in ["genkan.example", "genkan.example:3000", "[::1]:3000", "127.0.0.1", ""] {
            assert!(names_one_host(&headers(&[("host", host)])), "{host}");
        }
        for host in ["a b", "a@genkan.example", "http://genkan.example", "a/b", "a?b"] {
            assert!(!names_one_host(&headers(&[("host", host)])), "{host}");
        }
        assert!(!names_one_host(&headers(&[])));
        assert!(!names_one_host(&headers(&[("host", "a"), ("host", "a")])));
    }
}

//! Bounds of a request's head in both protocols.

use axum::http::Request;
use tokio::net::TcpStream;

use crate::helpers::{Ask, ORIGIN, TestApp, wire::Wire};

/// The statuses by HTTP/1.1 and HTTP/2 of a request with these fields.
async fn statuses(wire: &Wire, fields: &[(&str, String)]) -> (String, String) {
    let mut head = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n".to_owned();
    for (name, value) in fields {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let answer = String::from_utf8(wire.send(head.as_bytes()).await).unwrap();
    let first = answer.split(' ').nth(1).unwrap_or_default().to_owned();

    let stream = TcpStream::connect(wire.address).await.unwrap();
    let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
    let driving = tokio::spawn(connection);
    let mut request = Request::get(format!("{ORIGIN}/health/live"));
    for (name, value) in fields {
        request = request.header(*name, value);
    }
    let (answer, _) = client.send_request(request.body(()).unwrap(), true).unwrap();
    let second = answer.await.unwrap().status().as_str().to_owned();
    driving.abort();
    (first, second)
}

fn both(status: &str) -> (String, String) {
    (status.to_owned(), status.to_owned())
}

#[tokio::test]
async fn a_request_head_has_the_same_bounds_in_http1_and_http2() {
    let app = TestApp::start().await;
    let wire = Wire::to(app.site());
    let cookie = |length: usize| ("cookie", format!("a={}", "x".repeat(length)));
    assert_eq!(statuses(&wire, &[cookie(16_000)]).await, both("200"));
    assert_eq!(statuses(&wire, &[cookie(16_500)]).await, both("431"));
    assert_eq!(statuses(&wire, &[cookie(40_000)]).await, both("431"));
    let fields = |count: usize| vec![("x-odd", "1".to_owned()); count];
    assert_eq!(statuses(&wire, &fields(98)).await, both("200"));
    assert_eq!(statuses(&wire, &fields(120)).await, both("431"));
}

#[tokio::test]
async fn an_oversized_request_head_gets_an_ordinary_refusal() {
    let app = TestApp::start().await;
    let cookie = format!("a={}", "x".repeat(17_000));
    let answer = app.browser().send(Ask::data("/").with("cookie", &cookie)).await;
    answer.assert_problem(431, "malformed");
    assert_eq!(answer.json()["title"], "Request Header Fields Too Large");
    app.browser().send(Ask::page("/").with("cookie", &cookie)).await.assert_page(431);
    let query = "q".repeat(17_000);
    app.browser().get(&format!("/?{query}")).await.assert_problem(431, "malformed");
}

#[tokio::test]
async fn an_http1_request_without_exactly_one_host_is_refused() {
    let app = TestApp::start().await;
    let wire = Wire::to(app.site());
    let status = async |head: &str| {
        let request = format!("GET /health/live {head}\r\n\r\n");
        String::from_utf8(wire.send(request.as_bytes()).await).unwrap()
    };
    for head in [
        "HTTP/1.1",
        "HTTP/1.1\r\nhost: localhost\r\nhost: localhost",
        "HTTP/1.1\r\nhost: localhost\r\nHost: genkan.example",
        "HTTP/1.1\r\nhost: a b",
    ] {
        let answer = status(head).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{head}: {answer}");
        assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
    }
    for head in ["HTTP/1.1\r\nhost: localhost", "HTTP/1.1\r\nhost:", "HTTP/1.0"] {
        let answer = status(head).await;
        assert!(answer.contains(" 200 OK\r\n"), "{head}: {answer}");
    }
}

//! The files of the browser's half, and paths that cannot exist.

use std::{fs, path::PathBuf};

use axum::http::Method;
use uuid::Uuid;

use crate::{
    helpers::{Ask, Browser, TestApp},
    stores::database::{TestDatabase, fresh_database},
};

/// A site with a folder of its own, which holds `hello.txt`.
struct Site {
    folder: PathBuf,
    browser: Browser,
    _database: TestDatabase,
}

const TEXT: &str = "hello from the gate";

impl Site {
    async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("genkan-site-{}", Uuid::new_v4().simple()));
        fs::create_dir_all(folder.join("pkg")).unwrap();
        fs::write(folder.join("hello.txt"), TEXT).unwrap();
        let database = fresh_database().await;
        let mut state = crate::helpers::instance(&database.url, &[]).await;
        state.leptos.site_root = folder.to_str().unwrap().into();
        Self { folder, browser: Browser::new(state.router()), _database: database }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

#[tokio::test]
async fn a_path_that_no_file_can_have_is_not_found() {
    let app = TestApp::start().await;
    let with_files = Site::start().await;
    let long_segment = format!("/{}", "a".repeat(256));
    let long_path = format!("/{}", "aaaaaaaaaa/".repeat(400));
    let encoded = format!("/pkg/{}", "%E3%81%82".repeat(90));
    for path in [
        long_segment.as_str(),
        &long_path,
        &encoded,
        "/%00",
        "/a%00b/c",
        "/pkg/%00.js",
        "/hello.txt/more",
        "/pkg",
        "/pkg/",
        "/%ff%fe",
        "/..%2f..%2fetc/passwd",
        "/%5c..%5cx",
    ] {
        for mut browser in [app.browser(), with_files.browser.clone()] {
            browser.get(path).await.assert_problem(404, "not_found");
            browser.navigate(path).await.assert_page(404);
            for ask in [Ask::data(path), Ask::page(path)] {
                let head = browser.send(ask.by(Method::HEAD).with("accept-encoding", "br")).await;
                assert_eq!(head.status, 404, "HEAD {path}");
            }
        }
    }
}

#[tokio::test]
async fn a_304_repeats_the_headers_of_the_file() {
    let site = Site::start().await;
    let mut browser = site.browser.clone();
    let file = browser.get("/hello.txt").await;
    assert_eq!((file.status, file.body.as_str()), (200, TEXT));
    let date = file.header("last-modified").unwrap();
    let ask = Ask::data("/hello.txt").with("if-modified-since", date);
    let known = browser.send(ask).await;
    assert_eq!(known.status, 304);
    for name in ["cache-control", "vary"] {
        assert!(file.header(name).is_some(), "{name}");
        assert_eq!(known.header(name), file.header(name), "{name}");
    }
}

#[tokio::test]
async fn a_range_is_sent_only_if_the_file_is_unchanged() {
    let site = Site::start().await;
    let mut browser = site.browser.clone();
    let file = browser.get("/hello.txt").await;
    let date = file.header("last-modified").unwrap();
    let part = || Ask::data("/hello.txt").with("range", "bytes=6-9");
    for ask in [part(), part().with("if-range", date)] {
        let answer = browser.send(ask).await;
        assert_eq!((answer.status, answer.body.as_str()), (206, "from"));
    }
    for other in ["Sat, 01 Jan 2000 00:00:00 GMT", "\"etag\"", "x"] {
        let answer = browser.send(part().with("if-range", other)).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, TEXT), "{other}");
    }
}

#[tokio::test]
async fn unmet_conditions_and_ranges_get_412_and_416() {
    let site = Site::start().await;
    let mut browser = site.browser.clone();
    for (name, value, status, title) in [
        ("if-unmodified-since", "Sat, 01 Jan 2000 00:00:00 GMT", 412, "Precondition Failed"),
        ("range", "bytes=100-", 416, "Range Not Satisfiable"),
    ] {
        let answer = browser.send(Ask::data("/hello.txt").with(name, value)).await;
        answer.assert_problem(status, "malformed");
        assert_eq!(answer.json()["title"], title);
    }
}

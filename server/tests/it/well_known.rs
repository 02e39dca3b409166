//! Files at well-known addresses.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::helpers::TestApp;

#[tokio::test]
async fn the_well_known_address_leads_to_the_change_of_password() {
    let app = TestApp::start().await;
    let answer = app.browser().get("/.well-known/change-password").await;
    assert_eq!((answer.status, answer.header("location")), (302, Some("/settings/security")));
    answer.assert_leaves_cookies();
}

#[tokio::test]
async fn robots_txt_excludes_members_pages() {
    let app = TestApp::start().await;
    let answer = app.browser().get("/robots.txt").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(answer.body.starts_with("User-agent: *\n"), "{}", answer.body);
    let is_disallowed = |path: &str| {
        let rules = answer.body.lines().filter_map(|line| line.strip_prefix("Disallow: "));
        rules.into_iter().any(|rule| path.starts_with(rule))
    };
    for path in ["/profile", "/settings/sessions", "/api/login", "/auth/session", "/dev/mailbox"] {
        assert!(is_disallowed(path), "{path}");
    }
    for path in ["/", "/login", "/signup", "/pkg/genkan.js"] {
        assert!(!is_disallowed(path), "{path}");
    }
}

#[tokio::test]
async fn security_txt_names_the_contact_for_vulnerabilities() {
    let settings = [
        ("PUBLIC_URL", "https://genkan.example"),
        ("RATE_LIMITS", "on"),
        ("SECURITY_CONTACT", "https://genkan.example/security"),
    ];
    for (settings, contact) in
        [(&settings[..2], "mailto:security@genkan.example"), (&settings, settings[2].1)]
    {
        let app = TestApp::start_with(settings).await;
        let answer = app.browser().get("/.well-known/security.txt").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
        let field = |name: &str| {
            let found: Vec<_> =
                answer.body.lines().filter_map(|line| line.strip_prefix(name)).collect();
            assert_eq!(found.len(), 1, "{name} in {}", answer.body);
            found[0].to_owned()
        };
        assert_eq!(field("Contact: "), contact);
        assert_eq!(field("Preferred-Languages: "), "en, ja");
        let place = "https://genkan.example/.well-known/security.txt";
        assert_eq!(field("Canonical: "), place);
        let expires = OffsetDateTime::parse(&field("Expires: "), &Rfc3339).unwrap();
        let days = (expires - OffsetDateTime::now_utc()).whole_days();
        assert!((30..365).contains(&days), "{expires}");
    }
}

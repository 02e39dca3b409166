//! The profile page, `POST /api/get_profile` and `POST /api/update_profile`.

use crate::helpers::{LOCALE, TestApp, VISITOR, words};

#[tokio::test]
async fn a_member_sees_and_changes_their_profile() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let page = browser.navigate("/profile").await;
    page.assert_page(200);
    page.assert_holds(&email);
    assert!(page.element(r#"id="display_name""#).contains(r#"value="Hana""#));
    for field in ["display_name", "bio", "locale"] {
        let control = page.element(&format!(r#"id="{field}""#));
        assert!(control.contains(r#"autocomplete="off""#), "{control}");
    }

    let form = [("display_name", " 佐藤 花 "), ("bio", "one\r\n<b>two</b>"), ("locale", "en")];
    let answer = browser.submit("/api/update_profile", &form).await;
    answer.assert_goes_to("/profile");
    assert_eq!(answer.cookie_names(), [LOCALE, VISITOR]);
    let page = browser.follow(&answer).await;
    page.assert_holds(&words("notices.saved"));
    assert!(page.element(r#"id="display_name""#).contains(r#"value="佐藤 花""#));
    page.assert_holds("one\n&lt;b>two&lt;/b>");
    page.assert_lacks("<b>two");
    browser.navigate("/profile").await.assert_lacks(&words("notices.saved"));
    assert_eq!(browser.get("/auth/session").await.json()["member"]["display_name"], "佐藤 花");
}

#[tokio::test]
async fn a_program_reads_and_changes_its_members_profile() {
    let app = TestApp::start().await;
    let (email, mut program) = app.member().await;
    let form = [("display_name", "Ken"), ("bio", "a few words"), ("locale", "en")];
    let answer = program.post("/api/update_profile", &form).await;
    assert_eq!((answer.status, &answer.json()["notice"]), (200, &"saved".into()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let profile = program.post("/api/get_profile", &[]).await;
    assert_eq!((profile.status, profile.header("cache-control")), (200, Some("no-store")));
    let profile = profile.json();
    assert_eq!(
        (&profile["email"], &profile["display_name"]),
        (&email.as_str().into(), &"Ken".into())
    );
    assert_eq!((&profile["bio"], &profile["locale"]), (&"a few words".into(), &"en".into()));
}

#[tokio::test]
async fn an_invalid_profile_reports_every_problem_and_changes_nothing() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let long_bio = "a".repeat(501);
    let form = [("display_name", ""), ("bio", long_bio.as_str()), ("locale", "fr")];
    let answer = browser.post("/api/update_profile", &form).await;
    answer.assert_invalid(&[
        ("bio", "too_long"),
        ("display_name", "required"),
        ("locale", "invalid"),
    ]);
    let answer = browser.submit("/api/update_profile", &form).await;
    answer.assert_goes_to("/profile");
    let page = browser.follow(&answer).await;
    page.assert_page(200);
    page.assert_field_problem("display_name", &words("fields.display_name.required"));
    page.assert_field_problem("bio", &words("fields.bio.too_long").replace("{{ max }}", "500"));
    page.assert_field_problem("locale", &words("fields.locale.unknown"));
    page.assert_holds(&long_bio);
    let untouched =
        "select count(*) from members where display_name = 'Hana' and bio = '' and locale = 'en'";
    assert_eq!(app.count(untouched).await, 1);
}

#[tokio::test]
async fn a_members_texts_are_escaped_on_every_page() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let evil = "</textarea><script>x</script>&lt;\"'";
    for display_name in [evil, ""] {
        // Stored, and returned beside a problem.
        let form = [("display_name", display_name), ("bio", evil), ("locale", "en")];
        let answer = browser.submit("/api/update_profile", &form).await;
        let page = browser.follow(&answer).await;
        page.assert_page(200);
        page.assert_lacks("</textarea><script>");
        page.assert_lacks("<script>x");
        page.assert_holds("&lt;/textarea>&lt;script>x&lt;/script>&amp;lt;\"'</textarea>");
        browser.navigate("/").await.assert_lacks("<script>x");
    }
}

#[tokio::test]
async fn the_longest_name_and_bio_are_kept_whole() {
    let app = TestApp::start().await;
    let (_, mut program) = app.member().await;
    let (name, bio) = ("花".repeat(50), "語".repeat(500));
    let form = [("display_name", name.as_str()), ("bio", &bio), ("locale", "en")];
    assert_eq!(program.post("/api/update_profile", &form).await.status, 200);
    assert_eq!(program.post("/api/get_profile", &[]).await.json()["bio"], bio.as_str());
}

#[tokio::test]
async fn a_member_cannot_change_anothers_profile() {
    let app = TestApp::start().await;
    let (_, mut hana) = app.member().await;
    let (other, _) = app.member().await;
    // Fields that the function ignores.
    let form = [
        ("display_name", "Ken"),
        ("bio", ""),
        ("locale", "en"),
        ("email", other.as_str()),
        ("role", "admin"),
        ("id", "1"),
    ];
    assert_eq!(hana.post("/api/update_profile", &form).await.status, 200);
    assert_eq!(app.count("select count(*) from members where display_name = 'Ken'").await, 1);
    let other_is_untouched =
        format!("select count(*) from members where email = '{other}' and display_name = 'Hana'");
    assert_eq!(app.count(&other_is_untouched).await, 1);
    assert_eq!(app.count("select count(*) from members where role <> 'member'").await, 0);
}

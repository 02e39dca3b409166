//! `genkan migrate --serving-role`, and the site as an account with that role.

use sqlx::PgPool;
use url::Url;
use uuid::Uuid;

use crate::{
    helpers::{Browser, NEW_PASSWORD, PASSWORD, TestApp, some_address},
    process::{genkan, said},
};

const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// An account that serves a site's database. Roles belong to all databases of a server, so each test has its own.
struct ServingAccount<'a> {
    app: &'a TestApp,
    role: String,
    account: String,
}

impl<'a> ServingAccount<'a> {
    async fn of(app: &'a TestApp) -> Self {
        let id = Uuid::new_v4().simple();
        let this =
            Self { app, role: format!("serving_{id}"), account: format!("serving_account_{id}") };
        this.migrate().await;
        app.sql(&format!("create role {} login in role {}", this.account, this.role)).await;
        this
    }

    async fn migrate(&self) {
        let mut command = genkan();
        command
            .args(["migrate", "--serving-role", &self.role])
            .env("DATABASE_URL", &self.app.db.url);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{}", said(&output));
    }

    fn url(&self) -> String {
        let mut url = Url::parse(&self.app.db.url).unwrap();
        url.set_username(&self.account).unwrap();
        url.into()
    }

    async fn drop(self) {
        let Self { app, role, account } = self;
        for statement in [
            format!("drop owned by {role}, {account}"),
            format!("drop role {account}"),
            format!("drop role {role}"),
        ] {
            app.sql(&statement).await;
        }
    }
}

#[tokio::test]
async fn the_whole_site_is_served_by_an_account_with_the_serving_role() {
    let settings = [("LIVE_SESSIONS", "postgres")];
    let app = TestApp::start_with(&settings).await;
    let account = ServingAccount::of(&app).await;
    let mut browser = Browser::new(crate::helpers::site(&account.url(), &settings).await);

    let email = some_address();
    browser.sign_up(&email).await;
    let code = app.mailed_code(&email).await;
    let changes = [
        ("/api/confirm_email", vec![("email", email.as_str()), ("code", &code)]),
        ("/api/update_profile", vec![("display_name", "Hana"), ("bio", ""), ("locale", "ja")]),
        (
            "/api/change_password",
            vec![("current_password", PASSWORD), ("new_password", NEW_PASSWORD)],
        ),
        ("/api/logout", vec![]),
        ("/api/login", vec![("email", email.as_str()), ("password", NEW_PASSWORD)]),
        ("/api/delete_account", vec![("password", NEW_PASSWORD)]),
    ];
    for (path, form) in changes {
        let answer = browser.post(path, &form).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
    account.drop().await;
}

#[tokio::test]
async fn the_serving_role_changes_neither_tables_nor_the_record_of_migrations() {
    let app = TestApp::start().await;
    let account = ServingAccount::of(&app).await;
    let pool = PgPool::connect(&account.url()).await.unwrap();
    for statement in [
        "alter table members drop constraint members_role_known",
        "drop table sessions",
        "truncate members cascade",
        "create table of_a_stranger ()",
        "create index of_a_stranger on members (bio)",
        "delete from _sqlx_migrations",
        "update _sqlx_migrations set success = false",
    ] {
        let error = sqlx::query(statement).execute(&pool).await.expect_err(statement);
        let code = error.as_database_error().and_then(|error| error.code());
        assert_eq!(code.as_deref(), Some(INSUFFICIENT_PRIVILEGE), "{statement}: {error}");
    }
    pool.close().await;
    account.drop().await;
}

#[tokio::test]
async fn the_serving_role_gets_later_tables_when_migrations_run_again() {
    let app = TestApp::start().await;
    let account = ServingAccount::of(&app).await;
    app.sql("create table of_a_later_release (town text)").await;
    let pool = PgPool::connect(&account.url()).await.unwrap();
    let insert = "insert into of_a_later_release values ('花巻')";
    assert!(sqlx::query(insert).execute(&pool).await.is_err());
    account.migrate().await;
    sqlx::query(insert).execute(&pool).await.unwrap();
    pool.close().await;
    account.drop().await;
}

#[test]
fn a_role_whose_name_postgres_would_cut_is_refused() {
    for name in ["", &"a".repeat(64)] {
        let output = genkan().args(["migrate", "--serving-role", name]).output().unwrap();
        assert!(said(&output).contains("a role's name has 1 to 63 bytes"), "{}", said(&output));
    }
}

#[tokio::test]
async fn an_account_that_may_not_create_roles_is_told_so() {
    let app = TestApp::start().await;
    let account = ServingAccount::of(&app).await;
    app.sql(&format!("grant create on schema public to {}", account.account)).await;
    let mut command = genkan();
    command.args(["migrate", "--serving-role", "of_a_stranger"]).env("DATABASE_URL", account.url());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(!output.status.success());
    for words in ["of_a_stranger was not granted what serving needs", "create role"] {
        assert!(said(&output).contains(words), "{}", said(&output));
    }
    account.drop().await;
}

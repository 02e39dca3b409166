//! The site under test: the real router on a database of its own and the real Redis, the mailbox, and browsers with
//! cookie jars.

mod answer;
mod browser;
mod deployment;
pub(crate) mod instances;
pub(crate) mod kept_records;
pub(crate) mod lines;
pub(crate) mod wire;

use std::{sync::LazyLock, time::Duration};

use app::{
    api::{DATA, FORMS, form_of},
    letters::RenderedMail,
};
use axum::Router;
use domain::session::SessionId;
use fred::prelude::{Builder, Client, ClientLike, Config as RedisConfig, KeysInterface};
use server::{config::LiveSessionStore, state::Genkan};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

pub(crate) use self::{
    answer::{Answer, answer_shape, assert_attributes},
    browser::{Ask, Browser},
    deployment::{deployment, instance, site},
};
use crate::stores::database::{TestDatabase, fresh_database};

pub(crate) const ACCESS: &str = "__Host-Http-access";
pub(crate) const REFRESH: &str = "__Host-Http-refresh";
pub(crate) const VISITOR: &str = "__Host-Http-visitor";
pub(crate) const LOCALE: &str = "__Host-Http-locale";
pub(crate) const DEVICE: &str = "__Host-Http-device";
/// The default `PUBLIC_URL`.
pub(crate) const ORIGIN: &str = "http://localhost:3000";
pub(crate) const PASSWORD: &str = "a tree by the gate";
pub(crate) const NEW_PASSWORD: &str = "a pond behind the house";

/// `SECRET_KEYS`
pub(crate) const KEY: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

type Fields = &'static [(&'static str, &'static str)];

/// Every function with a form that it accepts.
pub(crate) static FUNCTIONS: LazyLock<Vec<(&'static str, Fields)>> = LazyLock::new(|| {
    let forms = FORMS.iter().map(|form| form.function);
    let functions = forms.chain(DATA.iter().map(|data| data.function));
    functions.map(|function| (function, example(function))).collect()
});

fn example(function: &str) -> Fields {
    match function {
        "change_password" => &[("current_password", PASSWORD), ("new_password", NEW_PASSWORD)],
        "choose_locale" => &[("locale", "ja")],
        "confirm_email" => &[("email", "hana@example.com"), ("code", "123456")],
        "delete_account" => &[("password", PASSWORD)],
        "end_session" => &[("session_id", "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee")],
        "login" => &[("email", "hana@example.com"), ("password", PASSWORD)],
        "request_password_reset" | "resend_confirmation" => &[("email", "hana@example.com")],
        "reset_password" => &[("token", "AAAA"), ("password", NEW_PASSWORD)],
        "signup" => {
            &[("email", "hana@example.com"), ("display_name", "Hana"), ("password", PASSWORD)]
        }
        "update_profile" => &[("display_name", "Hana"), ("bio", ""), ("locale", "en")],
        // Kept fields get example values; a function with secret fields needs an arm of its own.
        other => {
            let keeps = form_of(other).map_or(&[][..], |form| form.keeps);
            Vec::leak(keeps.iter().map(|field| (*field, "Hana")).collect())
        }
    }
}

/// A running site.
pub(crate) struct TestApp {
    /// Its database
    pub(crate) db: TestDatabase,
    /// The instance that its browsers use
    pub(crate) genkan: Genkan,
    site: Router,
}

impl TestApp {
    /// A site with development settings and cheap hashes.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A site with additional settings.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::start_on(fresh_database().await, settings).await
    }

    /// A site on this database, with additional settings.
    pub(crate) async fn start_on(db: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let genkan = instance(&db.url, settings).await;
        Self { db, site: genkan.router(), genkan }
    }

    /// A browser of another instance of this site with additional settings.
    pub(crate) async fn browser_of_an_instance_with(&self, settings: &[(&str, &str)]) -> Browser {
        Browser::new(site(&self.db.url, settings).await)
    }

    /// Another instance of this site with additional settings.
    pub(crate) async fn instance_with(&self, settings: &[(&str, &str)]) -> Genkan {
        instance(&self.db.url, settings).await
    }

    /// The router itself.
    pub(crate) fn site(&self) -> Router {
        self.site.clone()
    }

    /// A new browser or program without cookies.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.site.clone())
    }

    /// A new member's address, and the browser with which they signed up.
    pub(crate) async fn member(&self) -> (String, Browser) {
        let email = some_address();
        let browser = self.sign_up_and_confirm(&email).await;
        (email, browser)
    }

    /// Signs up and confirms with the mailed code.
    pub(crate) async fn sign_up_and_confirm(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        browser.sign_up(email).await;
        let code = self.mailed_code(email).await;
        let form = [("email", email), ("code", code.as_str())];
        let answer = browser.post("/api/confirm_email", &form).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        // Uses up the welcome notice.
        assert_eq!(browser.navigate("/").await.status, 200);
        browser
    }

    /// A member's log-in in a new browser.
    pub(crate) async fn logged_in(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser.log_in(email).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        browser
    }

    /// The mails to an address, newest last.
    pub(crate) async fn mails_to(&self, email: &str) -> Vec<RenderedMail> {
        let mut mails = self.genkan.visitors.mailbox.mails().await.unwrap();
        mails.retain(|mail| mail.to == email);
        mails
    }

    /// The mails to an address once this number was sent, newest last: some are sent after the response.
    pub(crate) async fn mails_awaited(&self, email: &str, count: usize) -> Vec<RenderedMail> {
        let awaited = async {
            loop {
                let mails = self.mails_to(email).await;
                if mails.len() >= count {
                    break mails;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), awaited).await.expect("the mails have come")
    }

    /// The code in the last mail to an address.
    pub(crate) async fn mailed_code(&self, email: &str) -> String {
        code_in(self.mails_to(email).await.last().expect("a mail was sent"))
    }

    /// The path of the link in the last mail to an address.
    pub(crate) async fn mailed_link(&self, email: &str) -> String {
        let mails = self.mails_to(email).await;
        let text = &mails.last().expect("a mail was sent").text;
        let link = text.split_whitespace().find(|word| word.contains("?link=")).unwrap();
        link.strip_prefix(ORIGIN).expect("a link of this site").to_owned()
    }

    /// Runs a statement on the site's database.
    pub(crate) async fn sql(&self, statement: &str) {
        sqlx::query(AssertSqlSafe(statement)).execute(&self.db.pool).await.unwrap();
    }

    /// Runs a query for one number.
    pub(crate) async fn count(&self, query: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&self.db.pool).await.unwrap()
    }

    /// Ends every grace period.
    pub(crate) async fn pass_grace(&self) {
        self.sql(
            "update sessions
             set rotated_at = rotated_at - interval '11 seconds',
                 last_seen_at = last_seen_at - interval '11 seconds'",
        )
        .await;
    }

    /// Ends every open session for this reason, and removes it from the live-session store.
    pub(crate) async fn end_sessions(&self, reason: &str) {
        let end = format!("update sessions set ended_at = now(), end_reason = '{reason}'");
        self.sql(&format!("{end} where ended_at is null")).await;
        self.lose_live_sessions().await;
    }

    /// Waits until the site has reconnected to its stores.
    pub(crate) async fn ready_again(&self) {
        let mut browser = self.browser();
        let ready = async {
            while browser.get("/health/ready").await.status != 200 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), ready).await.expect("it is ready again");
    }

    /// Deletes every live session of this site, as an eviction or a wipe would.
    pub(crate) async fn lose_live_sessions(&self) {
        let config = &self.genkan.config;
        if config.live_sessions == LiveSessionStore::Postgres {
            return self.sql("delete from live_sessions").await;
        }
        let ids: Vec<Uuid> =
            sqlx::query_scalar("select id from sessions").fetch_all(&self.db.pool).await.unwrap();
        let redis = raw_redis(config.redis_url.as_ref().unwrap().expose()).await;
        for id in ids {
            redis.del::<(), _>(format!("session:{{{}}}", SessionId(id))).await.unwrap();
        }
    }
}

/// A separate connection to the store.
pub(crate) async fn raw_redis(url: &str) -> Client {
    let client = Builder::from_config(RedisConfig::from_url(url).unwrap()).build().unwrap();
    client.init().await.unwrap();
    client
}

/// The code in a mail.
pub(crate) fn code_in(mail: &RenderedMail) -> String {
    let digits = mail.text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 6);
    digits.unwrap_or_else(|| panic!("no code in {}", mail.text)).to_owned()
}

/// A code that is not this one.
pub(crate) fn other_than(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

/// An unused address.
pub(crate) fn some_address() -> String {
    format!("hana-{}@example.com", Uuid::new_v4().simple())
}

/// The site's own words for a key of `texts.json`, in English.
pub(crate) fn words(key: &str) -> String {
    words_in("en", key)
}

/// The site's own words for a key, in Japanese.
pub(crate) fn japanese_words(key: &str) -> String {
    words_in("ja", key)
}

fn words_in(language: &str, key: &str) -> String {
    let texts = include_str!("../../../app/texts.json");
    let texts: serde_json::Value = serde_json::from_str(texts).unwrap();
    let found = texts.pointer(&format!("/{}/{language}", key.replace('.', "/")));
    found.and_then(|text| text.as_str()).unwrap_or_else(|| panic!("no text {key}")).to_owned()
}

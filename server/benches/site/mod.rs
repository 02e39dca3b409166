//! The site that is measured, on the stores of `DATABASE_URL` and `REDIS_URL`, which `cargo xtask bench` starts for it.

use std::{collections::HashMap, env};

use domain::{
    account::{
        email::Email,
        member::{DisplayName, Language, MemberId},
        ports::Members,
    },
    credentials::password::{Asker, Password},
    session::{
        Client, IssuedTokens, Persistence,
        start_session::{SignIn, start_session},
    },
};
use server::{
    config::Config,
    postgres::{self, NewMember, PgMembers},
    state::Genkan,
};
use time::OffsetDateTime;
use url::Url;

pub const PUBLIC_URL: &str = "http://localhost:3000";
pub const PASSWORD: &str = "a tree by the gate";
const KEY: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// The addresses of the stores.
#[derive(Clone)]
pub struct Stores {
    pub database_url: String,
    pub redis_url: String,
}

impl Stores {
    /// Reads the addresses from the environment.
    pub async fn prepare() -> Self {
        let named = |variable: &str| {
            env::var(variable)
                .unwrap_or_else(|_| panic!("{variable} is not set; run `cargo xtask bench`"))
        };
        let mut url = Url::parse(&named("DATABASE_URL")).expect("DATABASE_URL is a URL");
        url.set_path("genkan_bench");
        let stores = Self { database_url: url.into(), redis_url: named("REDIS_URL") };
        postgres::migrate(&stores.database_url).await.expect("the tables can be made");
        stores
    }

    /// An instance with production settings.
    pub async fn instance(&self, live_sessions: &str) -> Genkan {
        let environment = HashMap::from([
            ("DATABASE_URL", self.database_url.as_str()),
            ("REDIS_URL", self.redis_url.as_str()),
            ("LIVE_SESSIONS", live_sessions),
            ("SECRET_KEYS", KEY),
            ("PUBLIC_URL", PUBLIC_URL),
            ("DEV_MAILBOX", "on"),
            ("RATE_LIMITS", "off"),
        ]);
        let lookup = |variable: &str| environment.get(variable).map(|value| (*value).to_owned());
        let config = Config::read(lookup).expect("these settings are good");
        Genkan::connect(config).await.expect("the stores are there")
    }
}

/// A member and their password.
#[derive(Clone)]
pub struct SomeMember {
    id: MemberId,
    authority_version: i64,
}

impl SomeMember {
    pub async fn join(site: &Genkan, email: &str) -> Self {
        let password = Password::parse_typed(PASSWORD).expect("a password");
        let hash = site
            .resources
            .hasher
            .hash(&password, &Asker::stranger(&Client::default()))
            .await
            .expect("it is hashed");
        let members = PgMembers::new(site.database.clone());
        let new = NewMember {
            email: Email::parse(email).expect("an address"),
            display_name: DisplayName::parse("Hana").expect("a name"),
            locale: Language::En,
            password_hash: hash,
        };
        members.seed(&new).await.expect("the database answers");
        let known = members.credentials(&new.email).await.expect("the database answers");
        let known = known.expect("the member is there");
        Self { id: known.member_id, authority_version: known.authority_version }
    }

    /// A new session.
    pub async fn sign_in(&self, site: &Genkan) -> IssuedTokens {
        let sign_in = SignIn {
            member_id: self.id,
            authority_version: self.authority_version,
            persistence: Persistence::Browser,
            client: Client::default(),
        };
        let now = OffsetDateTime::now_utc();
        start_session(&site.resources.session, sign_in, now).await.expect("the session begins")
    }
}

/// An unused e-mail address.
pub fn some_email() -> String {
    format!("{}@example.com", MemberId::random())
}

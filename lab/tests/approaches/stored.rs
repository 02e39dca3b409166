//! Everything that a store holds, as somebody reads it who has got a copy.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use fred::{
    interfaces::ClientLike,
    types::{ClusterHash, CustomCommand, Value},
};
use lab::site::Settings;
use server::redis::Redis;
use sqlx::{AssertSqlSafe, PgPool, Row};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::Mutex,
};
use tower_sessions::session::Id;
use uuid::Uuid;

/// Held by a test that uses every session it finds in a store, and by those whose sessions nobody else may use meanwhile.
pub(crate) static USE_OF_EVERY_SESSION: Mutex<()> = Mutex::const_new(());

/// Every text in Redis: keys, their parts, and values. Bytes are written as cookies write them.
pub(crate) async fn in_redis(settings: &Settings) -> Vec<String> {
    let redis = Redis::connect(settings.redis_url.as_deref().unwrap()).await.unwrap();
    let redis = redis.client().unwrap();
    let ask = async |name, argument| {
        let command = CustomCommand::new_static(name, ClusterHash::FirstKey, false);
        redis.custom::<Value, Value>(command, vec![argument]).await.unwrap()
    };
    let mut found = Vec::new();
    for key in ask("KEYS", "*".into()).await.into_array() {
        let kind = ask("TYPE", key.clone()).await.as_string();
        // Nothing, if another test has deleted it meanwhile.
        match kind.as_deref() {
            Some("string") => found.push(ask("GET", key.clone()).await),
            Some("hash") => found.extend(ask("HGETALL", key.clone()).await.into_array()),
            Some("set") => found.extend(ask("SMEMBERS", key.clone()).await.into_array()),
            _ => {}
        }
        found.push(key);
    }
    found.iter().filter_map(Value::as_bytes).flat_map(texts_of).collect()
}

fn texts_of(bytes: &[u8]) -> Vec<String> {
    let parts = bytes.split(|byte| *byte == b':').chain([bytes]);
    parts
        .map(|part| match str::from_utf8(part) {
            Ok(text) => text.to_owned(),
            Err(_) => BASE64_URL_SAFE_NO_PAD.encode(part),
        })
        .collect()
}

/// The parts of every key in memcached.
pub(crate) async fn in_memcached(settings: &Settings) -> Vec<String> {
    let mut stream = TcpStream::connect(settings.memcached_url.as_ref().unwrap()).await.unwrap();
    stream.write_all(b"lru_crawler metadump all\r\n").await.unwrap();
    let mut lines = BufReader::new(stream).lines();
    let mut texts = Vec::new();
    // key=session%3A… and more of it
    while let Some(line) = lines.next_line().await.unwrap().filter(|line| line != "END") {
        let key = line.strip_prefix("key=").and_then(|line| line.split(' ').next()).unwrap();
        texts.extend(key.split("%3A").flat_map(|part| part.split(':')).map(str::to_owned));
    }
    texts
}

/// Every text in the tables of sessions in Postgres, and ids as the library writes them.
pub(crate) async fn in_postgres(settings: &Settings) -> Vec<String> {
    let database = PgPool::connect(&settings.database_url).await.unwrap();
    let mut texts = Vec::new();
    for table in ["lab_sessions", "sessions"] {
        let query = format!("select to_jsonb(it) from {table} it");
        let Ok(rows) = sqlx::query(AssertSqlSafe(query)).fetch_all(&database).await else {
            // Only one of the approaches has made its table.
            continue;
        };
        for row in rows {
            let row: serde_json::Value = row.get(0);
            let columns = row.as_object().unwrap().values();
            texts.extend(columns.filter_map(|value| value.as_str()).map(str::to_owned));
        }
    }
    let ids = texts.iter().filter_map(|text| text.parse::<Uuid>().ok());
    let ids: Vec<_> = ids.map(|id| Id(i128::from_be_bytes(id.into_bytes())).to_string()).collect();
    texts.into_iter().chain(ids).collect()
}

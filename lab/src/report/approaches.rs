//! How each approach works, and what its thieves get.

use super::{
    facts::{
        ACTS, BELIEVED, Basis, COOKIE_LIMIT, COPIES, Fact, HTTP_ONLY, KEYS_THIEF, LOCAL_STORAGE,
        REUSE, SCRIPT_REFRESHES, SCRIPTS_MEMORY, STORES_READER,
    },
    words::{Words, words},
};

/// An approach in words.
pub struct About {
    /// As in the results
    pub id: &'static str,
    pub how: Words,
    /// What somebody gets who has copied the cookies or the token
    pub cookies_thief: Fact,
    /// What somebody gets who reads the session store. `None`: there is no store outside of the instance.
    pub stores_reader: Option<Fact>,
    /// What somebody gets who has the instances' secret. `None`: there is no secret.
    pub keys_thief: Option<Fact>,
}

const UNTIL_IT_ENDS: Fact = Fact {
    words: words(
        "the session until it ends; a log-out ends the copy as well",
        "セッションが終わるまで使える。ログアウトすれば、コピーも無効になる",
    ),
    basis: COPIES,
};
const EVERY_SESSION: Option<Fact> = Some(Fact {
    words: words(
        "every session: the store holds the ids that browsers present",
        "すべてのセッション。ブラウザーが送るIDが、そのまま保存されている",
    ),
    basis: STORES_READER,
});
const ANYBODY: Option<Fact> = Some(Fact {
    words: words(
        "anybody's session and any role, until the key is replaced",
        "鍵を替えるまで、どの会員にも、どの権限にもなれる",
    ),
    basis: KEYS_THIEF,
});
const THIRTY_DAYS: Fact = Fact {
    words: words(
        "the session for 30 days; a log-out does not end the copy",
        "30日間使える。ログアウトしても、コピーは有効なまま",
    ),
    basis: COPIES,
};

/// A session that the server keeps under a random id.
const fn kept(id: &'static str, how: Words, stores_reader: Option<Fact>) -> About {
    About { id, how, cookies_thief: UNTIL_IT_ENDS, stores_reader, keys_thief: None }
}

/// A session that the browser keeps.
const fn carried(id: &'static str, how: Words, cookies_thief: Fact) -> About {
    About { id, how, cookies_thief, stores_reader: None, keys_thief: ANYBODY }
}

const fn fact(words: Words, basis: Basis) -> Fact {
    Fact { words, basis }
}

pub const APPROACHES: &[About] = &[
    kept(
        "memory",
        words(
            "The instance keeps sessions in its memory, until it ends; the cookie holds a random id.",
            "セッションを、インスタンスが終わるまでそのメモリーに置く。Cookieには、ランダムなIDだけを入れる。",
        ),
        None,
    ),
    kept(
        "memcached",
        words(
            "The same in memcached, read and extended by one command.",
            "memcachedに置き、1回のコマンドで読み取りと延長を行う。",
        ),
        EVERY_SESSION,
    ),
    kept(
        "redis_common",
        words(
            "In Redis by `EXISTS`, `EXPIRE` and `GET`, and `SET` after a change, as commonly written.",
            "Redisに置き、`EXISTS`、`EXPIRE`、`GET`を順に呼び、変更は`SET`で書く。よく見かける書き方。",
        ),
        EVERY_SESSION,
    ),
    kept(
        "redis",
        words(
            "In Redis or Valkey, read and extended by one `GETEX`; a change is written only while the session exists.",
            "RedisまたはValkeyに置き、`GETEX`だけで読み取りと延長を行う。変更は、セッションが残っているときだけ書く。",
        ),
        EVERY_SESSION,
    ),
    kept(
        "rdb_every_request",
        words(
            "In Postgres, one row a session with a JSON value; each request moves the idle timeout, which is a write.",
            "Postgresに、1セッション1行、JSONで置く。リクエストのたびに有効期限を書き換える。",
        ),
        EVERY_SESSION,
    ),
    kept(
        "rdb_once_a_minute",
        words(
            "The same, written at most once a minute while nothing changes.",
            "同じくPostgresに置くが、変更がなければ、書き込みは最大でも1分に1回。",
        ),
        EVERY_SESSION,
    ),
    carried(
        "sealed_cookie",
        words(
            "The whole session in a cookie, encrypted with AES-256-GCM, with the times of its issue and last use inside.",
            "セッション全体をAES-256-GCMで暗号化してCookieに入れる。発行時刻と最終利用時刻も中に入れる。",
        ),
        fact(
            words(
                "the session while it is used, 12 hours at most; a log-out does not end the copy",
                "使い続けるかぎり、最長12時間使える。ログアウトしても、コピーは有効なまま",
            ),
            COPIES,
        ),
    ),
    carried(
        "jwt_long",
        words(
            "The whole session in a signed token (JWT, HMAC-SHA256) that lives for 30 days, in a cookie.",
            "セッション全体を、30日間有効な署名付きトークン（JWT、HMAC-SHA256）に入れ、Cookieに置く。",
        ),
        THIRTY_DAYS,
    ),
    carried(
        "jwt_short",
        words(
            "A signed token that lives for five minutes, and a signed refresh token for 30 days. No store.",
            "5分間有効な署名付きトークンと、30日間有効な署名付きリフレッシュトークン。ストアは使わない。",
        ),
        THIRTY_DAYS,
    ),
    carried(
        "jwe",
        words(
            "The same as a signed token alone, inside an encrypted one (JWS in JWE, `dir` with A256GCM): nobody without the key can read it.",
            "署名付きトークンを、さらに暗号化したもの（JWS in JWE、`dir`とA256GCM）。鍵がなければ読めない。",
        ),
        THIRTY_DAYS,
    ),
    carried(
        "spa_local_storage",
        words(
            "A page's script keeps a signed token in `localStorage`, and sends it with each request.",
            "ページのスクリプトが署名付きトークンを`localStorage`に置き、リクエストごとに送る。",
        ),
        fact(
            words(
                "the session for 30 days, and any injected script is such a thief",
                "30日間使える。ページに注入されたスクリプトは、どれもトークンを盗める",
            ),
            LOCAL_STORAGE,
        ),
    ),
    carried(
        "spa_memory",
        words(
            "A page's script keeps a signed token of five minutes in a variable, and gets another one by a refresh token in an HttpOnly cookie.",
            "ページのスクリプトが、5分間有効な署名付きトークンを変数に置く。次のトークンは、HttpOnlyのCookieにあるリフレッシュトークンで得る。",
        ),
        fact(
            words(
                "the session for 5 minutes by a token that an injected script has caught, for 30 days by the refresh token, which it cannot read",
                "注入されたスクリプトが捕らえたトークンなら5分間、スクリプトから読めないリフレッシュトークンなら30日間使える",
            ),
            SCRIPTS_MEMORY,
        ),
    ),
    About {
        id: "jwt_store",
        how: words(
            "A signed token, and a session in Redis: verify the signature, `EXISTS`, `EXPIRE`, go on, else 401. Name and role are in the token.",
            "署名付きトークンと、Redisのセッション。署名を検証し、`EXISTS`、`EXPIRE`を呼び、なければ401を返す。名前と権限はトークンに入れる。",
        ),
        cookies_thief: UNTIL_IT_ENDS,
        stores_reader: Some(fact(
            words(
                "nobody's session: tokens are signed",
                "誰のセッションも得られない。トークンには署名がある",
            ),
            STORES_READER,
        )),
        keys_thief: Some(fact(
            words(
                "anybody's session and any role for whoever has a session of their own: any id that is in Redis will do",
                "自分のセッションが1つあれば、どの会員にも、どの権限にもなれる。Redisにあるのが誰のIDでも通る",
            ),
            BELIEVED,
        )),
    },
    About {
        id: "genkan",
        how: words(
            "A signed token of five minutes and a rotating refresh token in HttpOnly cookies; sessions are rows in Postgres, and a store of live sessions is asked once for each request, whose role counts.",
            "5分間有効な署名付きトークンと、使うたびに替わるリフレッシュトークンを、HttpOnlyのCookieに置く。セッションはPostgresの行で、リクエストごとに1回、有効なセッションのストアを確かめる。権限は、このストアのものを使う。",
        ),
        cookies_thief: fact(
            words(
                "the session until it ends; a copied refresh token is found out when both have used it, and the session ends",
                "セッションが終わるまで使える。リフレッシュトークンのコピーは、双方が使った時点で見つかり、セッションを終わらせる",
            ),
            REUSE,
        ),
        stores_reader: Some(fact(
            words(
                "nobody's session: what browsers present is in neither store",
                "誰のセッションも得られない。ブラウザーが送るものは、どちらのストアにもない",
            ),
            STORES_READER,
        )),
        keys_thief: Some(fact(
            words(
                "nobody's session without one that is live",
                "有効なセッションも得なければ、誰にもなれない",
            ),
            KEYS_THIEF,
        )),
    },
];

/// What holds for scripts and cookies in every browser.
pub const BROWSERS: &[Fact] = &[
    fact(
        words(
            "A script that was injected into the page reads a token in `localStorage`, and can send it anywhere.",
            "ページに注入されたスクリプトは、`localStorage`のトークンを読み、どこへでも送れる。",
        ),
        LOCAL_STORAGE,
    ),
    fact(
        words(
            "It also gets a token in a variable: it replaces `fetch`, and the page's next request brings the token.",
            "変数のトークンも得られる。`fetch`を差し替えれば、ページの次のリクエストがトークンを運んでくる。",
        ),
        SCRIPTS_MEMORY,
    ),
    fact(
        words(
            "It can also ask for a new one: the refresh token goes along by itself in its cookie, and the response has the next token.",
            "新しいトークンを求めることもできる。リフレッシュトークンはCookieで自動的に送られ、レスポンスに次のトークンが入っている。",
        ),
        SCRIPT_REFRESHES,
    ),
    fact(
        words(
            "It cannot read an HttpOnly cookie, neither in `document.cookie` nor in a response.",
            "HttpOnlyのCookieは、`document.cookie`からもレスポンスからも読めない。",
        ),
        HTTP_ONLY,
    ),
    fact(
        words(
            "With any approach it can act as the member while the page is open. HttpOnly keeps the session from being carried away; it is no protection against injected scripts.",
            "どの方式でも、ページが開いているあいだは会員として操作できる。HttpOnlyはセッションの持ち出しを防ぐが、注入そのものへの対策にはならない。",
        ),
        ACTS,
    ),
    fact(
        words(
            "A cookie of 4,097 bytes, name and value together, is dropped by the browser without a word. One of 4,096 is kept.",
            "名前と値を合わせて4,097バイトのCookieを、ブラウザーは警告もなく捨てる。4,096バイトなら残る。",
        ),
        COOKIE_LIMIT,
    ),
];

impl About {
    /// Its file in `lab/src/approaches`, which two approaches may share.
    pub fn file(&self) -> String {
        let name = if self.id.starts_with("rdb_") { "rdb" } else { self.id };
        format!("{name}.rs")
    }
}

/// The words about an approach.
pub fn about(id: &str) -> Option<&'static About> {
    APPROACHES.iter().find(|about| about.id == id)
}

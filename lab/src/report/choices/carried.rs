//! Variants whose browsers carry a token or the session itself, and the product.

use super::{BYTES, CHECK, Choice, LOST, PARTS, STORES, choice};
use crate::report::{
    facts::{COOKIE_LIMIT, COPIES, JOSE, LOCAL_STORAGE, ROLES, SCRIPTS_MEMORY, TOKEN_RACE},
    words::words,
};

pub(super) const CARRIED: &[Choice] = &[
    choice(
        "sealed_cookie@client",
        words("Sealed cookie", "暗号化Cookie"),
        (
            words(
                "little data, no store, sessions whose end may wait",
                "データが少なく、ストアを持たず、即時の終了が要らないサイト",
            ),
            CHECK,
        ),
        (
            words(
                "ending sessions; data beyond 4,096 bytes",
                "セッションの強制終了、4,096バイトを超えるデータ",
            ),
            COOKIE_LIMIT,
        ),
    ),
    choice(
        "jwt_long@client",
        words("JWT (30 days)", "JWT（30日）"),
        (
            words(
                "rights that nobody takes away, such as a link to a download",
                "取り上げることのない権利（ダウンロードのリンクなど）",
            ),
            CHECK,
        ),
        (
            words(
                "members: a log-out ends no copy, and a role that was taken away goes on",
                "会員サイト。ログアウトしてもコピーは有効なままで、剥奪した権限も使える",
            ),
            COPIES,
        ),
    ),
    choice(
        "jwt_short@client",
        words("JWT (5 minutes)", "JWT（5分）"),
        (
            words(
                "reading without any store, if a lost role may work for minutes",
                "ストアなしの読み取り（権限の変更に数分かかってよい場合）",
            ),
            ROLES,
        ),
        (words("log-outs that end copies", "コピーも無効にするログアウト"), COPIES),
    ),
    choice(
        "jwe@client",
        words("JWS in JWE", "JWS in JWE"),
        (
            words(
                "the same as a JWT, with data that the browser must not read",
                "JWTと同じ（ブラウザーに読ませたくないデータがある場合）",
            ),
            JOSE,
        ),
        (
            words(
                "the same as a JWT, and little data",
                "JWTと同じ。Cookieが長くなり、データもあまり入らない",
            ),
            BYTES,
        ),
    ),
    choice(
        "spa_local_storage@client",
        words("SPA (localStorage)", "SPA（localStorage）"),
        (
            words(
                "nothing that an HttpOnly cookie would not do better",
                "なし。HttpOnlyのCookieが勝る",
            ),
            LOCAL_STORAGE,
        ),
        (
            words(
                "members: every script of the page can carry the token away",
                "会員サイト。ページのどのスクリプトもトークンを持ち出せる",
            ),
            LOCAL_STORAGE,
        ),
    ),
    choice(
        "spa_memory@client",
        words("SPA (variable)", "SPA（変数）"),
        (
            words(
                "scripts that have to send a token themselves",
                "トークンを自分で送る必要があるスクリプト",
            ),
            SCRIPTS_MEMORY,
        ),
        (words("log-outs that end copies", "コピーも無効にするログアウト"), COPIES),
    ),
    choice(
        "jwt_store@redis",
        words("JWT and Redis", "JWT＋Redis"),
        (
            words(
                "sites with JWTs whose log-outs have to end copies as well",
                "すでにJWTを使っていて、ログアウトでコピーも無効にしたいサイト",
            ),
            COPIES,
        ),
        (
            words(
                "sites that ask the store anyway: a changed role signs the member out, and a change can bring an ended session back",
                "どのみちストアを確かめるサイト。権限を変えるとログアウトになり、変更が重なると終了したセッションが復活する",
            ),
            TOKEN_RACE,
        ),
    ),
    choice(
        "genkan@redis",
        words("Genkan (Redis)", "Genkan（Redis）"),
        (
            words(
                "sessions that end at once and survive the store",
                "すぐに終わらせられ、ストアが消えても残るセッション",
            ),
            LOST,
        ),
        (
            words(
                "sites that want the least work per request, and the least code",
                "1件あたりの処理とコードを最小にしたいサイト",
            ),
            CHECK,
        ),
    ),
    choice(
        "genkan@sentinel",
        words("Genkan (Sentinel)", "Genkan（Sentinel）"),
        (
            words("the same, through a failure of Redis", "同じく、Redisの障害にも耐えたい場合"),
            LOST,
        ),
        (words("a site for which one Redis is enough", "Redis 1台で足りるサイト"), PARTS),
    ),
    choice(
        "genkan@postgres",
        words("Genkan (Postgres)", "Genkan（Postgres）"),
        (words("the same with one store", "同じことを、1つのストアで行いたい場合"), LOST),
        (
            words("sites whose database is the bottleneck", "データベースがボトルネックのサイト"),
            STORES,
        ),
    ),
    choice(
        "genkan@memcached",
        words("Genkan (memcached)", "Genkan（memcached）"),
        (
            words(
                "the same, on a memcached that is there already",
                "同じことを、すでにあるmemcachedで行いたい場合",
            ),
            LOST,
        ),
        (
            words(
                "sites without a memcached: Redis fails over",
                "memcachedのないサイト（Redisならフェイルオーバーできる）",
            ),
            PARTS,
        ),
    ),
    choice(
        "genkan@memory",
        words("Genkan (memory)", "Genkan（メモリー）"),
        (
            words(
                "one instance, whose deployments nobody notices",
                "1台で動かし、デプロイに気づかれたくないサイト",
            ),
            LOST,
        ),
        (words("a second instance", "2台目のインスタンス"), LOST),
    ),
];

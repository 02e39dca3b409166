//! Variants whose sessions the server keeps under an id.

use super::{CHECK, Choice, LOST, PARTS, ROUND_TRIPS, STORES, WRITES, choice};
use crate::report::{
    facts::{Basis, COMMON_RACE, COPIES, MEMORY_RACE},
    words::words,
};

pub(super) const KEPT: &[Choice] = &[
    choice(
        "memory@alone",
        words("Memory (one instance)", "メモリー（1台）"),
        (
            words(
                "one instance whose members may log in again after each deployment",
                "1台だけで動かし、デプロイのたびに再ログインしてもらえるサイト",
            ),
            LOST,
        ),
        (
            words(
                "a second instance; log-outs that must last: with this library's store, a page under way brings the session back",
                "2台目のインスタンス、確実なログアウト（このライブラリーのストアでは、処理中のページがあるとセッションが復活する）",
            ),
            MEMORY_RACE,
        ),
    ),
    choice(
        "memory@round-robin",
        words("Memory (in turn)", "メモリー（順番に分散）"),
        (words("nothing", "なし"), LOST),
        (
            words(
                "any site: two of three requests find no session",
                "どのサイトにも不向き。3回に2回はセッションが見つからない",
            ),
            LOST,
        ),
    ),
    choice(
        "memory@sticky-balancer",
        words("Memory (balancer's cookie)", "メモリー（LBのCookie）"),
        (
            words(
                "an existing application that cannot be changed",
                "変更できない既存のアプリケーション",
            ),
            LOST,
        ),
        (words("instances that come and go", "増減するインスタンス"), LOST),
    ),
    choice(
        "memory@sticky-application",
        words("Memory (application's cookie)", "メモリー（アプリのCookie）"),
        (
            words(
                "the same, where the balancer may set no cookie",
                "同じく、ロードバランサーがCookieを設定できない場合",
            ),
            LOST,
        ),
        (words("instances that come and go", "増減するインスタンス"), LOST),
    ),
    choice(
        "memcached@memcached",
        words("memcached", "memcached"),
        (
            words(
                "sessions that may be lost, on a memcached that is there already",
                "失われてもよいセッション（memcachedをすでに使っている場合）",
            ),
            LOST,
        ),
        (
            words(
                "sessions that must survive a restart or a full store",
                "ストアの再起動や満杯のときにも残すべきセッション",
            ),
            LOST,
        ),
    ),
    choice(
        "redis_common@redis",
        words("Redis (as commonly written)", "Redis（よくある書き方）"),
        (
            words("nothing that one command would not do better", "なし。1回のコマンドで済む"),
            ROUND_TRIPS,
        ),
        (
            words(
                "any site: between its commands, a change brings an ended session back",
                "どのサイトにも不向き。コマンドのあいだに変更が重なると、終了したセッションが復活する",
            ),
            COMMON_RACE,
        ),
    ),
    choice(
        "redis@redis",
        words("Redis", "Redis"),
        (
            words(
                "most sites: sessions end at once, on any instance",
                "多くのサイト。どのインスタンスでも、セッションがすぐに終わる",
            ),
            COPIES,
        ),
        (
            words("sessions that must survive a wiped store", "ストアが消えても残すべきセッション"),
            LOST,
        ),
    ),
    choice(
        "redis@valkey",
        words("Valkey", "Valkey"),
        (words("the same as Redis", "Redisと同じ"), CHECK),
        (words("the same as Redis", "Redisと同じ"), LOST),
    ),
    choice(
        "redis@cluster",
        words("Valkey Cluster", "Valkey Cluster"),
        (
            words("more sessions than one server holds", "1台に収まらない数のセッション"),
            Basis::NotMeasured,
        ),
        (
            words(
                "a site that one server carries: six processes instead of one",
                "1台で足りるサイト（6プロセスが必要）",
            ),
            PARTS,
        ),
    ),
    choice(
        "redis@sentinel",
        words("Redis and Sentinel", "Redis＋Sentinel"),
        (words("Redis that fails over by itself", "障害時に自動で切り替えたいRedis"), LOST),
        (
            words("sessions that must survive a wiped store", "ストアが消えても残すべきセッション"),
            LOST,
        ),
    ),
    choice(
        "rdb_every_request@postgres",
        words("RDB (each request)", "RDB（毎回）"),
        (
            words(
                "little traffic and no second store",
                "アクセスが少なく、ストアを増やしたくないサイト",
            ),
            LOST,
        ),
        (
            words(
                "much traffic: each page is a write",
                "アクセスの多いサイト。ページごとに書き込みが起きる",
            ),
            WRITES,
        ),
    ),
    choice(
        "rdb_once_a_minute@postgres",
        words("RDB (once a minute)", "RDB（1分に1回）"),
        (
            words(
                "sessions as safe as the members, without another store",
                "ストアを増やさず、セッションを会員のデータと同じ程度に安全に保ちたいサイト",
            ),
            LOST,
        ),
        (
            words("sites whose database is the bottleneck", "データベースがボトルネックのサイト"),
            STORES,
        ),
    ),
];

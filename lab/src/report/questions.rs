//! The questions, each with its figures and its plot.

use super::{
    figures::{
        ADDED, BALANCED, BALANCED_CHECKS, BALANCED_SERVER, BALANCED_STORE, BALANCER, CHECK,
        CHECK_SERVER, CHECK_STORE, CHECK_TRIPS, CHECKS, COOKIE, COUNT, COUNT_SERVER, COUNT_STORE,
        COUNT_TRIPS, COUNTS, FAILED_OVER, FORGED_SERVER, FORGED_STORE, FORGED_TRIPS, Figure,
        KILLED, LINES, LOG_OUT, LOST_UPDATES, REFRESH, REFRESH_SERVER, REFRESH_STORE,
        REFRESH_TRIPS, REFRESHES, REQUEST_HEAD, RESPONSE_HEAD, RESTARTED, ROLE, STORE_DOWN,
        STORE_FULL, STORE_RESTARTED, STORE_RESTARTED_FROM_LOG, STORE_WIPED, STORED, UNDISTURBED,
        WRITES, WRITES_CHECK, WRITES_COUNT, WRITES_LATER, WRITES_REFRESH,
    },
    plots::Drawn,
    words::{Words, words},
};

/// A question, and what was measured to answer it.
pub struct Question {
    /// Of its anchor, and of the file of its plot
    pub id: &'static str,
    pub title: Words,
    pub text: Words,
    pub figures: &'static [Figure],
    pub drawn: Drawn,
    /// Of the plot's axis
    pub unit: Words,
}

const INSTANCE: Words = words("instance", "インスタンス");
const INSTANCES: Words = words("instances", "インスタンス3台");
const STORES: Words = words("stores", "ストア");
const HAPROXY: Words = words("balancer", "ロードバランサー");
const A_CHECK: Words = words("check", "確認");
const A_CHANGE: Words = words("change", "変更");
const ENDED: Words = words("ended session", "ログアウト");
const TAKEN: Words = words("lost role", "権限の剥奪");

pub const QUESTIONS: &[Question] = &[
    Question {
        id: "check",
        title: words("How many checks a second?", "1秒に何件確認できるか"),
        text: words(
            "A check is a page that needs the member and the session's counter. The instance has one processor; its stores and the load have another. 16 connections at once, then one alone. Of 16 at once, a few connections can get more answers than others, so that the p50 may be less than the average.",
            "確認とは、会員とセッションのカウンターを必要とするページ1件のこと。インスタンスがCPUを1つ、ストアと負荷がもう1つを使う。16接続を並列で、次に1接続だけで測った。並列では一部の接続に応答が偏ることがあり、p50が平均より小さくなりうる。",
        ),
        figures: &[CHECKS, CHECK.p50, CHECK.p99, CHECK.alone_p50, CHECK.alone_p99],
        drawn: Drawn::Bars(CHECKS),
        unit: words("checks a second", "件/秒"),
    },
    Question {
        id: "work",
        title: words("What does a check cost?", "確認1件にかかる処理"),
        text: words(
            "Processor time of the instance and of all its stores, with 16 connections at once. Other programs on the machine change it little, so these are the figures to trust. Server-side sessions read the member's row for each page, so that a changed role takes effect at once; tokens carry name and role. JWTs are signed with HMAC-SHA256, the cheapest way, since the site that verifies them has signed them. Genkan signs with Ed25519, whose public key may be given to other services, and remembers the tokens that it has verified: those of this load are among them, so the first request with each token costs more, by about as much as [a forgery](#forged).",
            "16接続並列での、インスタンスと全ストアのCPU時間。マシン上のほかのプログラムにほとんど影響されないため、最も信頼できる数値である。サーバー側のセッションは、権限の変更をすぐに反映するため、ページごとに会員の行を読む。トークンには、名前と権限が入っている。JWTは、署名した同じサイトが検証するので、最も軽いHMAC-SHA256で署名した。Genkanは、公開鍵をほかのサービスにも渡せるEd25519で署名し、検証済みのトークンを覚えておく。この負荷のトークンはすべて検証済みなので、実際には、各トークンの最初のリクエストに[偽造1件](#forged)ほどの処理が加わる。",
        ),
        figures: &[CHECK_SERVER, CHECK_STORE],
        drawn: Drawn::Stacked(&[(INSTANCE, CHECK_SERVER), (STORES, CHECK_STORE)]),
        unit: words("µs", "µs"),
    },
    Question {
        id: "balancer",
        title: words(
            "What does a check cost through a balancer?",
            "ロードバランサー経由の確認1件にかかる処理",
        ),
        text: words(
            "HAProxy ends TLS and spreads checks over three instances: in turn, and those of sessions in memory to the instance that keeps them, by a cookie of its own or by the application's. Connections stay open, as those of browsers do (HTTP/1.1 over TLS). The three instances share one processor and take turns on it, so they are no faster than one, and take more time for a check. The balancer shares the other processor with the stores and the load, and that one is used up first: processor times say more than checks a second. There is no figure for sessions in memory whose checks are spread in turn, since two of three are refused.",
            "HAProxyがTLSを終端し、確認を3台のインスタンスに分散する。順番に割り当てるか、メモリーに置いたセッションでは、ロードバランサー自身のCookieかアプリのCookieによって、セッションのあるインスタンスへ送る。接続は、ブラウザーと同じように維持する（TLS上のHTTP/1.1）。3台が1つのCPUを交代で使うため、1台より速くはならず、確認1件のCPU時間も増える。ロードバランサーは、もう1つのCPUをストアや負荷と分け合い、こちらが先に足りなくなる。そのため、1秒あたりの件数よりも、CPU時間のほうが参考になる。メモリーに置いて順番に分散する構成では、3回に2回は拒否されるため、数値がない。",
        ),
        figures: &[
            BALANCED_SERVER,
            BALANCED_STORE,
            BALANCER,
            BALANCED_CHECKS,
            BALANCED.p50,
            BALANCED.p99,
            BALANCED.alone_p50,
            BALANCED.alone_p99,
        ],
        drawn: Drawn::Stacked(&[
            (INSTANCES, BALANCED_SERVER),
            (STORES, BALANCED_STORE),
            (HAPROXY, BALANCER),
        ]),
        unit: words("µs", "µs"),
    },
    Question {
        id: "change",
        title: words("What does a change cost?", "変更1件にかかる処理"),
        text: words(
            "A change raises the counter in the session.",
            "変更とは、セッション内のカウンターを1つ増やすこと。",
        ),
        figures: &[
            COUNT_SERVER,
            COUNT_STORE,
            COUNTS,
            COUNT.p50,
            COUNT.p99,
            COUNT.alone_p50,
            COUNT.alone_p99,
        ],
        drawn: Drawn::Stacked(&[(INSTANCE, COUNT_SERVER), (STORES, COUNT_STORE)]),
        unit: words("µs", "µs"),
    },
    Question {
        id: "refresh",
        title: words("What does a refresh cost?", "トークンの更新1件にかかる処理"),
        text: words(
            "Only short-lived tokens are refreshed. Genkan rotates the refresh token and commits that to Postgres; the others sign new tokens after reading the member's row.",
            "更新が要るのは、有効期間の短いトークンだけ。Genkanはリフレッシュトークンを取り替え、Postgresにコミットする。ほかの方式は、会員の行を読んで、新しいトークンに署名する。",
        ),
        figures: &[
            REFRESH_SERVER,
            REFRESH_STORE,
            REFRESHES,
            REFRESH.p50,
            REFRESH.p99,
            REFRESH.alone_p50,
            REFRESH.alone_p99,
        ],
        drawn: Drawn::Stacked(&[(INSTANCE, REFRESH_SERVER), (STORES, REFRESH_STORE)]),
        unit: words("µs", "µs"),
    },
    Question {
        id: "round-trips",
        title: words("How often does a request wait for a store?", "1リクエストがストアを待つ回数"),
        text: words(
            "On a network each round trip adds its latency; here, on one machine, it adds almost none. A proxy counts them in front of Postgres and memcached. Redis and Valkey count by themselves how often they read from a connection, of a cluster and behind sentinels the masters.",
            "ネットワーク越しでは、往復のたびに遅延が加わる（ここでは1台のマシンなので、ほとんど加わらない）。Postgresとmemcachedは、手前のプロキシーで数えた。RedisとValkeyは、接続から読み取った回数を自分で数えている（クラスターとSentinelではマスターの回数）。",
        ),
        figures: &[CHECK_TRIPS, COUNT_TRIPS, REFRESH_TRIPS],
        drawn: Drawn::Beside(&[(A_CHECK, CHECK_TRIPS), (A_CHANGE, COUNT_TRIPS)]),
        unit: words("round trips", "往復（回）"),
    },
    Question {
        id: "bytes",
        title: words("How much does each request carry?", "リクエストごとに運ぶ量"),
        text: words(
            "Names and values of the cookies, or the token, and all header lines of a page's request and response.",
            "Cookieの名前と値（またはトークン）と、ページ1件のリクエストとレスポンスの全ヘッダー。",
        ),
        figures: &[COOKIE, REQUEST_HEAD, RESPONSE_HEAD],
        drawn: Drawn::Bars(COOKIE),
        unit: words("bytes", "バイト"),
    },
    Question {
        id: "stored",
        title: words("How much does a session take in its store?", "1セッションの保存量"),
        text: words(
            "With {sessions} sessions: the growth of the store, or of the memory of the instance, divided by their number. Each has been changed once. With an RDB, the rows that this replaces take room until Postgres clears them; with Genkan the counter is a record of its own. Of a cluster and behind sentinels the masters are counted; their replicas take the same again.",
            "{sessions}セッションを作り、ストア（またはインスタンスのメモリー）の増加量を、その数で割った。各セッションは1回変更してある。RDBの方式では、置き換えられた古い行も、片づけられるまで場所を取る。Genkanでは、カウンターが別のレコードになる。クラスターとSentinelではマスターだけを数えた。レプリカも同じだけ使う。",
        ),
        figures: &[STORED],
        drawn: Drawn::Bars(STORED),
        unit: words("bytes", "バイト"),
    },
    Question {
        id: "writes",
        title: words("How often is a store written?", "ストアへの書き込みの頻度"),
        text: words(
            "Counted by the stores: rows of Postgres that are inserted, changed or deleted; commands of Redis and Valkey that write, one for a hash with all its fields; items of memcached that are set or touched. memcached does not count the command by which Genkan extends an item, so a proxy does. A check follows another one at once, or after more than a minute without any; a refresh includes what the next page notes of it. The hour is that of a member who loads two pages a minute, and refreshes when a token's five minutes are over: 60 × writes a check + 60 × writes a check after a minute + 12 × writes a refresh.",
            "ストア自身が数えた回数。Postgresでは挿入・変更・削除された行、RedisとValkeyでは書き込むコマンド（ハッシュはフィールドの数によらず1回）、memcachedでは保存・延長された項目。Genkanが項目の延長に使うコマンドはmemcachedが数えないので、手前のプロキシーで数えた。確認は、直前に別の確認があったときと、1分以上なかったときの2通り。更新には、次のページがそれについて記録する分を含む。1時間あたりの値は、1分に2回ページを開き、トークンの5分が過ぎるたびに更新する会員のもの：60×確認1件の書き込み＋60×1分後の確認1件の書き込み＋12×更新1件の書き込み。",
        ),
        figures: &[WRITES, WRITES_CHECK, WRITES_LATER, WRITES_COUNT, WRITES_REFRESH],
        drawn: Drawn::Bars(WRITES),
        unit: words("writes an hour", "書き込み（回/時）"),
    },
    Question {
        id: "ends",
        title: words(
            "How long do ended sessions and lost roles still work?",
            "終了したセッションや剥奪した権限は、いつまで使えるか",
        ),
        text: words(
            "A copied cookie after the log-out, and a page that shows a role after it was taken away, on another instance where there is one. Watched with short-lived tokens of a few seconds instead of five minutes, so that the end can be seen: what ends with such a token takes up to five minutes in use. What still worked when watching ended works until the token or cookie expires by itself: up to 30 days, 12 hours for the sealed cookie. A JWT expires by whole seconds, so it may work a second longer.",
            "ログアウト後のCookieのコピーと、剥奪した権限が、（あれば別のインスタンスで）いつまで使えるかを見た。終わりを確かめるため、短命なトークンの有効期間は、5分ではなく数秒にした。トークンとともに終わるものは、実際には最長5分かかる。観察の終わりにまだ有効だったものは、トークンやCookieの期限まで有効で、最長30日（暗号化Cookieは12時間）。JWTの期限は秒単位なので、1秒ほど長く使えることがある。",
        ),
        figures: &[LOG_OUT, ROLE],
        drawn: Drawn::Beside(&[(ENDED, LOG_OUT), (TAKEN, ROLE)]),
        unit: words("seconds, while watched", "秒（観察の終わりまで）"),
    },
    Question {
        id: "lost",
        title: words("Which sessions are lost?", "どのセッションが失われるか"),
        text: words(
            "Of 200 sessions, the share that is gone afterwards, and the share of their counters where it differs. Where there is a refresh, it is tried first. A large dot is all of the sessions, a small one none; without a dot it does not apply. Purple: no session, but counters. A session counts as lost when its next request finds it signed out; a full store has memory again by then. Redis and Valkey keep no file, except where an append-only file is named. Genkan keeps the counter apart from the log-in, as data of a visitor: in Redis where it has one, otherwise in an unlogged table of Postgres. What is lost there does not come back. Sessions in memory whose requests are spread in turn have no counter, since two of three changes would be refused. Redis and Valkey are killed; memcached and Postgres are stopped in order, and a crash of Postgres would empty its unlogged tables, and with them Genkan's counters. Before a fail-over the replica has every write: what it misses under load was not measured. When it is full, memcached evicts, as by default; Genkan's refuses instead (`-M`), and so do Redis and Valkey (`noeviction`). Postgres was neither wiped nor filled: the members are in it.",
            "200セッションのうち、失われた割合。カウンターの失われた割合が異なるときは、それも示す。更新できる方式では、更新してから確かめた。大きい点は全セッション、小さい点はゼロ、紫の点はカウンターだけ、点がなければ該当しない。次のリクエストでログアウトになっていれば、失われたとみなす（満杯のストアは、その時点では空きが戻っている）。RedisとValkeyは、AOF（追記ファイル）とある場合を除き、ファイルに何も残さない。Genkanはカウンターをログインとは別に、訪問者のデータとして置く。Redisを使う構成ではRedis、ほかの構成ではPostgresのUNLOGGEDテーブルで、そこから失われた分は戻らない。メモリーに置いて順番に分散する構成では、変更の3回に2回が拒否されるため、カウンターを使っていない。RedisとValkeyは強制終了し、memcachedとPostgresは正常に停止した。Postgresがクラッシュすると、UNLOGGEDテーブルは空になり、Genkanのカウンターも失われる。フェイルオーバーの前に、レプリカはすべての書き込みを受け取っている。負荷のもとで届かない分は測っていない。満杯のとき、memcachedは既定どおり古い項目を追い出す。Genkanのmemcachedは新しい項目を拒む設定（`-M`）で、RedisとValkeyも同様（`noeviction`）。会員のデータがあるPostgresでは、全消去と満杯を試していない。",
        ),
        figures: &[
            UNDISTURBED,
            KILLED,
            ADDED,
            RESTARTED,
            STORE_RESTARTED,
            STORE_RESTARTED_FROM_LOG,
            STORE_WIPED,
            FAILED_OVER,
            STORE_FULL,
        ],
        drawn: Drawn::Dots(&[
            (words("nothing happens", "何も起きない"), UNDISTURBED),
            (words("instance killed", "インスタンスの強制終了"), KILLED),
            (words("instance added", "インスタンスの追加"), ADDED),
            (words("instance restarted", "インスタンスの再起動"), RESTARTED),
            (words("store restarted", "ストアの再起動"), STORE_RESTARTED),
            (words("restarted with a file", "AOFつきの再起動"), STORE_RESTARTED_FROM_LOG),
            (words("store wiped", "ストアの全消去"), STORE_WIPED),
            (words("store failed over", "ストアのフェイルオーバー"), FAILED_OVER),
            (words("store full", "ストアの満杯"), STORE_FULL),
        ]),
        unit: words("", ""),
    },
    Question {
        id: "updates",
        title: words("What goes wrong unnoticed?", "気づかれずに起きる誤り"),
        text: words(
            "100 times, two changes of one session are sent at the same moment; a change is lost if it was answered with 200 and the counter does not have it. What matters is whether changes are lost, not how many, which is chance. All approaches that read and write the session as a whole lose them; JWT and Redis raises the counter by one command (`HINCRBY`), which other approaches in Redis could do as well. With a shared store the two go to two instances, otherwise to one. For this, instances have a thread on each of two processors; with one, sessions in the memory of an instance would be changed one after the other. And the status of a page while the session store is stopped: anything but 200 fails closed, and 401 would take a failure for a log-out.",
            "1つのセッションへの2つの変更を同時に送ることを、100回くり返した。200が返ったのにカウンターに入っていない変更を、失われたと数える。意味があるのは失われるかどうかで、件数は偶然に左右される。セッション全体を読んで書き戻す方式では、どれも失われる。JWT＋Redisは1回のコマンド（`HINCRBY`）で増やすため失われない。Redisを使うほかの方式でも同じことができる。ストアを共有する方式では2つを別々のインスタンスへ、ほかでは1台へ送る。ここではインスタンスが2つのCPUでスレッドを1つずつ動かす。CPUが1つなら、メモリーに置く方式では変更が1つずつ処理される。また、セッションのストアを止めているあいだの、ページのステータス。200以外なら、誰も入れない。401なら、障害をログアウトと取り違えたことになる。",
        ),
        figures: &[LOST_UPDATES, STORE_DOWN],
        drawn: Drawn::Bars(LOST_UPDATES),
        unit: words("changes lost, of 100 pairs", "失われた変更（100組中）"),
    },
    Question {
        id: "forged",
        title: words("What does a forgery cost?", "偽造1件にかかる処理"),
        text: words(
            "A cookie or token of which some characters were changed. It signs nobody in; what it costs the site is what an attacker can make it spend.",
            "文字を一部変えたCookieやトークン。誰も入れないが、攻撃者はこの処理をサイトに強いることができる。",
        ),
        figures: &[FORGED_SERVER, FORGED_STORE, FORGED_TRIPS],
        drawn: Drawn::Stacked(&[(INSTANCE, FORGED_SERVER), (STORES, FORGED_STORE)]),
        unit: words("µs", "µs"),
    },
    Question {
        id: "lines",
        title: words("How much code is it?", "コードの量"),
        text: words(
            "Lines of the approach's own source in the lab, without empty lines and comments. Libraries are not counted; that sessions are kept in memcached, Redis or Postgres is a file here, which a team may find as a library. Genkan has no figure: its file, of some 200 lines, only calls the product, whose [session protocol](../server/domain/src/session/mod.rs) alone is longer than any approach here.",
            "ラボにある各方式のソースの行数（空行とコメントを除く）。ライブラリーは数えない。memcached、Redis、Postgresへの保存は、ここでは自前のファイルだが、ライブラリーで済むこともある。Genkanの値はない。ラボのファイル（約200行）は製品を呼ぶだけで、製品の[セッションの手順](../server/domain/src/session/mod.rs)だけでも、ここにあるどの方式より長い。",
        ),
        figures: &[LINES],
        drawn: Drawn::Bars(LINES),
        unit: words("lines", "行"),
    },
];

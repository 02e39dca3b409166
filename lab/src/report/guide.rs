//! "Choose this if": from one laptop to millions of members.

use super::{
    comparison::cell,
    figures::{
        BALANCED_CHECKS, CHECK_SERVER, CHECKS, FAILED_OVER, Figure, KILLED, LOG_OUT, PARTS,
        RESTARTED, ROLE, STORE_RESTARTED, STORE_RESTARTED_FROM_LOG, STORE_WIPED, WRITES,
    },
    rows::Row,
    table::Table,
    words::{Language, Words, words},
};

/// A situation, and the variant for it.
struct Advice {
    situation: Words,
    /// The variant's name in the results
    choice: &'static str,
    why: Words,
    /// The figures that speak for it, or that it costs
    figures: &'static [Figure],
}

const GUIDE: &[Advice] = &[
    Advice {
        situation: words("One laptop, a prototype, an internal tool", "1台のPC、試作、社内ツール"),
        choice: "memory@alone",
        why: words(
            "Nothing else to run, and little code. A restart signs everybody out.",
            "ほかに動かすものがなく、コードも少ない。再起動すると全員がログアウトになる。",
        ),
        figures: &[CHECKS, RESTARTED],
    },
    Advice {
        situation: words(
            "One database, one server or several, and a deployment should sign nobody out",
            "データベース1つ（サーバーは1台でも複数でも）。デプロイでログアウトさせたくない",
        ),
        choice: "rdb_once_a_minute@postgres",
        why: words(
            "Nothing more to run, sessions end at once on every instance, and they are as safe as the members.",
            "ほかに動かすものがなく、どのインスタンスでもセッションがすぐに終わり、会員のデータと同じ程度に安全。",
        ),
        figures: &[CHECKS, LOG_OUT, RESTARTED, STORE_RESTARTED, WRITES],
    },
    Advice {
        situation: words(
            "Several instances, and everybody may log in again when the store is lost",
            "複数のインスタンス。ストアが失われたら再ログインでよい",
        ),
        choice: "redis@redis",
        why: words(
            "Fast, and ends sessions at once on every instance. With an append-only file, a restart loses none.",
            "速く、どのインスタンスでもセッションがすぐに終わる。AOFがあれば、再起動では失われない。",
        ),
        figures: &[CHECKS, LOG_OUT, STORE_RESTARTED_FROM_LOG, STORE_WIPED],
    },
    Advice {
        situation: words(
            "An application that keeps sessions in memory and cannot be changed",
            "メモリーにセッションを置き、変更できないアプリケーション",
        ),
        choice: "memory@sticky-balancer",
        why: words(
            "The balancer keeps each browser with its instance. Sessions end with the instance.",
            "ロードバランサーが、ブラウザーを同じインスタンスへ送る。セッションはインスタンスとともに失われる。",
        ),
        figures: &[BALANCED_CHECKS, KILLED, RESTARTED],
    },
    Advice {
        situation: words(
            "Small data of visitors, such as a cart, without any store",
            "カートなど、訪問者の小さなデータ。ストアは持たない",
        ),
        choice: "sealed_cookie@client",
        why: words(
            "No store at all. A copy cannot be ended, and a browser keeps no more than 4,096 bytes.",
            "ストアがまったく要らない。コピーは無効にできず、ブラウザーは4,096バイトまでしか保存しない。",
        ),
        figures: &[CHECK_SERVER, LOG_OUT],
    },
    Advice {
        situation: words(
            "Many page views; a lost role may work for some minutes more, and a copied session until it expires",
            "閲覧が多く、剥奪した権限が数分、コピーされたセッションが期限まで使えてもよい",
        ),
        choice: "jwt_short@client",
        why: words(
            "A check asks no store. The copy of a refresh token works for 30 days.",
            "確認にストアが要らない。リフレッシュトークンのコピーは30日間有効。",
        ),
        figures: &[CHECKS, LOG_OUT, ROLE],
    },
    Advice {
        situation: words(
            "Several instances, and log-outs and roles at once; in addition, sessions outlive a lost store, nobody who reads the stores may get in, and a copied refresh token has to be found out",
            "複数のインスタンスで、ログアウトと権限の変更がすぐに効くこと。さらに、ストアが失われてもセッションが残り、ストアを読まれても侵入されず、リフレッシュトークンのコピーも見つけたい会員サイト",
        ),
        choice: "genkan@redis",
        why: words(
            "Live sessions are checked on each request, and rows in Postgres bring them back. A visitor's data, such as a cart, is lost with Redis.",
            "リクエストごとに有効なセッションを確かめ、失われてもPostgresの行から復元する。カートなど訪問者のデータは、Redisとともに失われる。",
        ),
        figures: &[CHECKS, LOG_OUT, ROLE, STORE_WIPED],
    },
    Advice {
        situation: words("The same with Postgres alone", "同じことを、Postgresだけで"),
        choice: "genkan@postgres",
        why: words(
            "One store to run and to back up. RDB (once a minute) ends sessions as fast and costs less; choose this for what [a thief](#thieves) does not get.",
            "運用とバックアップの対象が1つで済む。RDB（1分に1回）でもセッションは同じようにすぐ終わり、より軽い。違いは、[盗まれたとき](#thieves)に得られるものにある。",
        ),
        figures: &[CHECKS, PARTS, WRITES],
    },
    Advice {
        situation: words(
            "The same for millions of members ([not measured](#not-measured)), through a failure of a store",
            "同じ要件で、会員が数百万人おり（[未測定](#not-measured)）、ストアの障害にも耐えたい",
        ),
        choice: "genkan@sentinel",
        why: words(
            "A replica takes over, and sessions that are not in Redis come back from Postgres.",
            "レプリカが引き継ぎ、RedisにないセッションはPostgresから復元する。",
        ),
        figures: &[CHECKS, PARTS, FAILED_OVER, STORE_WIPED],
    },
    Advice {
        situation: words(
            "More sessions at once than one server can hold or answer for",
            "1台に収まらない、または1台では処理しきれない数のセッション",
        ),
        choice: "redis@cluster",
        why: words(
            "Sessions are spread over several masters, each of which adds its memory and processor; here all share one. Genkan also accepts a cluster.",
            "セッションを複数のマスターに分散し、マスターを増やすほどメモリーとCPUが増える（ここでは、すべてが1つのCPUを共有する）。Genkanもクラスターに対応している。",
        ),
        figures: &[PARTS, FAILED_OVER],
    },
];
const HEAD: [Words; 4] = [
    words("if it is", "状況"),
    words("choose", "選ぶ方式"),
    words("because", "理由"),
    words("measured", "測定値"),
];

const FIGURE: Words = words("{name}: {value}", "{name}：{value}");

/// The advice whose variants were measured.
pub fn guide(rows: &[Row<'_>], language: Language) -> Table {
    let advice = GUIDE.iter().filter_map(|advice| {
        let row = rows.iter().find(|row| row.choice.id == advice.choice)?;
        let figures = advice.figures.iter();
        let figures = figures.map(|it| {
            FIGURE.fill(
                language,
                &[("name", it.name.get(language).to_owned()), ("value", cell(it, row, language))],
            )
        });
        Some(vec![
            advice.situation.get(language).to_owned(),
            format!("**{}**", row.choice.name.get(language)),
            advice.why.get(language).to_owned(),
            figures.collect::<Vec<_>>().join("<br>"),
        ])
    });
    let head = HEAD.map(|word| word.get(language).to_owned()).into();
    Table { head, rows: advice.collect() }
}

#[cfg(test)]
mod tests {
    use super::{super::choices::choices, *};

    #[test]
    fn the_guide_names_variants_that_exist() {
        for advice in GUIDE {
            assert!(choices().any(|choice| choice.id == advice.choice), "{}", advice.choice);
        }
    }
}

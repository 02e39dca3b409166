//! The report as Markdown.

use anyhow::{Context, Result};

use super::{
    approaches::{APPROACHES, About, BROWSERS, about},
    comparison::{ahead, everything, table},
    facts::Fact,
    figures::{Better, PRODUCT},
    guide::guide,
    navigation::{contents, heading, list, other_forms},
    plots::Drawn,
    questions::{QUESTIONS, Question},
    rows::{Row, best_first, rows},
    table::Table,
    value::{NONE, number},
    words::{Language, Words, words},
};
use crate::results::Results;

/// The file that a page is in, which decides where it links to, and what GitHub need not understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Markdown,
    Html,
}

impl Form {
    pub fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Html => "html",
        }
    }
}

pub const TITLE: Words =
    words("Ways to keep a session, measured", "セッション管理の方式を測り比べる");
const INTRODUCTION: Words = words(
    "The same small site, built with each of these ways to keep a session as a competent team would build it, by that way's usual library, and measured side by side: what it costs, what survives, and how long ended sessions and lost roles still work. Each approach is [one file](../lab/src/approaches/mod.rs), and all answer the [same requests](../lab/src/lib.rs). Passwords are not part of it, since hashing one costs more than everything else together.",
    "同じ小さなサイトを、セッション管理の方式ごとに、その方式でよく使われるライブラリーを使って実務と同じように作り、並べて測った。どれだけの処理がかかるか、障害のあとに何が残るか、終了したセッションや剥奪した権限がいつまで使えるか。各方式は[1つのファイル](../lab/src/approaches/mod.rs)にあり、どれも[同じリクエスト](../lab/src/lib.rs)に答える。パスワードは扱わない。ハッシュの計算が、ほかのすべてより重いためである。",
);
const METHOD: Words = words(
    "Written by [`cargo xtask lab`](tooling.md) on {date}, on a machine of {cores} cores ({cpu}, Linux {kernel}). Instances run on one core; stores, balancer and load on the other. All approaches use the same clients of Postgres and Redis. The stores: {stores}; different allocators make the bytes of Redis and Valkey not quite comparable. Each load was measured in {rounds} rounds, all variants in one run and in another order each round; one in which a store did not answer in time is repeated, and left out of the round after four attempts. A figure of several rounds is the median, with the least and the greatest in brackets; all others were counted, or measured once. “–”: it does not apply, or another variant of the approach has the figure. All figures are in [approaches.json](../lab/results/approaches.json). With one core for instances, throughput says how the approaches compare, not what a larger machine does.",
    "[`cargo xtask lab`](tooling.md)が{date}に書き出した。マシンは{cores}コア（{cpu}、Linux {kernel}）。インスタンスが1コア、ストアとロードバランサーと負荷がもう1コアを使う。PostgresとRedisのクライアントは、すべての方式で同じ。ストアは{stores}。RedisとValkeyの保存量は、メモリー割り当ての方式が違うと、厳密には比べられない。負荷ごとに{rounds}回、すべての方式を1回の実行の中で、毎回順序を変えて測った（ストアの応答が間に合わなかった負荷はやり直し、4回とも失敗したらその回から除く）。複数回測った値は中央値で、括弧内が最小と最大。ほかは、数えたか、1回だけ測った値。「–」は、該当しないか、同じ方式の別の構成で測ったもの。すべての数値は[approaches.json](../lab/results/approaches.json)にある。インスタンスは1コアなので、スループットは方式の比較に使うもので、大きなマシンでの値ではない。",
);
const GUIDE: Words = words("Choose this if", "選び方");
const EVERYTHING: Words = words("Side by side", "一覧");
const EVERYTHING_TEXT: Words = words(
    "Everything in one table; the sections below show each question by itself. What is good for something and what not are judgements, each with a link to what it rests on. A balancer is counted among the processes only where the approach is nothing without it.",
    "すべてを1つの表にまとめた。質問ごとの詳細は、以下の節にある。向き不向きは判断であり、それぞれに根拠へのリンクがある。ロードバランサーは、それなしでは成り立たない方式だけで、プロセスに数えた。",
);
const AHEAD: Words = words("Where others are ahead of Genkan", "ほかの方式がGenkanを上回るところ");
const AHEAD_TEXT: Words = words(
    "A variant is ahead if the worst of its rounds is better than the best of Genkan's, and behind if it is the other way round. The last two columns count the remaining variants. Ahead in work is often what asks for less: a token alone asks no store, and therefore cannot end a session. In [code](#lines), every other approach is ahead.",
    "最も悪い回でもGenkanの最も良い回に勝るものを「上回る」とし、逆を「下回る」とした。右の2列は、残りの数を示す。処理で上回るものの多くは、することが少ない。トークンだけの方式はストアに問い合わせないので、セッションを終わらせることもできない。[コードの量](#lines)では、ほかのすべての方式が上回る。",
);
const HOW: Words = words("How each works", "各方式のしくみ");
const HOW_HEAD: [Words; 3] =
    [words("approach", "方式"), words("measured as", "構成"), words("works like this", "しくみ")];
const THIEVES: Words = words("What a thief gets", "盗まれたとき");
const THIEVES_TEXT: Words = words(
    "From a copied cookie or token, from reading the session store, and from the secret of the instances.",
    "Cookieやトークンのコピー、セッションのストアの読み取り、インスタンスの鍵のそれぞれから、何が得られるか。",
);
const THIEVES_HEAD: [Words; 4] = [
    words("approach", "方式"),
    words("cookie or token", "Cookie・トークン"),
    words("store", "ストア"),
    words("key", "鍵"),
];
const BROWSERS_TEXT: Words = words("Tried in Chromium:", "Chromiumで確かめたこと：");
const PLOT: Words = words(
    "Bars of “{figure}”, {order}: first {first}, {first_figure}; last {last}, {last_figure}.",
    "「{figure}」の棒グラフ（{order}）。最初は{first}で{first_figure}、最後は{last}で{last_figure}。",
);
const OWN_COLOUR: Words =
    words(" Genkan's bars have a colour of their own.", "Genkanの棒は色が異なる。");
const DOTS: Words = words(
    "A dot for each variant and event; the table below has the shares.",
    "方式と出来事ごとの点。割合は下の表にある。",
);
const LOWER_FIRST: Words = words("the least first", "小さい順");
const HIGHER_FIRST: Words = words("the most first", "大きい順");
const NOT_MEASURED: Words = words("Not measured", "測っていないこと");
const NOT_MEASURED_ITEMS: &[Words] = &[
    words(
        "A network between browsers, balancer, instances and stores. Multiply the round trips by its latency.",
        "ブラウザー、ロードバランサー、インスタンス、ストアのあいだのネットワーク。往復回数に、その遅延を掛けて考えること。",
    ),
    words(
        "More than one core for an instance or a store, and stores whose data exceed the memory.",
        "インスタンスやストアが2コア以上使える場合と、データがメモリーに収まらないストア。",
    ),
    words(
        "Sessions with much data. Only the sealed cookie has a cart that grows; the others keep one number.",
        "大きなデータを持つセッション。増えていくカートがあるのは暗号化Cookieだけで、ほかは数値を1つ持つ。",
    ),
    words(
        "Other languages and frameworks. Everything here is Rust on Axum, so that only the approaches differ.",
        "ほかの言語やフレームワーク。方式だけを比べるため、すべてRustとAxumで書いた。",
    ),
    words(
        "Encryption between instances and stores, several regions, and the bill of any cloud.",
        "インスタンスとストアのあいだの暗号化、複数のリージョン、クラウドの料金。",
    ),
    words(
        "Hours of load: vacuum, fragmentation of memory, snapshots of a store.",
        "数時間に及ぶ負荷：VACUUM、メモリーの断片化、ストアのスナップショット。",
    ),
    words(
        "TLS handshakes, and HTTP/2 between browsers and balancer.",
        "TLSのハンドシェイクと、ブラウザーとロードバランサーのあいだのHTTP/2。",
    ),
    words(
        "The cost of requests where Redis and Valkey append their writes to a file.",
        "RedisとValkeyがAOFに書くときの、リクエストにかかる処理。",
    ),
    words(
        "Short-lived JWTs with refresh tokens that are kept in a database, as many sites have them: a copy would end with its access token, after five minutes at most.",
        "短命なJWTと、データベースに保存するリフレッシュトークンの組み合わせ。広く使われており、コピーはアクセストークンの期限（最長5分）で使えなくなる。",
    ),
    words(
        "What a fail-over loses under load, and how long it takes.",
        "負荷のもとでのフェイルオーバーによる消失と、切り替わるまでの時間。",
    ),
    words("Browsers other than Chromium.", "Chromium以外のブラウザー。"),
];
const AGAIN: Words = words("Run it again", "もう一度測るには");
const AGAIN_TEXT: Words = words(
    "`cargo xtask lab` measures everything and writes this report; `cargo xtask lab redis@valkey genkan@redis` prints these variants; `cargo xtask lab --quick` only tests what must be so, and is part of `cargo xtask test`. Two cores and Linux are needed.",
    "`cargo xtask lab`がすべてを測り、この報告を書く。`cargo xtask lab redis@valkey genkan@redis`は、指定した方式だけを測って表示する。`cargo xtask lab --quick`は、成り立つべきことだけを確かめるもので、`cargo xtask test`に含まれる。2コアとLinuxが必要。",
);

/// A plot's file, from the folder of the page.
pub fn plot_path(question: &Question, language: Language) -> String {
    format!("approaches/{}{}.svg", question.id, language.suffix())
}

/// The page in a language.
///
/// # Errors
/// A variant of the results has no words.
pub fn page(results: &Results, language: Language, form: Form) -> Result<String> {
    let rows = rows(results)?;
    let text = |words: Words| words.get(language).to_owned();
    let values = [
        ("date", results.date.clone()),
        ("cores", results.machine.cores.to_string()),
        ("cpu", results.machine.cpu.clone()),
        ("kernel", results.machine.kernel.clone()),
        ("rounds", results.rounds.to_string()),
        ("stores", language.list(&results.stores)),
    ];
    let mut parts = vec![
        format!("# {}", text(TITLE)),
        other_forms(language, form),
        text(INTRODUCTION),
        METHOD.fill(language, &values),
        contents(&sections(), language, form),
        heading("guide", GUIDE, language, form),
        guide(&rows, language).markdown(),
        heading("all", EVERYTHING, language, form),
        text(EVERYTHING_TEXT),
        everything(&rows, language).markdown(),
    ];
    if let Some(table) = ahead(&rows, language) {
        let section = [heading("ahead", AHEAD, language, form), text(AHEAD_TEXT), table.markdown()];
        parts.extend(section);
    }
    parts.push(heading("how", HOW, language, form));
    parts.push(how(&rows, language)?.markdown());
    for question in QUESTIONS {
        parts.extend(section(question, results, &rows, (language, form)));
    }
    parts.extend([
        heading("thieves", THIEVES, language, form),
        text(THIEVES_TEXT),
        thieves(&rows, language)?.markdown(),
        text(BROWSERS_TEXT),
        list(BROWSERS.iter().map(|fact| fact.markdown(language))),
        heading("not-measured", NOT_MEASURED, language, form),
        list(NOT_MEASURED_ITEMS.iter().copied().map(text)),
        heading("again", AGAIN, language, form),
        text(AGAIN_TEXT),
    ]);
    Ok(parts.iter().map(|part| part.trim_end().to_owned() + "\n").collect::<Vec<_>>().join("\n"))
}

/// The ids and the titles of all sections.
fn sections() -> Vec<(&'static str, Words)> {
    let before = [("guide", GUIDE), ("all", EVERYTHING), ("ahead", AHEAD), ("how", HOW)];
    let questions = QUESTIONS.iter().map(|question| (question.id, question.title));
    let after = [("thieves", THIEVES), ("not-measured", NOT_MEASURED), ("again", AGAIN)];
    before.into_iter().chain(questions).chain(after).collect()
}

/// Heading, text, plot and table of a question.
fn section(
    question: &Question,
    results: &Results,
    rows: &[Row<'_>],
    (language, form): (Language, Form),
) -> Vec<String> {
    let sessions = results.variants.iter().map(|variant| variant.bytes.sessions).max();
    let values = [("sessions", number(sessions.unwrap_or_default() as f64))];
    let rows = best_first(rows, question);
    let mut parts = vec![
        heading(question.id, question.title, language, form),
        question.text.fill(language, &values),
    ];
    if question.drawn.draws(&rows) {
        let alternative = alternative(question, &rows, language);
        parts.push(format!("![{alternative}]({})", plot_path(question, language)));
    }
    parts.push(table(&rows, question.figures, language).markdown());
    parts
}

/// What a plot shows, for those who do not see it.
fn alternative(question: &Question, rows: &[Row<'_>], language: Language) -> String {
    let drawn = |row| Some((row, question.drawn.length_text(row, language)?));
    let known = || rows.iter().filter_map(drawn);
    let order = match (question.drawn, question.figures[0].better) {
        (Drawn::Dots(_), _) => return DOTS.get(language).to_owned(),
        (_, Better::Higher) => HIGHER_FIRST,
        (_, Better::Lower) => LOWER_FIRST,
    };
    let Some((first, last)) = known().next().zip(known().next_back()) else { return String::new() };
    let values = [
        ("order", order.get(language).to_owned()),
        ("figure", question.drawn.length_name(question.unit, language)),
        ("first", first.0.choice.name.get(language).to_owned()),
        ("first_figure", first.1),
        ("last", last.0.choice.name.get(language).to_owned()),
        ("last_figure", last.1),
    ];
    let colour = match question.drawn {
        Drawn::Bars(_) if known().any(|(row, _)| row.variant.approach == PRODUCT) => {
            OWN_COLOUR.get(language)
        }
        _ => "",
    };
    PLOT.fill(language, &values) + colour
}

/// How each approach works, and the variants of it.
fn how(rows: &[Row<'_>], language: Language) -> Result<Table> {
    of_each(rows, language, &HOW_HEAD, |about, names| {
        let link = format!("[`{}`](../lab/src/approaches/{})", about.id, about.file());
        vec![link, language.list(names), about.how.get(language).to_owned()]
    })
}

fn thieves(rows: &[Row<'_>], language: Language) -> Result<Table> {
    let fact =
        |fact: Option<Fact>| fact.map_or_else(|| NONE.to_owned(), |fact| fact.markdown(language));
    of_each(rows, language, &THIEVES_HEAD, |about, names| {
        let cookies = about.cookies_thief.markdown(language);
        vec![language.list(names), cookies, fact(about.stores_reader), fact(about.keys_thief)]
    })
}

/// A row for each approach that was measured. It gets the names of its variants.
fn of_each(
    rows: &[Row<'_>],
    language: Language,
    head: &[Words],
    row: impl Fn(&About, &[&str]) -> Vec<String>,
) -> Result<Table> {
    if let Some(unknown) = rows.iter().find(|row| about(&row.variant.approach).is_none()) {
        return Err(anyhow::anyhow!("{} has no words", unknown.variant.approach))
            .context("lab/src/report/approaches.rs");
    }
    let measured = APPROACHES.iter().filter_map(|about| {
        let variants = rows.iter().filter(|row| row.variant.approach == about.id);
        let names: Vec<_> = variants.map(|row| row.choice.name.get(language)).collect();
        (!names.is_empty()).then(|| row(about, &names))
    });
    let head = head.iter().map(|word| word.get(language).to_owned()).collect();
    Ok(Table { head, rows: measured.collect() })
}

//! The figures that are compared: how each is called and read from the results.

use super::{
    value::Value,
    words::{Words, words},
};
use crate::results::{Cost, On, Spread, Trips, Variant};

/// The product's approach.
pub const PRODUCT: &str = "genkan";

/// A column of the report's tables.
#[derive(Clone, Copy)]
pub struct Figure {
    pub name: Words,
    pub better: Better,
    pub of: fn(&Variant) -> Option<Value>,
}

/// Which figures are the better ones.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Better {
    Higher,
    Lower,
}

/// How long requests of one kind take: 16 connections at once, and one alone.
pub struct Latencies {
    pub p50: Figure,
    pub p99: Figure,
    pub alone_p50: Figure,
    pub alone_p99: Figure,
}

macro_rules! latencies {
    ($of:path, $request:literal, $ja:literal) => {
        Latencies {
            p50: lower(
                words(concat!($request, ": p50 of 16 at once, ms"), concat!($ja, "：16並列のp50（ms）")),
                |it| cost($of(it), |it| it.p50_ms),
            ),
            p99: lower(
                words(concat!($request, ": p99 of 16 at once, ms"), concat!($ja, "：16並列のp99（ms）")),
                |it| cost($of(it), |it| it.p99_ms),
            ),
            alone_p50: lower(
                words(concat!($request, ": p50 alone, ms"), concat!($ja, "：単独のp50（ms）")),
                |it| cost($of(it), |it| it.alone_p50_ms),
            ),
            alone_p99: lower(
                words(concat!($request, ": p99 alone, ms"), concat!($ja, "：単独のp99（ms）")),
                |it| cost($of(it), |it| it.alone_p99_ms),
            ),
        }
    };
}

pub const CHECK: Latencies = latencies!(of_check, "check", "確認");
pub const BALANCED: Latencies =
    latencies!(of_balanced, "check through the balancer", "ロードバランサー経由の確認");
pub const COUNT: Latencies = latencies!(of_count, "change", "変更");
pub const REFRESH: Latencies = latencies!(of_refresh, "refresh", "更新");

fn of_check(variant: &Variant) -> Option<&Cost> {
    variant.check.as_ref()
}

fn of_balanced(variant: &Variant) -> Option<&Cost> {
    variant.balanced.as_ref().map(|it| &it.cost)
}

fn of_count(variant: &Variant) -> Option<&Cost> {
    variant.count.as_ref()
}

fn of_refresh(variant: &Variant) -> Option<&Cost> {
    variant.refresh.as_ref()
}

pub const CHECKS: Figure = higher(words("checks a second", "確認（件/秒）"), |it| {
    cost(of_check(it), |it| it.requests_per_second)
});
pub const CHECK_SERVER: Figure = lower(
    words("instance, µs a check", "確認1件のCPU時間：インスタンス（µs）"),
    |it| cost(of_check(it), |it| it.server_us),
);
pub const CHECK_STORE: Figure =
    lower(words("stores, µs a check", "確認1件のCPU時間：ストア（µs）"), |it| {
        cost(of_check(it), |it| it.store_us)
    });
pub const BALANCED_CHECKS: Figure = higher(
    words("checks a second through the balancer", "ロードバランサー経由の確認（件/秒）"),
    |it| cost(of_balanced(it), |it| it.requests_per_second),
);
pub const BALANCED_SERVER: Figure = lower(
    words(
        "through the balancer: instances, µs a check",
        "ロードバランサー経由の確認1件のCPU時間：インスタンス3台（µs）",
    ),
    |it| cost(of_balanced(it), |it| it.server_us),
);
pub const BALANCED_STORE: Figure = lower(
    words(
        "through the balancer: stores, µs a check",
        "ロードバランサー経由の確認1件のCPU時間：ストア（µs）",
    ),
    |it| cost(of_balanced(it), |it| it.store_us),
);
pub const BALANCER: Figure = lower(
    words(
        "through the balancer: balancer, µs a check",
        "ロードバランサー経由の確認1件のCPU時間：ロードバランサー（µs）",
    ),
    |it| it.balanced.as_ref().map(|it| Value::Spread(it.balancer_us)),
);
pub const COUNTS: Figure = higher(words("changes a second", "変更（件/秒）"), |it| {
    cost(of_count(it), |it| it.requests_per_second)
});
pub const COUNT_SERVER: Figure = lower(
    words("instance, µs a change", "変更1件のCPU時間：インスタンス（µs）"),
    |it| cost(of_count(it), |it| it.server_us),
);
pub const COUNT_STORE: Figure =
    lower(words("stores, µs a change", "変更1件のCPU時間：ストア（µs）"), |it| {
        cost(of_count(it), |it| it.store_us)
    });
pub const REFRESHES: Figure = higher(words("refreshes a second", "更新（件/秒）"), |it| {
    cost(of_refresh(it), |it| it.requests_per_second)
});
pub const REFRESH_SERVER: Figure = lower(
    words("instance, µs a refresh", "更新1件のCPU時間：インスタンス（µs）"),
    |it| cost(of_refresh(it), |it| it.server_us),
);
pub const REFRESH_STORE: Figure =
    lower(words("stores, µs a refresh", "更新1件のCPU時間：ストア（µs）"), |it| {
        cost(of_refresh(it), |it| it.store_us)
    });
pub const CHECK_TRIPS: Figure =
    lower(words("round trips a check", "確認1件の往復回数"), |it| {
        Some(trips(it.round_trips.check))
    });
pub const COUNT_TRIPS: Figure =
    lower(words("round trips a change", "変更1件の往復回数"), |it| {
        Some(trips(it.round_trips.count))
    });
pub const REFRESH_TRIPS: Figure =
    lower(words("round trips a refresh", "更新1件の往復回数"), |it| {
        it.round_trips.refresh.map(trips)
    });
pub const COOKIE: Figure =
    lower(words("cookie or token, bytes", "Cookie・トークン（バイト）"), |it| {
        whole(it.bytes.cookie)
    });
pub const REQUEST_HEAD: Figure =
    lower(words("request's head, bytes", "リクエストのヘッダー（バイト）"), |it| {
        whole(it.bytes.request_head)
    });
pub const RESPONSE_HEAD: Figure =
    lower(words("response's head, bytes", "レスポンスのヘッダー（バイト）"), |it| {
        whole(it.bytes.response_head)
    });
pub const STORED: Figure = lower(
    words("stored for a session, bytes", "1セッションの保存量（バイト）"),
    |it| it.bytes.store_per_session.map(Value::Number),
);
pub const WRITES: Figure = lower(words("writes an hour", "書き込み（回/時）"), |it| {
    Some(Value::Number(it.writes.per_hour()))
});
pub const WRITES_CHECK: Figure = lower(words("writes a check", "確認1件の書き込み"), |it| {
    Some(Value::Number(it.writes.per_check))
});
pub const WRITES_LATER: Figure =
    lower(words("writes a check, after a minute", "1分後の確認1件の書き込み"), |it| {
        Some(Value::Number(it.writes.per_check_after_a_minute))
    });
pub const WRITES_COUNT: Figure =
    lower(words("writes a change", "変更1件の書き込み"), |it| {
        Some(Value::Number(it.writes.per_count))
    });
pub const WRITES_REFRESH: Figure =
    lower(words("writes a refresh", "更新1件の書き込み"), |it| {
        it.writes.per_refresh.map(Value::Number)
    });
pub const LOG_OUT: Figure =
    lower(words("an ended session works", "終了したセッションの有効期間"), |it| {
        Some(Value::Access(it.after_log_out))
    });
pub const ROLE: Figure =
    lower(words("a role taken away works", "剥奪した権限の有効期間"), |it| {
        Some(Value::Access(it.after_role_change))
    });
pub const UNDISTURBED: Figure =
    lower(words("lost though nothing happens", "何も起きないときの消失"), |it| {
        it.lost.undisturbed.map(Value::Loss)
    });
pub const KILLED: Figure = lower(
    words("lost when an instance is killed", "インスタンスの強制終了による消失"),
    |it| it.lost.instance_killed.map(Value::Loss),
);
pub const ADDED: Figure = lower(
    words("lost when an instance is added", "インスタンスの追加による消失"),
    |it| it.lost.instance_added.map(Value::Loss),
);
pub const RESTARTED: Figure = lower(
    words("lost when an instance restarts", "インスタンスの再起動による消失"),
    |it| it.lost.instance_restarted.map(Value::Loss),
);
pub const STORE_RESTARTED: Figure =
    lower(words("lost when the store restarts", "ストアの再起動による消失"), |it| {
        it.lost.store_restarted.map(Value::Loss)
    });
pub const STORE_RESTARTED_FROM_LOG: Figure = lower(
    words(
        "lost when the store restarts with an append-only file",
        "AOFを残すストアの再起動による消失",
    ),
    |it| it.lost.store_restarted_from_log.map(Value::Loss),
);
pub const STORE_WIPED: Figure =
    lower(words("lost when the store is wiped", "ストアの全消去による消失"), |it| {
        it.lost.store_wiped.map(Value::Loss)
    });
pub const FAILED_OVER: Figure = lower(
    words("lost when the store fails over", "ストアのフェイルオーバーによる消失"),
    |it| it.lost.store_failed_over.map(Value::Loss),
);
pub const STORE_FULL: Figure =
    lower(words("lost when the store is full", "ストアの満杯による消失"), |it| {
        it.lost.store_full.map(Value::Loss)
    });
pub const LOST_UPDATES: Figure =
    lower(words("changes lost, of 100 pairs", "失われた変更（100組中）"), |it| {
        whole(it.lost_updates)
    });
pub const STORE_DOWN: Figure = lower(
    words("status while the store is stopped", "ストア停止中のステータス"),
    |it| it.store_down.map(Value::StoreDown),
);
pub const FORGED_SERVER: Figure = lower(
    words("instance, µs a forgery", "偽造1件のCPU時間：インスタンス（µs）"),
    |it| it.forged.server_us.map(Value::Spread),
);
pub const FORGED_STORE: Figure =
    lower(words("stores, µs a forgery", "偽造1件のCPU時間：ストア（µs）"), |it| {
        it.forged.store_us.map(Value::Spread)
    });
pub const FORGED_TRIPS: Figure =
    lower(words("round trips a forgery", "偽造1件の往復回数"), |it| {
        Some(trips(it.forged.round_trips))
    });
pub const LINES: Figure = lower(words("lines of code", "コード行数"), |it| {
    // The product's file is short because the product is behind it.
    if it.approach == PRODUCT { None } else { whole(it.lines_of_code) }
});
pub const PARTS: Figure = lower(
    words("processes besides instance and Postgres", "インスタンスとPostgres以外のプロセス"),
    |it| whole(parts(it.on)),
);

const fn higher(name: Words, of: fn(&Variant) -> Option<Value>) -> Figure {
    Figure { name, better: Better::Higher, of }
}

const fn lower(name: Words, of: fn(&Variant) -> Option<Value>) -> Figure {
    Figure { name, better: Better::Lower, of }
}

fn cost(cost: Option<&Cost>, figure: fn(&Cost) -> Spread) -> Option<Value> {
    cost.map(|cost| Value::Spread(figure(cost)))
}

fn trips(trips: Trips) -> Value {
    Value::Number(trips.postgres + trips.cache)
}

fn whole(count: usize) -> Option<Value> {
    Some(Value::Number(count as f64))
}

/// The processes that have to run besides one instance and the Postgres of the members.
fn parts(on: On) -> usize {
    match on {
        On::Alone | On::Memory | On::Client | On::Postgres => 0,
        // The balancer, without which there is one instance
        On::RoundRobin | On::StickyBalancer | On::StickyApplication => 1,
        On::Redis | On::Valkey | On::Memcached => 1,
        // Two servers and three sentinels
        On::Sentinel => 5,
        On::Cluster => 6,
    }
}

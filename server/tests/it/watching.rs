//! Alerts, dashboard and runbook fit the metrics that an instance really shows, and each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use domain::session::access_token;
use serde::Deserialize;
use tokio::time::timeout;

use crate::{
    process::{Running, SOON, exchange, form_post, free_port, get, log_in_request, ready, serving},
    stores::database::fresh_database,
};

/// Metrics and labels that Prometheus adds to a scrape.
const OF_PROMETHEUS: &str = "up{job=\"genkan\",instance=\"a\",le=\"1\"} 1";
/// Words of expressions that name no metric.
const OPERATORS: [&str; 4] = ["and", "bool", "or", "unless"];
/// Nothing fails in this test.
const FAILURE: (&str, &str) = ("status", "5xx");

#[derive(Deserialize)]
struct RuleFile {
    groups: Vec<RuleGroup>,
}

#[derive(Deserialize)]
struct RuleGroup {
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    alert: String,
    expr: String,
    annotations: BTreeMap<String, String>,
}

#[tokio::test]
async fn alerts_and_dashboard_name_only_what_is_scraped_and_all_of_it_is_shown_and_explained() {
    let scrape = Scrape::parse(&scraped().await);
    let (alerts, panels) = (alerts(), panels());
    let alerts = alerts.iter().map(|rule| rule.expr.as_str());
    for expression in alerts.chain(panels.iter().map(String::as_str)) {
        for metric in scrape.metrics_in(expression) {
            assert!(scrape.series.contains(&metric), "there is no {metric}: {expression}");
        }
        for (label, value) in matchers_in(expression) {
            let is_known = match value {
                Some(value) if (label, value) != FAILURE => {
                    scrape.labels.contains(&(label.to_owned(), value.to_owned()))
                }
                _ => scrape.has_label(label),
            };
            assert!(is_known, "nothing has {label} {value:?}: {expression}");
        }
    }
    let pages = ["operations", "sessions", "limits"]
        .map(|page| fs::read_to_string(repository(&format!("docs/{page}.md"))).unwrap());
    let shown: BTreeSet<_> = panels.iter().flat_map(|panel| scrape.metrics_in(panel)).collect();
    for metric in &scrape.metrics {
        let parts = ["", "_bucket", "_count", "_sum"].map(|part| format!("{metric}{part}"));
        assert!(parts.iter().any(|part| shown.contains(part)), "no panel shows {metric}");
        let is_explained = pages.iter().any(|page| page.contains(metric.as_str()));
        assert!(is_explained, "no page explains {metric}");
    }
}

#[test]
fn every_alert_has_its_paragraph_and_every_paragraph_its_alert() {
    let page = fs::read_to_string(repository("docs/operations.md")).unwrap();
    let (_, section) = page.split_once("\n## Alerts\n").expect("a section about alerts");
    let section = section.split("\n## ").next().unwrap_or_default();
    let titles = section.lines().filter_map(|line| line.strip_prefix("### "));
    let titles: BTreeSet<_> = titles.map(str::to_owned).collect();
    let alerts = alerts();
    let names: BTreeSet<_> = alerts.iter().map(|rule| rule.alert.clone()).collect();
    assert_eq!(titles, names);
    for Rule { alert, annotations, .. } in alerts {
        let anchor = format!("docs/operations.md#{}", alert.to_lowercase());
        assert_eq!(annotations["runbook"], anchor, "{alert}");
    }
}

#[test]
fn the_alert_about_clocks_has_the_limit_of_readiness() {
    let alerts = alerts();
    let clock = alerts.iter().find(|rule| rule.alert == "ClockWrong").unwrap();
    let limit = access_token::LEEWAY.as_secs();
    assert_eq!(clock.expr, format!("abs(clock_difference_seconds) > {limit}"));
}

#[test]
fn metrics_and_labels_of_an_expression_are_found() {
    let scrape = Scrape::parse("a_total{result=\"ok\"} 1\nb 2\n");
    let expression =
        r#"sum by (result) (rate(a_total{result="ok", other=~"x|y"}[5m])) > 0.5 and b"#;
    let metrics = scrape.metrics_in(expression);
    assert_eq!(metrics.into_iter().collect::<Vec<_>>(), ["a_total", "b"]);
    assert_eq!(matchers_in(expression), [("result", Some("ok")), ("other", None)]);
}

/// The metrics of an instance that has answered a page, a failed log-in and a refused refresh.
async fn scraped() -> String {
    let database = fresh_database().await;
    let (port, metrics) = (free_port(), free_port());
    let _process = Running(
        serving(&database.url, port)
            .env("METRICS_ADDR", format!("127.0.0.1:{metrics}"))
            .spawn()
            .unwrap(),
    );
    ready(port, "200").await;
    let page = get(port, "/").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    let closing = "accept: application/json\r\nconnection: close\r\n";
    let answer = exchange(port, &log_in_request(port, closing)).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let cookie = format!("cookie: __Host-Http-refresh=forged\r\n{closing}");
    let answer = exchange(port, &form_post(port, "/auth/refresh", &cookie, "")).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    // The state of the stores is read in the background.
    let scraping = async {
        loop {
            let scraped = get(metrics, "/metrics").await;
            if scraped.contains("\nredis_may_evict ") {
                break scraped;
            }
        }
    };
    timeout(SOON, scraping).await.unwrap()
}

/// What an instance shows.
struct Scrape {
    /// Names as described, those of histograms without a suffix
    metrics: BTreeSet<String>,
    /// Names of samples
    series: BTreeSet<String>,
    labels: BTreeSet<(String, String)>,
}

impl Scrape {
    fn parse(text: &str) -> Self {
        let described =
            text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
        let samples = text.lines().filter(|line| !line.starts_with('#')).chain([OF_PROMETHEUS]);
        let mut scrape = Self {
            metrics: described.map(|(name, _)| name.to_owned()).collect(),
            series: BTreeSet::new(),
            labels: BTreeSet::new(),
        };
        for sample in samples {
            let name = sample.split(['{', ' ']).next().unwrap_or_default();
            scrape.series.insert(name.to_owned());
            for (label, value) in matchers_in(sample) {
                scrape.labels.insert((label.to_owned(), value.unwrap_or_default().to_owned()));
            }
        }
        scrape
    }

    fn has_label(&self, name: &str) -> bool {
        self.labels.iter().any(|(label, _)| label == name)
    }

    /// The metrics that an expression names: its words, except functions, operators, labels, and what is in braces,
    /// brackets or quotes.
    fn metrics_in(&self, expression: &str) -> BTreeSet<String> {
        let mut metrics = BTreeSet::new();
        let mut rest = expression;
        while let Some(start) = rest.find(|it: char| is_of_word(it) || "{[\"".contains(it)) {
            rest = &rest[start..];
            if let Some(end) = [('{', '}'), ('[', ']'), ('"', '"')]
                .into_iter()
                .find_map(|(open, close)| rest.strip_prefix(open)?.split_once(close))
            {
                rest = end.1;
                continue;
            }
            let end = rest.find(|it: char| !is_of_word(it)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after;
            let is_number = word.starts_with(|it: char| it.is_ascii_digit());
            let after = after.trim_start();
            let is_called = ["(", "by ", "without "].iter().any(|it| after.starts_with(it));
            if !is_number && !is_called && !OPERATORS.contains(&word) && !self.has_label(word) {
                metrics.insert(word.to_owned());
            }
        }
        metrics
    }
}

fn is_of_word(it: char) -> bool {
    it.is_ascii_alphanumeric() || "_:.".contains(it)
}

/// The labels in braces, each with its value if only that one matches.
fn matchers_in(expression: &str) -> Vec<(&str, Option<&str>)> {
    let mut matchers = Vec::new();
    let mut parts = expression.split('"');
    while let (Some(before), Some(value)) = (parts.next(), parts.next()) {
        let operators = ['=', '~', '!'];
        let label = before.trim_end_matches(operators);
        let operator = &before[label.len()..];
        let label = label.rsplit(|it| !is_of_word(it)).next().unwrap_or_default();
        matchers.push((label, (operator == "=").then_some(value)));
    }
    matchers
}

fn alerts() -> Vec<Rule> {
    let text = fs::read_to_string(repository("deploy/prometheus/genkan.rules.yml")).unwrap();
    let file: RuleFile = serde_yaml_ng::from_str(&text).unwrap();
    file.groups.into_iter().flat_map(|group| group.rules).collect()
}

/// The expressions of the dashboard's panels.
fn panels() -> Vec<String> {
    let text = fs::read_to_string(repository("deploy/grafana/genkan.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

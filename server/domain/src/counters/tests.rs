use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

use super::*;
use crate::{
    limits::{HASHES_FROM_ADDRESS, Limit},
    memory::{InMemory, noon},
    session::{
        Client, EndReason, LiveSession, MemberId, Role,
        authenticate::count,
        counters::{
            CheckResult, checked, close_failed, created, ended, extended, refresh_refused,
            refreshed, replayed_from_elsewhere, swept,
        },
        log_out::log_out,
        ports::Checked,
        rotation::RefreshKind,
    },
};

/// A recorder of this test's metrics in Prometheus' format, to be installed for the thread.
pub(crate) fn recorder() -> PrometheusRecorder {
    PrometheusBuilder::new().build_recorder()
}

/// The lines with a value, sorted.
pub(crate) fn counted(recorder: &PrometheusRecorder) -> Vec<String> {
    let shown = recorder.handle().render();
    let mut lines: Vec<_> = shown
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines
}

#[test]
fn metric_names_and_labels_are_those_that_dashboards_and_alerts_use() {
    let recorder = recorder();
    metrics::with_local_recorder(&recorder, || {
        crate::describe_counters();
        created();
        for result in CheckResult::VARIANTS {
            checked(*result);
        }
        extended();
        for result in LogInResult::VARIANTS {
            logged_in(*result);
        }
        for kind in RefreshKind::VARIANTS {
            refreshed(*kind);
        }
        refresh_refused("invalid");
        replayed_from_elsewhere();
        for reason in EndReason::ALL.iter().copied() {
            ended(reason, 2);
        }
        close_failed();
        swept(3);
        for limit in Limit::VARIANTS.iter().copied() {
            limit_reached(limit.as_str());
        }
        limit_reached(HASHES_FROM_ADDRESS);
        limited_locally();
    });
    assert_eq!(
        counted(&recorder),
        [
            "limits_local_total 1",
            r#"limits_reached_total{limit="hashes_from_address"} 1"#,
            r#"limits_reached_total{limit="log_in_failures_from_address"} 1"#,
            r#"limits_reached_total{limit="log_in_failures_of_account"} 1"#,
            r#"limits_reached_total{limit="log_in_failures_on_device"} 1"#,
            r#"limits_reached_total{limit="mail_forms_from_address"} 1"#,
            r#"limits_reached_total{limit="mails_to_mailbox"} 1"#,
            r#"limits_reached_total{limit="mails_to_mailbox_a_day"} 1"#,
            r#"limits_reached_total{limit="proofs_of_mailbox"} 1"#,
            r#"limits_reached_total{limit="refreshes_of_session"} 1"#,
            r#"limits_reached_total{limit="unsafe_requests_from_address"} 1"#,
            r#"limits_reached_total{limit="visitor_records_from_address"} 1"#,
            r#"limits_reached_total{limit="wrong_passwords_in_session"} 1"#,
            r#"log_ins_total{result="bad_credentials"} 1"#,
            r#"log_ins_total{result="busy"} 1"#,
            r#"log_ins_total{result="failed"} 1"#,
            r#"log_ins_total{result="limited"} 1"#,
            r#"log_ins_total{result="success"} 1"#,
            r#"log_ins_total{result="suspended"} 1"#,
            r#"session_checks_total{result="ended"} 1"#,
            r#"session_checks_total{result="missing"} 1"#,
            r#"session_checks_total{result="ok"} 1"#,
            r#"session_checks_total{result="store_error"} 1"#,
            "session_close_failures_total 1",
            "session_created_total 1",
            r#"session_ends_total{reason="absolute"} 2"#,
            r#"session_ends_total{reason="deleted"} 2"#,
            r#"session_ends_total{reason="idle"} 2"#,
            r#"session_ends_total{reason="logout"} 2"#,
            r#"session_ends_total{reason="password_changed"} 2"#,
            r#"session_ends_total{reason="reuse"} 2"#,
            r#"session_ends_total{reason="revoked"} 2"#,
            r#"session_ends_total{reason="suspended"} 2"#,
            "session_extensions_total 1",
            r#"session_refreshes_refused_total{reason="invalid"} 1"#,
            r#"session_refreshes_total{outcome="ahead"} 1"#,
            r#"session_refreshes_total{outcome="late_replay"} 1"#,
            r#"session_refreshes_total{outcome="renewed"} 1"#,
            r#"session_refreshes_total{outcome="replayed"} 1"#,
            r#"session_refreshes_total{outcome="rotated"} 1"#,
            "session_replays_from_elsewhere_total 1",
            "session_swept_total 3",
        ]
    );
}

#[test]
fn a_check_that_extends_counts_as_a_check_and_an_extension() {
    let recorder = recorder();
    metrics::with_local_recorder(&recorder, || {
        for is_extended in [true, false] {
            let session = LiveSession {
                member_id: MemberId::random(),
                role: Role::Member,
                authority_version: 1,
                authenticated_at: noon(),
                absolute_end: noon(),
                newest_generation: 1,
            };
            count(&Ok(Checked::Live { session, idle_left: Duration::ZERO, is_extended }));
        }
    });
    let counted = counted(&recorder);
    assert_eq!(counted, [r#"session_checks_total{result="ok"} 2"#, "session_extensions_total 1"]);
}

#[tokio::test]
async fn an_end_is_counted_once_however_often_it_is_requested() {
    let recorder = recorder();
    let _local = metrics::set_default_local_recorder(&recorder);
    let (world, browser) = InMemory::with_browser().await;
    for _ in 0..3 {
        log_out(&world.session(), browser.presented(), &Client::default(), world.now())
            .await
            .unwrap();
    }
    let counted = counted(&recorder);
    let ends: Vec<_> = counted.iter().filter(|line| line.starts_with("session_ends")).collect();
    assert_eq!(ends, [r#"session_ends_total{reason="logout"} 1"#]);
}
